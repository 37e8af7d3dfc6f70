"""The ledger of a run: its terms add up exactly over random histories, and each cause alone moves only its own term."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.ingest.models import Customer
from engagement.ingest.services import merge_again, undo_merge
from engagement.insights.models import SegmentLedger, SegmentSnapshot
from engagement.insights.services import score
from engagement.scoring.activity_blocks import unpack_day
from engagement.scoring.formula import Ledger, State, StateSums, ledger_of
from engagement.scoring.models import (
    ActionDefinition,
    ActivityBlock,
    ActivityOpen,
    ExclusionDefinition,
    ScoreRun,
    Segment,
    SegmentDefinition,
    Weight,
    WeightSet,
)
from engagement.scoring.services.packing import pack_closed_days
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_activity, add_customers, add_segments, make_small

FIRST = date(2026, 2, 14)
THEN = date(2026, 2, 21)
WEIGHTS = {"visit": ("website", 1_000, None), "social": ("social", 5_000, 3), "purchase": ("purchase", 10_000, None)}
FAR = 70_000  # in the second chunk
PEOPLE = (*range(1, 31), *range(FAR, FAR + 10))
VISITORS = (201, 202, FAR + 201)  # anonymous, with activity of their own
RULES: dict[str, dict[str, Any]] = {
    "team": {"all": [{"trait": "plan", "op": "is", "value": "Team"}]},
    "rest": {"all": [{"trait": "plan", "op": "is_not", "value": "Team"}]},
    "keen": {"all": [{"activity": "points", "op": "gte", "value": 20}]},
    "recent": {"all": [{"activity": "days_since_last_action", "op": "lte", "value": 10}]},
}
BY_TRAIT = ("all", "team", "rest")
ALLOWED_BY_ACTIVITY = {"left", "joined"}  # what moves points moves people into such a segment, and out of it


def make_world(world: World) -> Small:
    """Forty people in two chunks, three visitors, a partition, two segments by activity; scored on FIRST."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=30_000, window_days=20)
    add_customers(small, [(n, {"plan": "Team" if n % 3 else "Free"}) for n in PEOPLE])
    add_customers(small, [(n, {}) for n in VISITORS], identified=False)
    chance = random.Random(1)
    rows = [
        (n, action, FIRST - timedelta(days=chance.randint(0, 24)), chance.randint(1, 3))
        for n in (*PEOPLE[:-4], *VISITORS)
        for action in WEIGHTS
        if chance.random() < 0.6
    ]
    add_activity(small, rows)
    with organisation_scope(small.id):
        everybody = Segment.objects.get(key="all")
        small.segments["all"] = everybody
    add_segments(small, "plan", {key: RULES[key] for key in ("team", "rest")})
    add_segments(small, "behaviour", {key: RULES[key] for key in ("keen", "recent")}, partition=False)
    score(organisation_id=small.id, as_of=FIRST, cause="history", now=NOW)
    return small


def ledger(run: ScoreRun, key: str) -> Ledger | None:
    with organisation_scope(run.organisation_id, write=False):
        row = SegmentLedger.objects.get(run=run, segment__key=key)
    states = [State(cause, action, StateSums(*sums)) for cause, action, *sums in row.states]
    return ledger_of(states=states, measure="score")


def moved(run: ScoreRun, key: str = "all") -> set[str]:
    found = ledger(run, key)
    assert found is not None
    return {cause for cause, value in found.by_cause().items() if value}


def rerun(small: Small, as_of: date = FIRST) -> ScoreRun:
    return score(organisation_id=small.id, as_of=as_of, cause="request", now=NOW)


# What can happen between two runs, one function a cause.


def late(small: Small, chance: random.Random) -> None:
    day = FIRST - timedelta(days=chance.randint(0, 12))
    add_activity(small, [(chance.choice(PEOPLE), chance.choice(list(WEIGHTS)), day, 1)])


def newly(small: Small, chance: random.Random) -> None:
    day = FIRST + timedelta(days=chance.randint(1, 7))
    add_activity(small, [(chance.choice(PEOPLE), chance.choice(list(WEIGHTS)), day, 2)])


def redefine(small: Small, chance: random.Random) -> None:
    """Another rule for an action: every second customer's activity is counted under it."""
    key = chance.choice(list(WEIGHTS))
    with organisation_scope(small.id), connection.cursor() as cursor:
        old = ActionDefinition.objects.get(number=small.definitions[key])
        number = 600 + ActionDefinition.objects.count()
        ActionDefinition.objects.create(
            organisation=small.organisation, action=old.action, number=number, rule=old.rule, rolled_up_at=NOW,
            created_at=NOW,
        )  # fmt: skip
        _unpacked(cursor, small.id)
        cursor.execute(
            "INSERT INTO scoring_activity_open SELECT organisation_id, customer_number, value, occurrences, day, %s"
            " FROM scoring_activity_open WHERE organisation_id = %s AND definition = %s AND customer_number %% 2 = 0",
            [number, small.id, small.definitions[key]],
        )
    small.definitions[key] = number


def _unpacked(cursor: Any, organisation_id: int) -> None:
    """Rows again of what has been packed, so that a test can rewrite them in SQL."""
    for block in ActivityBlock.objects.all():
        rows = unpack_day(bytes(block.packed), chunk=block.chunk)
        columns = (rows.numbers, rows.values, rows.occurrences, rows.definitions)
        for number, value, occurrences, definition in zip(*(column.tolist() for column in columns), strict=True):
            cursor.execute(
                "INSERT INTO scoring_activity_open VALUES (%s, %s, %s, %s, %s, %s)",
                [organisation_id, number, value, occurrences, block.day, definition],
            )
    ActivityBlock.objects.all().delete()


def redraw(small: Small, chance: random.Random) -> None:
    """Another rule for a segment."""
    with organisation_scope(small.id):
        SegmentDefinition.objects.create(
            organisation=small.organisation, segment=small.segments["team"], number=1900 + chance.randint(1, 90_000),
            rule={"any": [RULES["team"], {"activity": "actions", "op": "gte", "value": 4}]}, created_at=NOW,
        )  # fmt: skip


def leave_out(small: Small, chance: random.Random) -> None:
    with organisation_scope(small.id):
        ExclusionDefinition.objects.create(
            organisation=small.organisation, number=1 + ExclusionDefinition.objects.count(), created_at=NOW,
            rule={"all": [{"customers": [f"c{number}" for number in chance.sample(PEOPLE, 3)]}]},
        )  # fmt: skip


def merge(small: Small, chance: random.Random) -> None:
    with organisation_scope(small.id):
        Customer.objects.filter(number=chance.choice(VISITORS)).update(merged_into=chance.choice(PEOPLE[:5]))


def merge_known(small: Small, chance: random.Random) -> None:
    with organisation_scope(small.id):
        Customer.objects.filter(number=chance.choice(PEOPLE[5:])).update(merged_into=chance.choice(PEOPLE[:5]))


def erase(small: Small, chance: random.Random) -> None:
    number = chance.choice(PEOPLE[5:])
    with organisation_scope(small.id), connection.cursor() as cursor:
        _unpacked(cursor, small.id)
        ActivityOpen.objects.filter(customer_number=number).delete()
        Customer.objects.filter(merged_into=number).update(merged_into=None)
        Customer.objects.filter(number=number).delete()


def join(small: Small, chance: random.Random) -> None:
    number = chance.choice([300, FAR + 300]) + chance.randint(0, 9_000)
    add_customers(small, [(number, {"plan": chance.choice(["Team", "Free"])})])
    add_activity(small, [(number, "purchase", FIRST - timedelta(days=2), 1)])


def switch(small: Small, chance: random.Random) -> None:
    """A trait changes: somebody goes from one segment to the other."""
    with organisation_scope(small.id):
        customer = Customer.objects.filter(number=chance.choice(PEOPLE[:5])).first()
        if customer is not None:
            plan = "Free" if customer.traits["plan"] == "Team" else "Team"
            Customer.objects.filter(number=customer.number).update(traits={"plan": plan})


def reweigh(small: Small, chance: random.Random) -> None:
    with organisation_scope(small.id):
        old = WeightSet.objects.get(state="published")
        WeightSet.objects.filter(pk=old.pk).update(state="retired")
        new = WeightSet.objects.create(
            organisation=small.organisation, number=old.number + 1, state="published",
            window_days=chance.choice([10, 20, 40]), half_life_days=chance.choice([None, None, 7]),
            full_points_thousandths=chance.choice([20_000, 45_000]), created_at=NOW, changed_at=NOW, note="t",
        )  # fmt: skip
        for weight in Weight.objects.filter(weight_set=old):
            Weight.objects.create(
                organisation=small.organisation, weight_set=new, action_id=weight.action_id,
                weight_thousandths=weight.weight_thousandths * chance.choice([1, 2]), cap=chance.choice([None, 2]),
            )  # fmt: skip


CHANGES: dict[str, tuple[Callable[[Small, random.Random], None], set[str]]] = {
    "late": (late, {"late"}),
    "newly": (newly, {"new"}),
    "redefine": (redefine, {"definitions"}),
    "redraw": (redraw, {"definitions"}),
    "leave_out": (leave_out, {"definitions"}),
    "merge": (merge, {"identity"}),
    "merge_known": (merge_known, {"identity"}),
    "erase": (erase, {"identity"}),
    "join": (join, {"joined"}),
    "switch": (switch, {"left", "joined"}),
    "reweigh": (reweigh, {"weights"}),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_each_cause_alone_moves_only_its_own_term(world: World, name: str) -> None:
    act, causes = CHANGES[name]
    small = make_world(world)
    chance = random.Random(4)
    for _ in range(3):
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


@pytest.mark.parametrize("packed", [False, True])
@given(seed=st.integers(0, 10**6), names=st.lists(st.sampled_from(list(CHANGES)), max_size=6), days=st.integers(0, 9))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_terms_add_up_over_random_histories(world: World, packed: bool, seed: int, names: list[str], days: int) -> None:
    with transaction.atomic():
        small = make_world(world)
        if packed:
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
    people = {"merge", "merge_known", "erase", "join", "leave_out", "redraw", "switch", "redefine"}
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
