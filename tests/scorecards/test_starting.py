"""The pages of the first steps over HTTP: what they take, what they refuse, who sees the strip."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from engagement.scorecards.forms_starting import FullPointsForm
from engagement.scorecards.present.specimen import EXCELLENT, GOOD, POOR, specimen
from engagement.scorecards.present.steps import STAGES, number_of
from engagement.scoring.models import Action, RunRequest, SegmentSet, WeightSet
from engagement.scoring.services.roll_up import roll_up_waiting
from engagement.scoring.starting.industries import STARTERS
from engagement.scoring.types import FullPointsSuggestion, Histogram
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, add_customers, noon, signed_in, store, stored

STEPS = ("", "events/", "actions/", "weights/", "full-points/", "segments/", "score/", "target/")


def _address(organisation: Organisation, step: str) -> str:
    return f"/o/{organisation.slug}/start/{step}"


def _with_data(organisation: Organisation) -> None:
    add_customers(organisation, {n: {"plan": "Team" if n % 2 else "Solo"} for n in range(1, 41)})
    names = ("Order Completed", "newsletter_clicked", "Odd <b>Thing</b>")
    day = noon(YESTERDAY - timedelta(days=3))
    store(
        organisation,
        [stored(n, name, at=day, message_id=f"{n}-{name}") for n in range(1, 31) for name in names],
    )


@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_with_nothing_and_with_data(world: World, step: str) -> None:
    client = signed_in(world.consultant)
    assert client.get(_address(world.ours, step)).status_code == 200
    _with_data(world.ours)
    page = client.get(_address(world.ours, step)).content.decode()
    assert "<b>Thing" not in page
    assert page.count("btn-primary") <= 1
    assert client.get(_address(world.firm, step)).status_code == 404
    assert signed_in(world.stranger).get(_address(world.ours, step)).status_code == 404
    assert signed_in(world.viewer).get(_address(world.ours, step)).status_code == (403 if step else 200)


def test_confirmed_names_count_and_what_is_left_empty_does_not(world: World) -> None:
    _with_data(world.ours)
    client, address = signed_in(world.consultant), _address(world.ours, "actions/")
    nothing = client.post(address, {"event_0": "newsletter_clicked", "action_0": " ", "channel_0": "email"})
    assert "Write for at least one event" in nothing.content.decode()
    wrong = client.post(address, {"event_0": "x", "action_0": "Calls", "channel_0": "telegraph"})
    assert (wrong.status_code, "Select a valid choice" in wrong.content.decode()) == (200, True)
    sent = {"event_0": "newsletter_clicked", "action_0": "E-mail clicked", "channel_0": "email",
            "event_1": "Odd <b>Thing</b>", "action_1": "", "channel_1": "app"}  # fmt: skip
    assert client.post(address, sent).status_code == 302
    with organisation_scope(world.ours.id, write=False):
        assert set(Action.objects.values_list("key", flat=True)) == {
            "visit", "social", "purchase", "email_open", "e-mail-clicked",
        }  # fmt: skip
    page = client.get(address).content.decode()
    assert 'value="newsletter_clicked"' not in page
    assert 'value="Odd &lt;b&gt;Thing&lt;/b&gt;"' in page


def test_a_number_of_one_s_own_is_never_dropped_without_a_word() -> None:
    suggestion = FullPointsSuggestion(
        as_of=YESTERDAY,
        window_days=90,
        n=30,
        n_active=30,
        median=Decimal(10),
        p60=Decimal(14),
        p75=Decimal(20),
        mean=Decimal(12),
        histogram=Histogram(counts=(), bin_width=1, n_negative=0, whole_numbers=True),
    )

    def problems(sent: str, *, source: str = "median", value: Decimal | None = None) -> list[str]:
        form = FullPointsForm(QueryDict(sent), suggestion=suggestion, source=source, value=value)
        return [str(text) for text in form.errors.get("value", [])]

    assert problems("source=median&value=80")[0].startswith("You wrote 80 and chose another line above.")
    assert problems("source=own&value=80") == problems("source=median&value=") == []
    # Filled in by the page itself and left alone, while another line was chosen: that choice is meant.
    assert problems("source=median&value=80", source="own", value=Decimal(80)) == []


@pytest.mark.parametrize(
    ("step", "sent", "said"),
    [
        ("weights/", {"industry": "alchemy"}, "There is no starting point"),
        ("full-points/", {"source": "own", "value": ""}, "Write a number above 0"),
        ("full-points/", {"source": "own", "value": "-3"}, "above 0"),
        ("full-points/", {"source": "stars"}, "Select a valid choice"),
        ("segments/", {}, "Choose at least one trait"),
        ("segments/", {"traits": "shoe"}, "No customer has a value"),
        ("score/", {"as_of": "soon"}, "Enter a valid date"),
        ("score/", {}, "published"),
        ("target/", {"segment": "all", "measure": "score", "value": "400", "due_on": "2030-01-01"}, "100"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_on_the_page(world: World, step: str, sent: dict[str, str], said: str) -> None:
    _with_data(world.ours)
    answer = signed_in(world.consultant).post(_address(world.ours, step), sent)
    assert (answer.status_code, said in answer.content.decode()) == (200, True)


def test_from_weights_to_a_run_that_waits_and_segments_that_ask_for_one(world: World) -> None:
    _with_data(world.ours)
    client = signed_in(world.consultant)
    with organisation_scope(world.ours.id, write=False):
        industry = WeightSet.objects.get()
    assert industry.full_points_thousandths is None
    assert client.post(_address(world.ours, "weights/"), {"industry": "retail"}).status_code == 302
    assert client.post(_address(world.ours, "segments/"), {"traits": "plan"}).status_code == 302
    kept = client.post(_address(world.ours, "full-points/"), {"source": "own", "value": "12", "then": "publish"})
    assert kept["Location"] == reverse("weights-publish", args=[world.ours.slug])
    with organisation_scope(world.ours.id):
        draft = WeightSet.objects.get()
        assert (draft.full_points_thousandths, draft.state) == (12_000, "draft")
        assert SegmentSet.objects.get().name == "Plan"
        assert not RunRequest.objects.exists()  # nothing is published, so nothing was asked for
        draft.state, draft.note, draft.published_at = "published", "x", NOW
        draft.save()
        SegmentSet.objects.update(name="Other")
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    assert client.post(_address(world.ours, "score/"), {"as_of": YESTERDAY.isoformat()}).status_code == 302
    assert "A scoring is on its way" in client.get(_address(world.ours, "score/")).content.decode()
    with organisation_scope(world.ours.id, write=False):
        assert RunRequest.objects.get().as_of == YESTERDAY


def test_old_events_are_told_and_their_day_is_proposed(world: World) -> None:
    add_customers(world.ours, {1: {}})
    store(world.ours, [stored(1, "visit", at=noon(YESTERDAY - timedelta(days=900)), message_id="1")])
    client = signed_in(world.consultant)
    page = client.get(_address(world.ours, "full-points/")).content.decode()
    assert "Nobody did anything that counts" in page
    assert "The latest event is of" in page


def _strip(person: User, organisation: Organisation, page: str) -> bool:
    client = Client()
    client.force_login(person)
    return "to the first score" in client.get(f"/o/{organisation.slug}/{page}").content.decode()


def test_the_strip_leads_back_until_a_score_stands(world: World) -> None:
    data = ("data/", "data/live/", "data/keys/", "data/connections/", "data/names/")
    for page in (*data, "actions/", "weights/draft/", "segments/", "runs/"):
        assert _strip(world.consultant, world.ours, page), page
    assert not _strip(world.viewer, world.ours, "actions/")  # who cannot take the step
    for page in ("customers/", "settings/"):
        assert not _strip(world.admin, world.ours, page)
    assert not _strip(world.admin, world.firm, "members/")


def test_the_sample_adds_up_and_reads_nothing_of_anybody(world: World) -> None:
    page = specimen()
    customers = sum(row.customers for row in page.rows)
    assert customers == EXCELLENT + GOOD + POOR == 2469
    whole = sum((row.score * row.customers for row in page.rows), Decimal(0)) / customers
    assert abs(whole - page.score) < Decimal("0.01")  # printed to two decimals
    assert [row.name for row in page.rows if row.is_missing] == ["Unknown"]
    client = signed_in(world.viewer)
    address = _address(world.ours, "sample/")
    before = client.get(address).content.decode()
    _with_data(world.ours)
    after = client.get(address).content.decode()
    assert _without_marks(after) == _without_marks(before)
    assert "Nothing of it is in" in after
    assert client.post(address).status_code == 405
    assert client.get(_address(world.strange, "sample/")).status_code == 404


def _without_marks(page: str) -> str:
    return re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page)


# ── words inside a sentence ──────────────────────────────────────────────────────────────────────────────────


def test_the_title_of_each_step_has_a_form_for_inside_a_sentence() -> None:
    for stage in STAGES:
        said = render_to_string("scorecards/start/_inside.html", {"number": number_of(stage.key)})
        assert said == str(stage.title).lower()


def test_each_industry_has_a_form_for_inside_a_sentence() -> None:
    for starter in STARTERS.values():
        usual, begin = (
            render_to_string("scorecards/start/_usual.html", {"industry": starter.industry, "begins": begins})
            for begins in (False, True)
        )
        assert usual == f"Usual in {starter.name.lower()}"
        assert begin == f"Begin with the weights of {starter.name.lower()}"
