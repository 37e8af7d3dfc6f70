"""Pages of findings and steps: who reads and writes what, what stands there, and what an address fills in."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from engagement.cases.models import Finding, Initiative, InitiativeChange, ReadOut
from engagement.insights.models import Note
from engagement.scoring.models import Segment
from tenants.models import Membership, Organisation, User
from tenants.scope import organisation_scope
from tests.cases.story_world import Story, make_story, read
from tests.conftest import World


@pytest.fixture
def story(world: World) -> Story:
    return make_story(world.ours, world.consultant)


def client_of(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def address(organisation: Organisation, name: str, *arguments: Any) -> str:
    return reverse(name, args=[organisation.slug, *arguments])


def finding_form(**changes: str) -> dict[str, str]:
    said = {"title": "Mail is slow", "words": "", "segment": "gold", "first_day": "2026-02-28", "last_day": ""}
    return {**said, "severity": "3", "origin_kind": "person", "origin_key": "", **changes}


def step_form(**changes: Any) -> dict[str, Any]:
    said = {
        "title": "Train the desk", "lever": "service", "words": "", "segment": "gold", "first_day": "2026-03-01",
        "expected": "3", "cost": "99.50", "measure": "score", "comparison": "proposed",
    }  # fmt: skip
    return {**said, **changes}


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_says_what_waits_and_a_viewer_reads_it_without_buttons(world: World, story: Story) -> None:
    text = text_of(client_of(world.viewer).get(address(world.ours, "cases")))
    assert "1 finding has no step yet" in text
    assert text.index("Slow support") < text.index("Gold fell by 20")
    assert "Call back within a day" in text
    assert "Record a finding" not in text
    assert "Record a finding" in text_of(client_of(world.consultant).get(address(world.ours, "cases")))


def test_filters_keep_what_was_asked_for_and_nonsense_asks_for_nothing(world: World, story: Story) -> None:
    client, base = client_of(world.viewer), address(world.ours, "cases")
    text = text_of(client.get(f"{base}?state=open&step=running"))
    assert "Slow support" in text
    assert "Gold fell by 20" not in text
    assert "No step is like that" in text
    assert "Gold fell by 20" in text_of(client.get(f"{base}?state=x&segment=nowhere"))


def test_an_empty_list_leads_on(world: World) -> None:
    text = text_of(client_of(world.consultant).get(address(world.ours, "cases")))
    assert "Nothing is recorded yet" in text
    assert "It takes two minutes" in text


# ── findings ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_finding_is_recorded_with_the_figures_of_its_day(world: World, story: Story) -> None:
    client = client_of(world.consultant)
    made = client.post(address(world.ours, "finding-new"), finding_form())
    assert made.status_code == 302
    text = text_of(client.get(made["Location"]))
    assert "As the scoring of 28 February 2026 had it" in text
    assert "70.00" in text
    with organisation_scope(world.ours.id, write=False):
        kept = Finding.objects.get(title="Mail is slow")
        assert (kept.n, kept.sum_score_millionths, kept.severity, kept.recorded_by_id) == (
            100, 7_000_000_000, 3, world.consultant.pk,
        )  # fmt: skip


def test_a_finding_of_the_same_origin_is_recorded_once(world: World, story: Story) -> None:
    client, form = client_of(world.consultant), finding_form(origin_kind="alert", origin_key="7")
    first = client.post(address(world.ours, "finding-new"), form)["Location"]
    assert client.post(address(world.ours, "finding-new"), {**form, "title": "Again"})["Location"] == first
    with organisation_scope(world.ours.id, write=False):
        assert Finding.objects.filter(origin_kind="alert").count() == 1


def test_an_address_fills_the_form_in(world: World, story: Story) -> None:
    base = address(world.ours, "finding-new")
    page = client_of(world.consultant).get(f"{base}?origin=ledger&key=gold:3&segment=gold&day=2026-02-28&title=It+fell")
    html = page.content.decode()
    assert 'value="It fell"' in html
    assert 'name="origin_key" value="gold:3"' in html
    assert 'value="2026-02-28"' in html


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "This field is required"),
        ({"first_day": "1999-12-31"}, "Choose a day from 2000-01-01"),
        ({"last_day": "2026-02-01"}, "Choose a day from 2026-02-28"),
        ({"segment": "nowhere"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(
    world: World, story: Story, changes: dict[str, str], said: str
) -> None:
    page = client_of(world.consultant).post(address(world.ours, "finding-new"), finding_form(**changes))
    assert said in text_of(page)
    with organisation_scope(world.ours.id, write=False):
        assert Finding.objects.count() == 2


def test_a_finding_is_changed_closed_with_a_reason_and_opened_again(world: World, story: Story) -> None:
    client, finding_id = client_of(world.consultant), story.slow_support.pk
    client.post(address(world.ours, "finding-change", finding_id), finding_form(title="Slow support, still"))
    assert client.post(address(world.ours, "finding-close", finding_id), {"because": ""}).status_code == 200
    client.post(address(world.ours, "finding-close", finding_id), {"because": "It was a holiday"})
    with organisation_scope(world.ours.id, write=False):
        kept = Finding.objects.get(pk=finding_id)
        assert (kept.title, kept.closed_because, kept.closed_by_id) == (
            "Slow support, still", "It was a holiday", world.consultant.pk,
        )  # fmt: skip
    assert "It was a holiday" in text_of(client.get(address(world.ours, "finding", finding_id)))
    assert "is closed" in text_of(client.post(address(world.ours, "finding-change", finding_id), finding_form()))
    client.post(address(world.ours, "finding-reopen", finding_id))
    with organisation_scope(world.ours.id, write=False):
        assert Finding.objects.get(pk=finding_id).closed_at is None


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_step_is_planned_with_its_days_filled_in_and_started_with_a_note(world: World, story: Story) -> None:
    client = client_of(world.consultant)
    made = client.post(
        address(world.ours, "step-new"), step_form(finding_ids=[str(story.slow_support.pk)], expected="")
    )
    assert made.status_code == 302
    with organisation_scope(world.ours.id, write=False):
        step = Initiative.objects.get(title="Train the desk")
        assert (step.state, step.cost_minor, step.return_minor, step.expected_thousandths) == (
            "planned", 9950, None, None,
        )  # fmt: skip
        assert (step.baseline_first, step.baseline_last, step.read_out_on) == (
            date(2025, 9, 30), date(2026, 2, 28), date(2026, 5, 31),
        )  # fmt: skip
    assert "Starting it fixes both" in text_of(client.get(address(world.ours, "step-start", step.pk)))
    client.post(address(world.ours, "step-start", step.pk))
    with organisation_scope(world.ours.id, write=False):
        step.refresh_from_db()
        assert step.state == "running"
        assert step.fixed == {"measure": "score", "action": "", "read_out_on": "2026-05-31"}
        note = Note.objects.get(first_day=date(2026, 3, 1))
        assert (note.text, note.in_reports) == (f"Step {step.number} begins: Train the desk", True)
    assert "cannot" not in text_of(client.post(address(world.ours, "step-start", step.pk), follow=True))
    assert Note is not None


def test_what_is_changed_after_the_start_is_shown_as_that(world: World, story: Story) -> None:
    client = client_of(world.consultant)
    page = client.get(address(world.ours, "step-change", story.step.pk))
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    form |= {"measure": "points_per_customer", "finding_ids": [str(story.fell.pk)], "owner": world.consultant.pk}
    form.pop("findings")
    assert client.post(address(world.ours, "step-change", story.step.pk), form).status_code == 302
    with organisation_scope(world.ours.id, write=False):
        (change,) = InitiativeChange.objects.all()
        assert (change.field, change.before, change.after, change.is_after_start) == (
            "measure", "score", "points_per_customer", True,
        )  # fmt: skip
    text = text_of(client.get(address(world.ours, "step", story.step.pk)))
    assert "Both were changed after the start" in text
    assert "after the start" in text


def test_the_page_of_the_story_says_what_can_be_said(world: World, story: Story) -> None:
    client = client_of(world.consultant)
    before = text_of(client.get(address(world.ours, "step", story.step.pk)))
    assert "It was not read out yet" in before
    done = client.post(address(world.ours, "step-read-out", story.step.pk), {"as_of": ""}, follow=True)
    text = text_of(done)
    for said in (
        "+15 (+27.3 %): Good at exactly 70.00",
        "Consistent with +3.1 (0.4 to 5.8); not proof.",
        "The target of 75 was missed by 5.",
        "Both groups moved alike enough",
        "The treated fell before the step began",
        "12,000 EUR",
        "Compared with customers of Silver.",
        "Treated: Gold",
        "Held against: Silver",
    ):
        assert said in text, said
    assert "Return on cost not known" in text
    with organisation_scope(world.ours.id, write=False):
        assert Initiative.objects.get(pk=story.step.pk).state == "read_out"
        assert ReadOut.objects.get().made_by_id == world.consultant.pk


def test_a_read_out_that_cannot_be_says_why_and_keeps_nothing(world: World, story: Story) -> None:
    page = client_of(world.consultant).post(
        address(world.ours, "step-read-out", story.step.pk), {"as_of": "2026-02-27"}
    )
    assert "there is no after to look at" in text_of(page)
    with organisation_scope(world.ours.id, write=False):
        assert not ReadOut.objects.exists()


def test_older_read_outs_stay_to_be_read(world: World, story: Story) -> None:
    read(story)
    read(story)
    client, base = client_of(world.viewer), address(world.ours, "step", story.step.pk)
    assert "Read-out 2," in text_of(client.get(base))
    assert "Read-out 1," in text_of(client.get(f"{base}?number=1"))
    for unknown in ("3", "x", "99999999999999999999"):
        assert client.get(f"{base}?number={unknown}").status_code == 404


def test_a_step_ends_and_stops_only_when_it_can(world: World, story: Story) -> None:
    client = client_of(world.consultant)
    assert "Only a step that runs can end" in text_of(
        client.post(address(world.ours, "step-end", story.step.pk), {"last_day": "2026-03-01"})
    )
    assert "can be stopped" in text_of(client.post(address(world.ours, "step-stop", story.step.pk), {"because": "x"}))
    made = client.post(address(world.ours, "step-new"), step_form(finding_ids=[str(story.slow_support.pk)]))
    step_id = made["Location"].rstrip("/").rsplit("/", 1)[1]
    client.post(address(world.ours, "step-stop", step_id), {"because": "No money"})
    text = text_of(client.get(address(world.ours, "cases")))
    assert "1 finding has no step yet" in text
    assert "Stopped: No money" in text_of(client.get(address(world.ours, "step", step_id)))


# ── who ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_viewer_writes_nothing_and_a_stranger_finds_nothing(world: World, story: Story) -> None:
    names: list[tuple[str, tuple[Any, ...]]] = [
        ("finding-new", ()), ("finding-change", (story.fell.pk,)), ("finding-close", (story.fell.pk,)),
        ("step-new", ()), ("step-change", (story.step.pk,)), ("step-start", (story.step.pk,)),
        ("step-end", (story.step.pk,)), ("step-stop", (story.step.pk,)),
    ]  # fmt: skip
    viewer, stranger = client_of(world.viewer), client_of(world.stranger)
    for name, arguments in names:
        assert viewer.get(address(world.ours, name, *arguments)).status_code == 403, name
        assert stranger.get(address(world.ours, name, *arguments)).status_code == 404, name
        if arguments:
            assert stranger.get(address(world.strange, name, *arguments)).status_code == 404, name
    assert viewer.post(address(world.ours, "step-read-out", story.step.pk), {"as_of": ""}).status_code == 403
    assert client_of(world.consultant).get(address(world.ours, "step", uuid4())).status_code == 404
    assert client_of(world.consultant).get(address(world.firm, "cases")).status_code == 404


def test_limited_to_a_segment_one_reads_of_it_and_never_with_whom_it_was_compared(world: World, story: Story) -> None:
    read(story)
    with organisation_scope(world.ours.id):
        gold, silver = (Segment.objects.get(key=key) for key in ("gold", "silver"))
        Membership.objects.filter(user=world.viewer).update(limited_to="segments", segment_ids=[str(gold.pk)])
    client = client_of(world.viewer)
    listed = text_of(client.get(address(world.ours, "cases")))
    assert "Gold fell by 20" in listed
    assert "Slow support" not in listed
    page = client.get(address(world.ours, "step", story.step.pk)).content.decode()
    assert "Silver" not in page
    assert "+3.1" not in page
    assert client.get(address(world.ours, "finding", story.slow_support.pk)).status_code == 404
    with organisation_scope(world.ours.id):
        Membership.objects.filter(user=world.viewer).update(segment_ids=[str(silver.pk)])
    assert client.get(address(world.ours, "step", story.step.pk)).status_code == 404


# ── from other pages ─────────────────────────────────────────────────────────────────────────────────────────


def test_other_pages_lead_here_with_the_form_filled_in(world: World, story: Story) -> None:
    client = client_of(world.consultant)
    ledger = client.get(f"{address(world.ours, 'explained')}?segment=gold&as_of=2026-02-28").content.decode()
    link = re.search(r'href="([^"]*findings/new/[^"]*origin=ledger[^"]*)"', ledger)
    assert link is not None
    form = client.get(link[1].replace("&amp;", "&")).content.decode()
    assert 'name="origin_key" value="gold:score:2026-01-31:2026-02-28"' in form
    assert 'value="2026-02-28"' in form
    viewer = client_of(world.viewer).get(f"{address(world.ours, 'explained')}?segment=gold&as_of=2026-02-28")
    assert "findings/new" not in viewer.content.decode()


def test_a_target_that_was_missed_leads_here(world: World, story: Story) -> None:
    targets = client_of(world.consultant).get(address(world.ours, "targets")).content.decode()
    link = re.search(r'href="([^"]*findings/new/[^"]*origin=target[^"]*)"', targets)
    assert link is not None
    form = client_of(world.consultant).get(link[1].replace("&amp;", "&")).content.decode()
    assert "Gold: target of 75" in form
