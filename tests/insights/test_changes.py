"""How sure a change is, from two stored runs: in pairs, across chunks, or not at all and why."""

from __future__ import annotations

import random
from datetime import date
from math import sqrt
from statistics import stdev
from typing import Any

import pytest
from django.db import connection

from engagement.ingest.models import Customer
from engagement.insights.outlook_types import ChangeError
from engagement.insights.selectors import scorecard, segment_figures
from engagement.insights.selectors.changes import NOT_IN_BOTH, NOT_KEPT, change_errors
from engagement.insights.selectors.figures import Minimum
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small

JANUARY = date(2026, 1, 31)
SECOND_CHUNK = 1 << 16


@pytest.fixture
def small(world: World) -> Small:
    """60 customers in two chunks with 0 to 10 visits in each of two months, half of them on a plan."""
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, window_days=28)
    numbers = [*range(1, 31), *range(SECOND_CHUNK, SECOND_CHUNK + 30)]
    add_customers(small, [(n, {"plan": "Team" if n % 2 else "Free"}) for n in numbers])
    team = {"all": [{"trait": "plan", "op": "is", "value": "Team"}]}
    rare = {"all": [{"trait": "plan", "op": "is", "value": "Rare"}]}
    add_segments(small, "plan", {"team": team, "rare": rare}, partition=False)
    source = random.Random(3)
    visits = {n: source.choice([0, 0, 3, 7, 10, 10]) for n in numbers}
    add_activity(small, [(n, "visit", JANUARY, visits[n]) for n in numbers if visits[n]])
    later = {n: min(max(visits[n] + source.choice([-2, 0, 1, 3]), 0), 12) for n in numbers}
    add_activity(small, [(n, "visit", AS_OF, later[n]) for n in numbers if later[n]])
    return small


def run(small: Small, day: date) -> ScoreRun:
    return score(organisation_id=small.id, as_of=day, cause="history", now=NOW)


def errors(small: Small, before: ScoreRun | None, after: ScoreRun, *keys: str) -> dict[str, ChangeError]:
    with organisation_scope(small.id, write=False):
        minimum = Minimum.of(small.organisation)
        return change_errors(before=before, after=after, segment_keys=list(keys) or ["all"], minimum=minimum)


def scores_of(small: Small, run: ScoreRun, *, team: bool = False) -> dict[int, float]:
    """Each customer's score from the visits in the table, not from the blocks."""
    with organisation_scope(small.id, write=False), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.number, coalesce(sum(a.occurrences), 0) FROM ingest_customer c LEFT JOIN scoring_activity_open a"
            " ON a.organisation_id = c.organisation_id AND a.customer_number = c.number AND a.day = %s"
            " WHERE c.organisation_id = %s AND (NOT %s OR c.traits->>'plan' = 'Team') GROUP BY c.number",
            [run.as_of, small.id, team],
        )
        return {number: min(float(visits), 10) * 10 for number, visits in cursor.fetchall()}


@pytest.mark.parametrize(("key", "team"), [("all", False), ("team", True)])
def test_those_who_stay_are_compared_with_themselves(small: Small, key: str, team: bool) -> None:
    before, after = run(small, JANUARY), run(small, AS_OF)
    found = errors(small, before, after, key)[key]
    old, new = (scores_of(small, each, team=team) for each in (before, after))
    differences = [new[n] - old[n] for n in old]
    assert found.standard_error is not None
    assert float(found.standard_error) == pytest.approx(stdev(differences) / sqrt(len(differences)), rel=1e-9)
    assert found.half_width_95 is not None
    t = 2.0010 if key == "all" else 2.0452  # 59 and 29 degrees
    assert float(found.half_width_95) == pytest.approx(t * float(found.standard_error), rel=1e-4)
    assert found.reason is None


def test_those_who_come_and_leave_count_once(small: Small) -> None:
    before = run(small, JANUARY)
    with organisation_scope(small.id):
        Customer.objects.filter(number__lte=5).update(excluded=True)
    add_customers(small, [(n, {}) for n in (100, 101)])
    add_activity(small, [(100, "visit", AS_OF, 10)])
    after = run(small, AS_OF)
    found = errors(small, before, after)["all"].standard_error
    before_scores, after_scores = scores_of(small, before), scores_of(small, after)
    old = {n: s for n, s in before_scores.items() if n < 100 or n >= SECOND_CHUNK}
    new = {n: s for n, s in after_scores.items() if n > 5}
    mean_old, mean_new = sum(old.values()) / len(old), sum(new.values()) / len(new)
    gives = [
        (new[n] - mean_new) / len(new) * (n in new) - (old[n] - mean_old) / len(old) * (n in old)
        if n in new and n in old
        else ((new[n] - mean_new) / len(new) if n in new else -(old[n] - mean_old) / len(old))
        for n in old.keys() | new.keys()
    ]
    assert (len(old), len(new), len(gives)) == (60, 57, 62)
    assert found is not None
    assert float(found) == pytest.approx(sqrt(sum(g * g for g in gives) * 62 / 61), rel=1e-9)


def test_without_an_interval_there_is_a_reason(small: Small) -> None:
    before, after = run(small, JANUARY), run(small, AS_OF)
    assert errors(small, None, after) == {}
    found = errors(small, before, after, "rare", "nobodys")
    assert found["nobodys"] == ChangeError(None, None, NOT_IN_BOTH)
    assert found["rare"] == ChangeError(None, None, "no interval: fewer than 5 customers in one of the runs")


@pytest.mark.parametrize("table", ["score", "member"])
def test_a_run_whose_customers_are_not_kept_has_no_interval_and_that_is_not_remembered(
    small: Small, table: str
) -> None:
    before, after = run(small, JANUARY), run(small, AS_OF)
    name = f"scoring_{table}_block"
    with organisation_scope(small.id), connection.cursor() as cursor:
        where = "WHERE organisation_id = %s AND run_id = %s AND chunk = 1"
        cursor.execute(f"SELECT packed FROM {name} {where}", [small.id, before.id])
        (packed,) = cursor.fetchone()
        cursor.execute(f"DELETE FROM {name} {where}", [small.id, before.id])
    assert errors(small, before, after)["all"] == ChangeError(None, None, NOT_KEPT)
    with organisation_scope(small.id), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {name} VALUES (%s, %s, 1, %s)", [small.id, before.id, bytes(packed)])
    assert errors(small, before, after)["all"].standard_error is not None


def test_two_runs_are_read_once(small: Small, django_assert_max_num_queries: Any) -> None:
    before, after = run(small, JANUARY), run(small, AS_OF)
    first = errors(small, before, after, "all", "team")
    with organisation_scope(small.id, write=False), django_assert_max_num_queries(2):
        again = change_errors(
            before=before, after=after, segment_keys=["all", "team"], minimum=Minimum.of(small.organisation)
        )
    assert again == first


def test_another_organisation_has_nothing_of_it(small: Small, world: World) -> None:
    """What is remembered is found by the organisation's id too, and its runs and sums are read behind the wall."""
    before, after = run(small, JANUARY), run(small, AS_OF)
    errors(small, before, after)
    with organisation_scope(world.other.id, write=False):
        found = change_errors(before=before, after=after, segment_keys=["all"], minimum=Minimum(5, 30))
    assert found["all"] == ChangeError(None, None, NOT_IN_BOTH)


def test_the_scorecard_and_the_segment_carry_it(small: Small) -> None:
    before, after = run(small, JANUARY), run(small, AS_OF)
    expected = errors(small, before, after, "all", "team")
    with organisation_scope(small.id, write=False):
        card = scorecard(organisation=small.organisation, now=NOW)
        row, *_ = segment_figures(organisation=small.organisation, segment_key="team", now=NOW)
    assert card is not None
    assert card.change_error == expected["all"]
    assert {each.figures.segment_key: each.change_error for each in card.groups[0].rows}["team"] == expected["team"]
    assert row.change_error == expected["team"]
