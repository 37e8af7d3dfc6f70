"""The ledger where segments have weights of their own: which of them a customer is scored with, cause by cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from engagement.ingest.models import Customer
from engagement.scoring.models import ExclusionDefinition, Segment, SegmentDefinition
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.ledger_world import ledger, moved, rerun
from tests.insights.scoring_world import (
    AS_OF,
    Small,
    add_activity,
    add_customers,
    add_override,
    add_segments,
    make_small,
)

WEIGHTS: dict[str, tuple[str, int, int | None]] = {
    "visit": ("website", 1_000, None),
    "purchase": ("purchase", 10_000, None),
}
KINDS = {kind: {"all": [{"trait": "kind", "op": "is", "value": kind}]} for kind in ("retail", "wholesale")}
OWN = Fraction("41.666667")  # five visits and two purchases: 25 of 60 points
WHOLESALE = Fraction(35)  # the same: 7 of 20


def _world(world: World) -> Small:
    """Four customers who all did the same: 1 and 2 are retail, 3 and 4 wholesale, which has weights of its own."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=60_000)
    add_customers(small, [(n, {"kind": "retail" if n < 3 else "wholesale"}) for n in (1, 2, 3, 4)])
    rows = [(n, action, AS_OF, times) for n in (1, 2, 3, 4) for action, times in (("visit", 5), ("purchase", 2))]
    add_activity(small, rows)
    add_segments(small, "kinds", KINDS)
    with organisation_scope(small.id):
        small.segments["all"] = Segment.objects.get(key="all")
    weights = {"visit": (1_000, None), "purchase": (1_000, None)}
    add_override(small, "wholesale", weights=weights, full_points=20_000)
    rerun(small, AS_OF)
    return small


def _terms(small: Small, key: str = "all", days: int = 0) -> dict[str, Fraction]:
    found = ledger(rerun(small, AS_OF + timedelta(days=days)), key)
    assert found is not None
    return {cause: value for cause, value in found.by_cause().items() if value}


def _becomes(small: Small, number: int, kind: str) -> None:
    with organisation_scope(small.id):
        Customer.objects.filter(number=number).update(traits={"kind": kind})


def _redefined(small: Small, rules: Mapping[str, Mapping[str, Any]]) -> None:
    with organisation_scope(small.id):
        for at, (key, rule) in enumerate(rules.items()):
            SegmentDefinition.objects.create(
                organisation=small.organisation, segment=small.segments[key], number=5_000 + at, rule=dict(rule),
                created_at=NOW,
            )  # fmt: skip


def test_who_goes_to_a_segment_with_weights_of_its_own_moves_the_total_in_joined_alone(world: World) -> None:
    small = _world(world)
    _becomes(small, 1, "wholesale")
    assert _terms(small) == {"joined": (WHOLESALE - OWN) / 4}


def test_the_segment_he_goes_to_has_him_with_its_own_weights(world: World) -> None:
    """He would come with 41.67 if he kept the set's numbers, and the segment's score would rise."""
    small = _world(world)
    _becomes(small, 1, "wholesale")
    run = rerun(small, AS_OF)
    assert moved(run, "wholesale") == set()  # three times the same score
    assert moved(run, "retail") == set()
    _becomes(small, 3, "retail")
    run = rerun(small, AS_OF)
    assert (moved(run, "wholesale"), moved(run, "retail"), moved(run)) == (set(), set(), {"joined"})


def test_another_rule_for_the_segment_is_definitions_for_whom_it_tells_apart(world: World) -> None:
    small = _world(world)
    listed = {"any": [KINDS["wholesale"], {"customers": ["c2"]}]}
    _redefined(small, {"wholesale": listed, "retail": {"all": [KINDS["retail"], {"customers": ["c1"]}]}})
    assert _terms(small) == {"definitions": (WHOLESALE - OWN) / 4}


def test_a_rule_and_a_trait_that_change_at_once_are_told_apart(world: World) -> None:
    small = _world(world)
    _becomes(small, 1, "wholesale")
    _redefined(small, {"wholesale": {"any": [KINDS["wholesale"], {"customers": ["c2"]}]}})
    assert _terms(small) == {"definitions": (WHOLESALE - OWN) / 4, "joined": (WHOLESALE - OWN) / 4}


def test_new_activity_counts_with_the_weights_of_ones_own(world: World) -> None:
    small = _world(world)
    add_activity(small, [(3, "purchase", AS_OF + timedelta(days=1), 4)])
    found = ledger(rerun(small, AS_OF + timedelta(days=1)), "all")
    assert found is not None
    terms = {(term.cause, term.action): term.value for term in found.terms if term.value}
    assert terms == {("new", "t-purchase"): Fraction(4 * 100, 20) / 4}


def test_a_cap_of_ones_own_holds_for_new_activity(world: World) -> None:
    small = _world(world)
    add_override(small, "retail", weights={"visit": (2_000, 6)}, full_points=20_000)
    assert _terms(small) == {"weights": (Fraction(50) - OWN) * 2 / 4}  # 5 · 2 of 20 for both
    add_activity(small, [(1, "visit", AS_OF + timedelta(days=1), 4)])
    assert _terms(small, days=1) == {"new": Fraction(100 * 2, 20) / 4}  # one of the four counts


def test_late_data_counts_with_the_weights_of_ones_own(world: World) -> None:
    small = _world(world)
    add_activity(small, [(4, "visit", AS_OF - timedelta(days=3), 2)])
    assert _terms(small) == {"late": Fraction(2 * 100, 20) / 4}


def test_who_joins_comes_with_the_old_sets_weights_for_where_he_is(world: World) -> None:
    """The new set takes the weights of their own away: that is the last term, for him too."""
    small = _world(world)
    add_customers(small, [(9, {"kind": "wholesale"})])
    add_activity(small, [(9, "visit", AS_OF, 5), (9, "purchase", AS_OF, 2)])
    with organisation_scope(small.id):
        Segment.objects.filter(key="wholesale").update(archived_at=NOW)
    before, joined, after = (2 * OWN + 2 * WHOLESALE) / 4, (2 * OWN + 3 * WHOLESALE) / 5, OWN
    assert _terms(small) == {"joined": joined - before, "weights": after - joined}


def test_who_was_merged_and_is_not_any_more_comes_back_with_the_weights_of_where_he_is(world: World) -> None:
    small = _world(world)
    with organisation_scope(small.id):
        Customer.objects.filter(number=4).update(merged_into=1)
    rerun(small, AS_OF)
    with organisation_scope(small.id):
        Customer.objects.filter(number=4).update(merged_into=None)
    merged = (OWN + Fraction("83.333333") + WHOLESALE) / 3
    assert _terms(small) == {"identity": (2 * OWN + 2 * WHOLESALE) / 4 - merged}


def test_who_is_left_out_no_longer_comes_back_with_the_weights_of_where_he_is(world: World) -> None:
    small = _world(world)
    for number, listed in ((1, ["c4"]), (2, ["c3"])):
        with organisation_scope(small.id):
            ExclusionDefinition.objects.create(
                organisation=small.organisation, number=number, created_at=NOW, rule={"all": [{"customers": listed}]}
            )
        if number == 1:
            rerun(small, AS_OF)
    assert _terms(small) == {}  # one of the same score for the other: and no term is left for "joined"


def test_nothing_happened_nothing_moved(world: World) -> None:
    small = _world(world)
    assert _terms(small) == {}
    assert _terms(small, days=5) == {}


def test_what_the_erased_gave_is_taken_away_with_the_weights_they_had(world: World) -> None:
    small = _world(world)
    with organisation_scope(small.id):
        Customer.objects.filter(number=3).delete()
    assert _terms(small) == {"identity": (2 * OWN + WHOLESALE) / 3 - (2 * OWN + 2 * WHOLESALE) / 4}


def test_rules_over_points_look_at_the_points_of_ones_own_weights(world: World) -> None:
    """Two late visits lift customer 3 from 7 points to 9, and so into the segment of those with 8: late moves him."""
    small = _world(world)
    keen = {"all": [{"activity": "points", "op": "gte", "value": 8}]}
    add_segments(small, "doing", {"keen": keen}, partition=False)
    rerun(small, AS_OF)
    add_activity(small, [(3, "visit", AS_OF - timedelta(days=3), 2)])
    assert _terms(small, "keen") == {"late": (2 * OWN + Fraction(45)) / 3 - OWN}
