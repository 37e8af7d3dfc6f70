"""Outreach: its states, what is on record, what became of it, and what is left out of that."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.models import Outreach, RiskCohort
from engagement.insights.risk_types import Became, State
from engagement.insights.selectors.at_risk import became
from engagement.insights.selectors.outreach import one_outreach
from engagement.insights.services import at_risk as services
from engagement.insights.services import score
from engagement.insights.services.at_risk import Contact, change_outreach
from engagement.scoring.models import ScoreRun, WeightSet
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.risk_world import STORY, Scores, latest_run, make_client, numbers, page, taken_up
from tests.insights.scoring_world import AS_OF, add_activity

APRIL = date(2026, 4, 10)
LATER = datetime(2026, 4, 11, 9, 0, tzinfo=NOW.tzinfo)


def changed(organisation: Organisation, key: str, *, now: datetime = NOW, **contact: Any) -> None:
    with organisation_scope(organisation.pk):
        change_outreach(
            organisation=organisation, outreach_id=Outreach.objects.get(pk=key).pk, contact=Contact(**contact),
            user=None, now=now,
        )  # fmt: skip


def state(organisation: Organisation, key: str) -> State:
    with organisation_scope(organisation.pk, write=False):
        return one_outreach(outreach_id=Outreach.objects.get(pk=key).pk).state


def test_new_contacted_closed(world: World) -> None:
    make_client(world.ours, STORY)
    (key,) = taken_up(world.ours, 1, owner=world.consultant)
    assert state(world.ours, key) is State.NEW
    assert taken_up(world.ours, 1, how="mail", contacted_on=AS_OF) == [key]  # the open one goes on
    assert state(world.ours, key) is State.CONTACTED
    changed(world.ours, key, how="mail", contacted_on=AS_OF, outcome="no_answer")
    assert state(world.ours, key) is State.CLOSED
    with pytest.raises(NotFoundError):
        changed(world.ours, key, how="mail", contacted_on=AS_OF)
    assert numbers(world.ours, state="closed") == [1]
    assert numbers(world.ours, state="closed", now=NOW + timedelta(days=181)) == []
    assert taken_up(world.ours, 1, owner=None) != [key]


def test_what_is_left_empty_stays_as_it_was_noted(world: World) -> None:
    make_client(world.ours, STORY)
    said = {"owner": world.admin, "how": "call", "contacted_on": AS_OF, "note": "Rang", "return_on": APRIL}
    (key,) = taken_up(world.ours, 1, **said)
    assert taken_up(world.ours, 1, 2, owner=world.consultant)[0] == key
    with organisation_scope(world.ours.pk, write=False):
        one = one_outreach(outreach_id=Outreach.objects.get(pk=key).pk)
    assert (one.owner_name, one.how, one.contacted_on) == (world.consultant.name, "call", AS_OF)
    assert (one.note, one.return_on, one.state) == ("Rang", APRIL, State.CONTACTED)


def test_two_at_once_are_a_conflict_and_nothing_of_the_second_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_client(world.ours, STORY)
    taken_up(world.ours, 2)
    monkeypatch.setattr(services, "_open_outreach", lambda _numbers: {})  # as read a moment before
    with pytest.raises(ConflictError):
        taken_up(world.ours, 1, 2)
    with organisation_scope(world.ours.pk, write=False):
        assert list(Outreach.objects.values_list("customer_number", flat=True)) == [2]


def test_an_outcome_is_of_a_contact(world: World) -> None:
    make_client(world.ours, STORY)
    (key,) = taken_up(world.ours, 1)
    with pytest.raises(InvalidInputError) as refused:
        changed(world.ours, key, outcome="came_back")
    assert list(refused.value.fields) == ["how"]


def test_at_most_a_hundred_at_once_and_all_or_nobody(world: World) -> None:
    make_client(world.ours, STORY)
    for wanted in ((), tuple(range(1, 102))):
        with pytest.raises(InvalidInputError):
            taken_up(world.ours, *wanted)
    with pytest.raises(NotFoundError):
        taken_up(world.ours, 1, 999)
    with organisation_scope(world.ours.pk, write=False):
        assert not Outreach.objects.exists()


def test_the_list_of_then_is_kept_once_with_the_baselines(world: World) -> None:
    make_client(world.ours, STORY)
    taken_up(world.ours, 1, 7)
    taken_up(world.ours, 4)
    with organisation_scope(world.ours.pk, write=False):
        (cohort,) = RiskCohort.objects.all()
        rows = Outreach.objects.order_by("customer_number")
        said = [(row.customer_number, row.cohort_id, row.baseline_millionths) for row in rows]
    assert said == [(1, cohort.pk, 80_000_000), (4, cohort.pk, 90_000_000), (7, None, None)]  # 7 is not at risk


def test_the_record_has_ids_and_no_note(world: World) -> None:
    make_client(world.ours, STORY)
    (key,) = taken_up(world.ours, 1, owner=world.consultant, note="Zwitscher")
    taken_up(world.ours, 1, owner=world.consultant, note="Zwitscher")  # says the same
    changed(world.ours, key, how="call", contacted_on=AS_OF, note="Zwitscher again", outcome="other")
    with organisation_scope(world.ours.pk, write=False):
        entries = list(AuditEntry.objects.filter(act__startswith="outreach.").order_by("number"))
    assert [entry.act for entry in entries] == ["outreach.began", "outreach.changed"]
    said = [json.loads(entry.content) for entry in entries]
    assert said[0]["new"] == {"customer": 1, "owner": str(world.consultant.pk), "note": "rewritten"}
    assert said[1]["new"] == {
        "owner": None, "how": "call", "contacted_on": "2026-02-28", "note": "rewritten", "outcome": "other"
    }  # fmt: skip
    assert not any("Zwitscher" in entry.content for entry in entries)


# ── what became of it ────────────────────────────────────────────────────────────────────────────────────────


def _history(world: World) -> None:
    """Twenty fell from 80 to 0 in February. The first ten are contacted; in April 7 of them are back, 3 of the rest."""
    scores: Scores = dict.fromkeys(range(1, 21), (80, 80, 80, 0)) | dict.fromkeys(range(21, 31), (50, 50, 50, 50))
    small = make_client(world.ours, scores)
    taken_up(world.ours, *range(1, 11), how="call", contacted_on=AS_OF)
    # 70 is back: 80 less half of the fall of 20; 69 is not.
    back = [(n, 70) for n in (*range(1, 8), 11, 12, 13)] + [(n, 69) for n in (8, 9, 14, 15)]
    add_activity(small, [(n, "visit", APRIL, times) for n, times in back])
    score(organisation_id=small.id, as_of=APRIL, cause="history", now=LATER)


def _became(world: World, *, now: datetime = LATER) -> Became | None:
    with organisation_scope(world.ours.pk, write=False):
        return became(organisation=world.ours, now=now)


def test_who_is_back_of_those_contacted_and_of_the_others(world: World) -> None:
    _history(world)
    found = _became(world)
    assert found is not None
    assert (found.contacted.of, found.contacted.back, found.contacted.share) == (10, 7, Fraction(7, 10))
    assert (found.others.of, found.others.back) == (10, 3)
    assert found.contacted.low is not None
    assert found.contacted.high is not None
    assert [f"{float(end):.3f}" for end in (found.contacted.low, found.contacted.high)] == ["0.397", "0.892"]
    assert (found.not_comparable, found.outcomes) == (0, (("", 10),))


def test_before_thirty_days_nothing_is_said(world: World) -> None:
    make_client(world.ours, STORY)
    taken_up(world.ours, 1, how="call", contacted_on=AS_OF)
    assert _became(world, now=LATER) is None  # no scoring is thirty days later


def test_too_few_have_no_number(world: World) -> None:
    _history(world)
    with organisation_scope(world.ours.pk):
        Outreach.objects.filter(customer_number__gt=4).delete()
    found = _became(world)
    assert found is not None
    assert (found.contacted.of, found.contacted.back, found.contacted.share) == (4, None, None)
    assert found.others.of == 16


def test_a_later_contact_leaves_nobody_among_the_others(world: World) -> None:
    _history(world)
    taken_up(world.ours, 11, 12, how="mail", contacted_on=APRIL, now=LATER)
    found = _became(world)
    assert found is not None
    assert (found.contacted.of, found.others.of, found.others.back) == (10, 8, 1)


def test_with_other_weights_nobody_is_followed(world: World) -> None:
    _history(world)
    with organisation_scope(world.ours.pk):
        other = WeightSet.objects.create(
            organisation=world.ours, number=49, state="retired", full_points_thousandths=1, created_at=NOW,
            changed_at=NOW,
        )  # fmt: skip
        ScoreRun.objects.filter(pk=latest_run(world.ours).pk).update(weight_set=other)
    found = _became(world)
    assert found is not None
    assert (found.contacted.of, found.others.of, found.not_comparable) == (0, 0, 10)


def test_nobody_elses_outreach_is_counted(world: World) -> None:
    _history(world)
    make_client(world.strange, STORY)
    taken_up(world.strange, 1, 2, 4, how="call", contacted_on=AS_OF)
    found = _became(world)
    assert found is not None
    assert (found.contacted.of, found.others.of) == (10, 10)
    assert page(world.strange).by_state[1] == (State.CONTACTED, 3)
