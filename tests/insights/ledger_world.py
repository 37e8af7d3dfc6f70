"""A small client, and what can happen to it between two runs: one function a cause of the ledger."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import connection

from engagement.ingest.models import Customer
from engagement.insights.models import SegmentLedger
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
from tenants.scope import organisation_scope
from tenants.tenancy import new_id
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_activity, add_customers, add_override, add_segments, make_small

FIRST = date(2026, 2, 14)
THEN = date(2026, 2, 21)
WEIGHTS = {"visit": ("website", 1_000, None), "social": ("social", 5_000, 3), "purchase": ("purchase", 10_000, None)}
OWN_WEIGHTS = {"visit": (4_000, 2), "social": (0, None), "purchase": (3_000, None)}  # of an override
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


def make_world(world: World, *, overrides: bool = False) -> Small:
    """Forty people in two chunks, three visitors, a partition, two segments by activity; scored on FIRST.

    With `overrides`, the team has weights of its own.
    """
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
    if overrides:
        add_override(small, "team", weights=OWN_WEIGHTS, full_points=25_000)
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
                "INSERT INTO scoring_activity_open AS open VALUES (%s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (organisation_id, day, customer_number, definition) DO UPDATE SET"
                " occurrences = open.occurrences + EXCLUDED.occurrences, value = open.value + EXCLUDED.value",
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


def regroup(small: Small, chance: random.Random) -> None:
    """Other rules for the partition, by who people are: some who were not are of the team now."""
    more = [f"c{number}" for number in chance.sample(PEOPLE, 6)]
    with organisation_scope(small.id):
        lately = SegmentDefinition.objects.filter(segment=small.segments["team"]).order_by("-number")[0]
        listed = [part for part in lately.rule.get("any", []) if "customers" in part]
        names = sorted({*more, *(name for part in listed for name in part["customers"])})
        number = 100_000 + 2 * SegmentDefinition.objects.count()
        team = {"any": [RULES["team"], {"customers": names}]}
        SegmentDefinition.objects.create(
            organisation=small.organisation, segment=small.segments["team"], number=number, rule=team, created_at=NOW,
        )  # fmt: skip


def leave_out(small: Small, chance: random.Random) -> None:
    with organisation_scope(small.id):
        ExclusionDefinition.objects.create(
            organisation=small.organisation, number=1 + ExclusionDefinition.objects.count(), created_at=NOW,
            rule={"all": [{"customers": [f"c{number}" for number in chance.sample(PEOPLE, 3)]}]},
        )  # fmt: skip


def merge(small: Small, chance: random.Random) -> None:
    """A visitor becomes one of those who are still known: nobody is merged into somebody erased."""
    with organisation_scope(small.id):
        known = sorted(Customer.objects.filter(number__in=PEOPLE[:5]).values_list("number", flat=True))
        if known:
            Customer.objects.filter(number=chance.choice(VISITORS)).update(merged_into=chance.choice(known))


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
    """Another weight set; weights of their own are gone with it."""
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


def outweigh(small: Small, chance: random.Random) -> None:
    """The same weight set again, but for the weights of their own that segments of the partition have."""
    with organisation_scope(small.id):
        old = WeightSet.objects.get(state="published")
        weights = list(Weight.objects.filter(weight_set=old))
        WeightSet.objects.filter(pk=old.pk).update(state="retired")
        old.pk, old.id, old.number, old.state = None, new_id(), old.number + 1, "published"
        old.save(force_insert=True)
        for weight in weights:
            weight.pk, weight.id, weight.weight_set = None, new_id(), old
            weight.save(force_insert=True)
    for key in chance.sample(["team", "rest"], chance.randint(1, 2)):
        own = {action: (1_000 * chance.randint(-3, 12), chance.choice([None, 2])) for action in WEIGHTS}
        own["purchase"] = (chance.choice([500, 7_000]), None)
        add_override(small, key, weights=own, full_points=chance.choice([8_000, 50_000]))


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
    "regroup": (regroup, {"definitions"}),
    "outweigh": (outweigh, {"weights"}),
}
# Where the team has weights of its own its rule must not look at activity.
WITH_OVERRIDES = [name for name in CHANGES if name != "redraw"]
