"""The ledger of a run: its terms add up exactly over random histories, and each cause alone moves only its own term."""

from __future__ import annotations

import random
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.ingest.models import Customer
from engagement.ingest.services import merge_again, undo_merge
from engagement.insights.models import SegmentLedger, SegmentSnapshot
from engagement.scoring.formula import State, StateSums, ledger_of
from engagement.scoring.models import ScoreRun, WeightSet
from engagement.scoring.services.packing import pack_closed_days
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.ledger_world import (
    ALLOWED_BY_ACTIVITY,
    BY_TRAIT,
    CHANGES,
    FAR,
    FIRST,
    THEN,
    VISITORS,
    WITH_OVERRIDES,
    ledger,
    make_world,
    moved,
    rerun,
)
from tests.insights.scoring_world import add_activity


@pytest.mark.parametrize("name", list(CHANGES))
@pytest.mark.parametrize("overrides", [False, True])
def test_each_cause_alone_moves_only_its_own_term(world: World, name: str, overrides: bool) -> None:
    if overrides and name not in WITH_OVERRIDES:
        pytest.skip("a segment with weights of its own has no such rule")
    act, causes = CHANGES[name]
    small = make_world(world, overrides=overrides)
    chance = random.Random(4)
    for _ in range(1 if name == "outweigh" else 3):
        act(small, chance)
    # What is new lies in the days that follow; everything else is seen on the same day, which nothing ages.
    run = rerun(small, THEN if name == "newly" else FIRST)
    ageing = {"ageing"} if name == "newly" else set()
    for key in BY_TRAIT:
        assert moved(run, key) <= causes | ageing
    for key in ("keen", "recent"):
        assert moved(run, key) <= causes | ageing | ALLOWED_BY_ACTIVITY
    anywhere = set().union(*(moved(run, key) for key in BY_TRAIT))
    assert causes <= anywhere


def test_nothing_happened_nothing_moved_and_time_alone_is_ageing(world: World) -> None:
    small = make_world(world)
    run = rerun(small)
    assert {key: moved(run, key) for key in (*BY_TRAIT, "keen")} == {key: set() for key in (*BY_TRAIT, "keen")}
    later = rerun(small, THEN)
    assert moved(later) == {"ageing"}
    found = ledger(later, "all")
    assert found is not None
    assert found.change < 0


def test_half_life_ages_what_stays_in_the_window(world: World) -> None:
    small = make_world(world)
    with organisation_scope(small.id):
        WeightSet.objects.filter(state="published").update(half_life_days=5)
    rerun(small)
    later = rerun(small, FIRST + timedelta(days=1))
    assert moved(later) == {"ageing"}


def test_new_activity_is_told_by_action(world: World) -> None:
    small = make_world(world)
    add_activity(small, [(2, "visit", FIRST + timedelta(days=1), 2), (5, "purchase", FIRST + timedelta(days=2), 1)])
    found = ledger(rerun(small, FIRST + timedelta(days=2)), "all")
    assert found is not None
    by_action = {term.action: term.value for term in found.terms if term.cause == "new"}
    assert set(by_action) == {"t-visit", "t-social", "t-purchase"}
    assert by_action["t-social"] == 0
    assert by_action["t-visit"] > 0 or by_action["t-purchase"] > 0


def test_a_merge_can_be_undone_and_the_ledger_says_so(world: World) -> None:
    small = make_world(world)
    before = rerun(small)
    with organisation_scope(small.id):
        Customer.objects.filter(number=FAR + 5).update(merged_into=1)
    merged = rerun(small)
    with organisation_scope(small.id):
        Customer.objects.filter(number=FAR + 5).update(merged_into=None)
    again = rerun(small)
    assert (moved(merged), moved(again)) == ({"identity"}, {"identity"})
    assert merged.customers == before.customers - 1
    assert again.digest == before.digest
    one, two = ledger(merged, "all"), ledger(again, "all")
    assert one is not None
    assert two is not None
    assert one.change == -two.change != 0


def test_what_people_take_apart_gives_the_former_bytes_and_they_may_merge_it_again(world: World) -> None:
    small = make_world(world)
    before = rerun(small)
    number = VISITORS[0]
    with organisation_scope(small.id):
        Customer.objects.filter(number=number).update(merged_into=1)
    merged = rerun(small)
    said: dict[str, Any] = {"organisation": small.organisation, "number": number, "target": 1, "reason": "A tablet"}
    with organisation_scope(small.id):
        undo_merge(**said, user=None, now=NOW)
    apart = rerun(small)
    with organisation_scope(small.id):
        merge_again(**said, user=None, now=NOW)
    again = rerun(small)
    assert (apart.digest, again.digest) == (before.digest, merged.digest)
    assert before.digest != merged.digest
    assert [moved(run) for run in (merged, apart, again)] == [{"identity"}] * 3
    # An anonymous visitor is in no score: the number of customers stays.
    assert {run.customers for run in (before, merged, apart)} == {before.customers}


@pytest.mark.parametrize("kind", ["open", "packed", "overrides"])
@given(seed=st.integers(0, 10**6), names=st.lists(st.sampled_from(list(CHANGES)), max_size=6), days=st.integers(0, 9))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_terms_add_up_over_random_histories(world: World, kind: str, seed: int, names: list[str], days: int) -> None:
    # Weights of their own, from the first run on or given on the way, are only for rules that look at no activity.
    has_own = kind == "overrides" or "outweigh" in names
    names = [name for name in names if name != "redraw" or not has_own]
    with transaction.atomic():
        small = make_world(world, overrides=kind == "overrides")
        if kind == "packed":
            pack_closed_days(organisation_id=small.id, now=NOW)
        chance = random.Random(seed)
        allowed = {"ageing"} if days else set()
        for name in names:
            act, causes = CHANGES[name]
            act(small, chance)
            allowed |= causes
        run = rerun(small, FIRST + timedelta(days=days))
        with organisation_scope(small.id, write=False):
            assert run.base is not None
            for row in SegmentLedger.objects.filter(run=run).select_related("segment"):
                _adds_up(row, run)
                if row.segment.key in BY_TRAIT:
                    assert moved(run, row.segment.key) <= allowed | _between(names)
            again = rerun(small, FIRST + timedelta(days=days))
            assert again.digest == run.digest
            assert moved(again) == set()
        transaction.set_rollback(True)


def _between(names: list[str]) -> set[str]:
    """What two causes together may move beside their own terms: who was merged or erased is not there to be moved."""
    if "redraw" in names:  # the new rule looks at activity: whatever moves that moves people too
        return {"left", "joined", "identity", "definitions"}
    people = {"merge", "merge_known", "erase", "join", "leave_out", "redraw", "regroup", "switch", "redefine"}
    return {"left", "joined", "identity", "definitions"} if len(people & set(names)) > 1 else set()


def _adds_up(row: SegmentLedger, run: ScoreRun) -> None:
    states = [State(cause, action, StateSums(*sums)) for cause, action, *sums in row.states]
    ends = [SegmentSnapshot.objects.get(run_id=one, segment_id=row.segment_id) for one in (run.base_id, run.id)]
    for state, snapshot in zip((states[0], states[-1]), ends, strict=True):
        assert state.sums.n == snapshot.n
        assert state.sums.sum_score_millionths == snapshot.sum_score_millionths
        assert Fraction(state.sums.sum_points, state.sums.scale) == Fraction(
            int(snapshot.sum_points), snapshot.points_scale
        )
    for measure in ("score", "points_per_customer"):
        found = ledger_of(states=states, measure=measure)
        if found is not None:
            assert found.before + sum((term.value for term in found.terms), Fraction(0)) == found.after
