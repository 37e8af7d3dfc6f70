"""Validity on its pages and in the API: who may, what stands there, asking, the outcome, the draft."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from engagement.scoring.models import Segment, WeightSet
from engagement.validity.models import Outcome, ValidityCheck
from tenants.models import AuditEntry, LimitedTo, Membership
from tenants.scope import organisation_scope
from tests.conftest import World, api_token
from tests.scoring.config import signed_in
from tests.validity.validity_world import asked, checked, make_client, say_outcome, work_off


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _page(world: World, path: str = "", *, who: Any = None) -> str:
    answer = signed_in(who or world.consultant).get(f"/o/{world.ours.slug}/validity/{path}")
    assert answer.status_code == 200
    return _text(answer)


def _post(world: World, path: str, *, who: Any = None, **data: Any) -> Any:
    return signed_in(who or world.consultant).post(f"/o/{world.ours.slug}/validity/{path}", data)


def _api(world: World, who: Any) -> Client:
    return Client(headers={"authorization": f"Bearer {api_token(who)}"})


def _fresh(world: World, **changes: Any) -> None:
    """A check that was finished today."""
    make_client(world.ours, **changes)
    checked(world.ours, now=timezone.now())


# ── what stands there ────────────────────────────────────────────────────────────────────────────────────────


def test_before_anything_it_says_what_to_do(world: World) -> None:
    assert "Nobody knows yet whether a low score means something" in _page(world)
    assert "Say what to hold it against" in _page(world)
    assert "Say what to hold it against" not in _page(world, who=world.viewer)
    say_outcome(world.ours, kind="silent", action_keys=[])
    assert "no counted action in the 60 days after" in _page(world)
    assert "No check has been made." in _page(world)


def test_the_verdict_with_its_interval_and_no_cause(world: World) -> None:
    _fresh(world)
    text = _page(world)
    assert "A low score came first more often than chance would have it" in text
    assert re.search(r"had the lower score in \d\d \(\d\d to \d\d\)\. Chance alone gives 50\.", text)
    assert "Scores of 31 December 2025, held against: no “Purchase” in the 60 days after" in text
    assert "What came first is not thereby a cause" in text
    assert "2 segments were looked at together" in text
    assert re.search(r"“Purchase” left the score for this check.*the second is the answer", text)
    assert "All customers" in text
    assert "Expected, %" in text
    assert "expired" not in text
    assert "Check 1" in text
    assert "Weights by a model tell no better who stays" in text
    assert "Make a draft of it" not in text  # only visits are known, so they keep all the points


def test_one_check_and_the_groups_of_a_segment(world: World) -> None:
    _fresh(world)
    text = _page(world, "1/?segment=north")
    assert re.search(r"North: \d+ % of the lowest scores had the outcome, \d+ % of the highest", text)
    assert "Weight set 50." in text
    assert signed_in(world.viewer).get(f"/o/{world.ours.slug}/validity/2/").status_code == 404


def test_an_old_check_says_that_it_has_expired(world: World) -> None:
    make_client(world.ours)
    checked(world.ours)  # in March, and pages are read by the clock
    assert "This check has expired: it is more than 120 days old. Ask for a new one." in _page(world)


def test_not_enough_outcomes_is_an_answer(world: World) -> None:
    _fresh(world, n=40)
    text = _page(world)
    assert "Not enough outcomes to tell what a low score means" in text
    assert "fewer than 30 customers with the outcome, or fewer than 30 without it" in text
    assert "No weights are suggested" in text


def test_what_cannot_be_checked_says_why(world: World) -> None:
    make_client(world.ours)
    checked(world.ours, now=timezone.now(), action_keys=["t-visit", "t-mail", "t-purchase"])
    assert "Cannot be checked: without the outcome’s actions no action with a weight above 0 is left" in _page(world)


def test_churn_of_everything_says_that_nothing_left_the_score(world: World) -> None:
    make_client(world.ours)
    checked(world.ours, now=timezone.now(), kind="silent", action_keys=[])
    assert "Every counted action is part of this outcome, so none could leave the score" in _page(world)


def test_the_file_has_every_segment_and_goes_on_record(world: World) -> None:
    _fresh(world)
    answer = signed_in(world.viewer).get(f"/o/{world.ours.slug}/validity/1/csv/")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["Segment key"], row["Verdict"], row["Customers"]) for row in rows[:1]] == [("all", "low_first", "400")]
    assert len(rows) == 3
    with organisation_scope(world.ours.pk, write=False):
        assert AuditEntry.objects.filter(act="validity.exported").count() == 1


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────


def _limit(world: World, to: str, *keys: str) -> None:
    with organisation_scope(world.ours.pk):
        ids = [str(key) for key in Segment.objects.filter(key__in=keys).values_list("pk", flat=True)]
        Membership.objects.filter(user=world.viewer).update(limited_to=to, segment_ids=ids)


def test_limited_to_a_segment_one_reads_of_it_and_of_no_other(world: World) -> None:
    _fresh(world)
    _limit(world, LimitedTo.SEGMENTS, "north")
    for path in ("", "1/", "1/?segment=south", "1/csv/"):
        text = _page(world, path, who=world.viewer)
        assert "North" in text or "north" in text, path
        assert not re.search(r"South|south|All customers|\ball\b,|400|Suggested", text), path
    client, slug = _api(world, world.viewer), world.ours.slug
    assert [one["verdict"] for one in client.get(f"/api/v1/organisations/{slug}/validity/").json()] == [None]
    one = client.get(f"/api/v1/organisations/{slug}/validity/1/").json()
    assert [part["segment"] for part in one["segments"]] == ["north"]
    assert one["suggestion"] is None


def test_limited_to_reports_one_reads_all_of_it(world: World) -> None:
    _fresh(world)
    _limit(world, LimitedTo.REPORTS)
    assert "All customers" in _page(world, who=world.viewer)


@pytest.mark.parametrize("path", ["ask/", "outcome/", "1/draft/"])
def test_a_viewer_changes_nothing(world: World, path: str) -> None:
    _fresh(world)
    assert _post(world, path, who=world.viewer, kind="silent", days=30).status_code == 403
    assert _post(world, path, who=world.stranger, kind="silent", days=30).status_code == 404
    with organisation_scope(world.ours.pk, write=False):
        assert (Outcome.objects.count(), ValidityCheck.objects.count()) == (1, 1)
        assert not WeightSet.objects.filter(state="draft").exists()


# ── what people do ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_outcome_is_set_and_a_check_asked_for(world: World) -> None:
    make_client(world.ours)
    form = _page(world, "outcome/")
    assert "Actions that say somebody stayed" in form
    wrong = _post(world, "outcome/", kind="no_repeat", days=60)
    assert "Choose the action that is to come again" in _text(wrong)
    sent = _post(world, "outcome/", kind="no_repeat", actions=["t-purchase"], days=60, is_monthly="on")
    assert sent.status_code == 302
    assert _post(world, "ask/").status_code == 302
    text = _page(world)
    assert "A check is on its way" in text
    assert "on its way" in _page(world, "1/")
    assert "begins when a worker is free" in _page(world, "progress/")
    work_off(world.ours, now=timezone.now())
    assert "A low score came first" in _page(world)
    assert "It is done." in _page(world, "progress/")
    with organisation_scope(world.ours.pk, write=False):
        acts = AuditEntry.objects.filter(act__startswith="validity.").order_by("number").values_list("act", flat=True)
        assert list(acts) == ["validity.outcome_set", "validity.asked"]


def test_asking_too_early_says_what_to_do(world: World) -> None:
    make_client(world.ours, n=5)
    answer = signed_in(world.consultant).post(f"/o/{world.ours.slug}/validity/ask/", follow=True)
    assert "No outcome is set yet" in _text(answer)
    say_outcome(world.ours, days=365)
    answer = signed_in(world.consultant).post(f"/o/{world.ours.slug}/validity/ask/", follow=True)
    assert "No scored day lies 365 finished days back" in _text(answer)


def test_a_check_that_failed_is_told(world: World) -> None:
    make_client(world.ours)
    say_outcome(world.ours)
    asked(world.ours)
    with organisation_scope(world.ours.pk):
        ValidityCheck.objects.get().run.__class__.objects.update(thinned_at=timezone.now())
    work_off(world.ours)
    assert "failed" in _page(world)
    assert "This check did not work" in _page(world, "1/")
    assert "kept as sums only" in _page(world, "progress/")


def test_a_draft_of_what_is_suggested(world: World) -> None:
    _fresh(world)
    assert "Make a draft of the suggested weights?" in _page(world, "1/draft/")
    sent = _post(world, "1/draft/")
    assert sent["Location"].endswith("/weights/draft/")
    again = _text(_post(world, "1/draft/"))
    assert "There is a draft already" in again
    assert "Replace the draft that is open" in again
    assert _post(world, "1/draft/", replaces="on").status_code == 302
    with organisation_scope(world.ours.pk, write=False):
        assert WeightSet.objects.get(state="draft").note == "Suggested by validity check 1."


def test_in_a_firm_there_is_nothing_of_it(world: World) -> None:
    client = signed_in(world.consultant)
    for path in ("", "1/", "outcome/", "progress/"):
        assert client.get(f"/o/{world.firm.slug}/validity/{path}").status_code == 404


# ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_api_sets_asks_and_reads(world: World) -> None:
    make_client(world.ours)
    client, base = _api(world, world.consultant), f"/api/v1/organisations/{world.ours.slug}/validity/"
    assert client.get(f"{base}outcome/").status_code == 404
    assert client.post(base).status_code == 409
    said = {"kind": "no_repeat", "actions": ["t-purchase"], "days": 60}
    put = client.put(f"{base}outcome/", said, content_type="application/json")
    assert (put.status_code, put.json()["number"], put.json()["monthly"]) == (200, 1, True)
    made = client.post(base)
    assert (made.status_code, made.json()["check_line"]["state"], made.json()["segments"]) == (201, "waiting", [])
    work_off(world.ours, now=timezone.now())
    one = client.get(f"{base}1/").json()
    assert (one["check_line"]["state"], one["check_line"]["verdict"]) == ("done", "low_first")
    everybody = one["segments"][0]
    assert (everybody["segment"], everybody["customers"], everybody["holds"]) == ("all", 400, True)
    assert everybody["auc"]["low"] < everybody["auc"]["value"] < everybody["auc"]["high"]
    assert sum(group["customers"] for group in everybody["groups"]) == 400
    assert {line["standing"] for line in one["suggestion"]["weights"]} >= {"suggested", "outcome"}
    assert [line["number"] for line in client.get(base).json()] == [1]
    assert client.get(f"{base}2/").status_code == 404
    viewer = _api(world, world.viewer)
    assert viewer.get(base).status_code == 200
    assert viewer.post(base).status_code == 403
    bad = client.put(f"{base}outcome/", {"kind": "no_repeat", "days": 3}, content_type="application/json")
    assert (bad.status_code, sorted(bad.json()["fields"])) == (400, ["actions", "days"])


def test_other_weights_are_offered_as_a_draft(world: World) -> None:
    _fresh(world, n=900, effect=0.3, of_mails=0.8)
    text = _page(world)
    assert re.search(r"Mail 1 1\.8 suggested", text)
    assert "Make a draft of it" in text
    assert "Make a draft of it" not in _page(world, who=world.viewer)
    assert "Other weights would tell better who stays" in text
