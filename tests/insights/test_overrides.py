"""Segments with weights of their own: who is scored with which, everywhere, and what a run keeps of it."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from engagement.errors import ConflictError
from engagement.ingest.models import Event
from engagement.insights.models import SegmentSnapshot, SnapshotPart
from engagement.insights.selectors.customer import customer_card
from engagement.insights.services import score
from engagement.scoring.formula import SegmentSums
from engagement.scoring.models import (
    CountBlock,
    ExclusionDefinition,
    MemberBlock,
    ScoreBlock,
    ScoreRun,
    Segment,
    SegmentDefinition,
    WeightSet,
)
from engagement.scoring.runs.parts import read_parts
from engagement.scoring.runs.plan import make_plan
from engagement.scoring.runs.store import read_chunks
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
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
KINDS = {kind: {"all": [{"trait": "kind", "op": "is", "value": kind}]} for kind in ("retail", "wholesale", "club")}
SIDES = {side: {"all": [{"trait": "side", "op": "is", "value": side}]} for side in ("n", "s")}
KEEN = {"keen": {"all": [{"activity": "points", "op": "gte", "value": 20}]}}
FAR = 65_536
OWN_SCORE = Fraction("41.666667")
FIGURES = ("n", "n_active", "sum_points", "sum_score_millionths", "n_poor", "n_good", "n_excellent")


def _two(world: World) -> Small:
    """The worked example of scoring/README.md: two customers who did the same, one retail, one wholesale."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=60_000)
    add_customers(small, [(1, {"kind": "retail"}), (2, {"kind": "wholesale"})])
    rows = [(n, action, AS_OF, times) for n in (1, 2) for action, times in (("visit", 5), ("purchase", 2))]
    add_activity(small, rows)
    add_segments(small, "kinds", KINDS)
    with organisation_scope(small.id):
        small.segments["all"] = Segment.objects.get(key="all")
    add_override(small, "wholesale", weights={"visit": (1_000, None), "purchase": (1_000, None)}, full_points=20_000)
    return small


def _many(world: World, *, overrides: bool = True) -> Small:
    """90 customers over two chunks in three kinds, two of which have weights of their own; sides cut across."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=60_000)
    numbers = [*range(1, 46), *range(FAR, FAR + 45)]
    kinds = list(KINDS)
    add_customers(small, [(n, {"kind": kinds[n % 3], "side": "ns"[n % 2]}) for n in numbers])
    add_activity(
        small,
        [
            (n, action, AS_OF - timedelta(days=n % 7), 1 + n * 5 % 9)
            for n in numbers
            for action in WEIGHTS
            if (n + len(action)) % 4
        ],
    )
    add_segments(small, "kinds", KINDS)
    add_segments(small, "sides", SIDES)
    add_segments(small, "doing", KEEN, partition=False)
    with organisation_scope(small.id):
        small.segments["all"] = Segment.objects.get(key="all")
    if overrides:
        add_override(small, "wholesale", weights={"visit": (1_000, None), "purchase": (1_000, 2)}, full_points=9_000)
        add_override(small, "club", weights={"visit": (-500, 3), "purchase": (20_000, None)}, full_points=45_000)
    return small


def _score(small: Small) -> ScoreRun:
    return score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)


def _snapshot(run: ScoreRun, key: str) -> SegmentSnapshot:
    return SegmentSnapshot.objects.get(run=run, segment__key=key)


def test_two_who_did_the_same_are_scored_with_what_is_their_own(world: World) -> None:
    small = _two(world)
    run = _score(small)
    with organisation_scope(small.id, write=False):
        (stored,) = read_chunks(run).values()
        assert stored.points.tolist() == [25_000, 7_000]
        assert stored.scores.tolist() == [41_666_667, 35_000_000]
        total = _snapshot(run, "all")
        assert Fraction(total.sum_score_millionths, total.n * 10**6) == Fraction("76.666667") / 2
        assert int(total.sum_points) == 32_000
        assert total.by_action == {"t-visit": [10, 10_000, 2], "t-purchase": [4, 22_000, 2]}
        assert _snapshot(run, "wholesale").sum_score_millionths == 35_000_000
        parts = SnapshotPart.objects.filter(run=run).values_list(
            "segment__key", "override_of__key", "weight_set__number", *FIGURES
        )
        assert sorted(parts, key=str) == [
            ("all", "wholesale", 50, 1, 1, 7_000, 35_000_000, 1, 0, 0),
            ("all", None, 50, 1, 1, 25_000, 41_666_667, 1, 0, 0),
            ("retail", None, 50, 1, 1, 25_000, 41_666_667, 1, 0, 0),
            ("wholesale", "wholesale", 50, 1, 1, 7_000, 35_000_000, 1, 0, 0),
        ]


def test_parts_add_up_to_the_snapshot_for_every_figure(world: World) -> None:
    small = _many(world)
    run = _score(small)
    with organisation_scope(small.id, write=False):
        snapshots = {row.segment.key: row for row in SegmentSnapshot.objects.filter(run=run).select_related("segment")}
        assert {row.n for row in snapshots.values()} >= {90, 45, 30}
        for key, row in snapshots.items():
            parts = SnapshotPart.objects.filter(run=run, segment__key=key)
            for figure in FIGURES:
                assert sum(getattr(part, figure) for part in parts) == getattr(row, figure), (key, figure)
            assert {part.points_scale for part in parts} == {row.points_scale}
            assert all(part.n for part in parts)
        owners = {
            key: {*SnapshotPart.objects.filter(run=run, segment__key=key).values_list("override_of__key", flat=True)}
            for key in ("all", "n", "retail", "club")
        }
    everyone = {None, "wholesale", "club"}
    assert owners == {"all": everyone, "n": everyone, "retail": {None}, "club": {"club"}}


def test_a_run_says_what_plain_arithmetic_says(world: World) -> None:
    """A second implementation, customer by customer in fractions, over the same activity."""
    small = _many(world)
    run = _score(small)
    own: dict[str, tuple[dict[str, tuple[int, int | None]], int]] = {
        "retail": ({"visit": (1_000, None), "purchase": (10_000, None)}, 60_000),
        "wholesale": ({"visit": (1_000, None), "purchase": (1_000, 2)}, 9_000),
        "club": ({"visit": (-500, 3), "purchase": (20_000, None)}, 45_000),
    }
    with organisation_scope(small.id, write=False):
        for stored in read_chunks(run).values():
            for at, number in enumerate(stored.numbers.tolist()):
                weights, full = own[list(KINDS)[number % 3]]
                points = 0
                for action, (weight, cap) in weights.items():
                    times = 1 + number * 5 % 9 if (number + len(action)) % 4 else 0
                    points += weight * (times if cap is None else min(times, cap))
                score_of = 100 * min(max(Fraction(points, full), Fraction(0)), Fraction(1))
                assert int(stored.points[at]) == points
                assert int(stored.scores[at]) == int(score_of * 10**6 + Fraction(1, 2))
        keen = SnapshotPart.objects.filter(run=run, segment__key="keen", override_of__key="wholesale")
        assert not keen.exists()  # at most 9 + 2 points: the rule looks at the points of one's own weights


def test_without_overrides_nothing_is_kept_beside_the_snapshot_and_the_bytes_are_the_same(world: World) -> None:
    small = _many(world, overrides=False)
    run = _score(small)
    with organisation_scope(small.id):
        assert not SnapshotPart.objects.exists()
        assert all(part.by_variant == () for part in read_parts(run))
        WeightSet.objects.filter(state="published").update(number=51)
    same = {"visit": (1_000, None), "purchase": (10_000, None)}
    add_override(small, "club", weights=same, full_points=60_000)
    again = _score(small)
    assert again.digest == run.digest  # an override that says the same changes no byte of the blocks
    with organisation_scope(small.id, write=False):
        assert SnapshotPart.objects.filter(run=again, segment__key="all").count() == 2


def test_parts_written_before_there_were_overrides_still_read(world: World) -> None:
    small = _many(world)
    run = _score(small)
    with organisation_scope(small.id):
        new = read_parts(run)
        assert [len(part.by_variant) for part in new] == [3, 3]
        with connection.cursor() as cursor:
            cursor.execute("SELECT chunk, sums FROM scoring_run_part WHERE run_id = %s ORDER BY chunk", [run.id])
            rows = [(chunk, json.loads(sums)) for chunk, sums in cursor.fetchall()]
            for chunk, sums in rows:
                cursor.execute(
                    "UPDATE scoring_run_part SET sums = %s WHERE run_id = %s AND chunk = %s",
                    [json.dumps(sums["whole"]), run.id, chunk],
                )
        old = read_parts(run)
    assert [part.sums for part in old] == [part.sums for part in new]
    assert [part.by_variant for part in old] == [(), ()]
    for part in new:
        for whole, *of_segment in zip(part.sums, *part.by_variant, strict=True):
            together = SegmentSums.empty(n_actions=2, scale=1)
            for sums in of_segment:
                together += sums
            assert together == whole


def test_who_is_left_out_is_left_out_of_the_parts(world: World) -> None:
    small = _two(world)
    with organisation_scope(small.id):
        ExclusionDefinition.objects.create(
            organisation=small.organisation, number=1, created_at=NOW, rule={"all": [{"customers": ["c1"]}]}
        )
    run = _score(small)
    with organisation_scope(small.id, write=False):
        found = SnapshotPart.objects.filter(run=run).values_list("segment__key", "override_of__key")
        assert sorted(found) == [("all", "wholesale"), ("wholesale", "wholesale")]


def test_an_override_by_list_holds_whom_the_list_names(world: World) -> None:
    small = _two(world)
    with organisation_scope(small.id):
        SegmentDefinition.objects.filter(segment=small.segments["wholesale"]).update(
            rule={"all": [{"customers": ["c1"]}]}
        )
    run = _score(small)
    with organisation_scope(small.id, write=False):
        (stored,) = read_chunks(run).values()
    assert stored.points.tolist() == [7_000, 25_000]


@pytest.mark.parametrize(
    ("rule", "words"),
    [({"all": [{"activity": "points", "op": "gte", "value": 5}]}, "must not look at activity"), (None, "weight above")],
)
def test_what_cannot_be_scored_is_refused_in_plain_words(world: World, rule: dict[str, Any] | None, words: str) -> None:
    small = _two(world)
    with organisation_scope(small.id):
        if rule is None:
            override = WeightSet.objects.get(state="published").overrides.get()
            override.weights.update(weight_thousandths=0)
        else:
            SegmentDefinition.objects.filter(segment=small.segments["wholesale"]).update(rule=rule)
        with pytest.raises(ConflictError, match=f"“Wholesale”.*{words}|{words}.*“Wholesale”"):
            make_plan(organisation=small.organisation, as_of=AS_OF, weight_set=WeightSet.objects.get(state="published"))


def test_an_archived_segment_gives_nobody_weights_of_their_own(world: World) -> None:
    small = _two(world)
    with organisation_scope(small.id):
        Segment.objects.filter(key="wholesale").update(archived_at=NOW)
    run = _score(small)
    with organisation_scope(small.id, write=False):
        (stored,) = read_chunks(run).values()
        assert stored.points.tolist() == [25_000, 25_000]
        assert not SnapshotPart.objects.exists()


def test_a_customer_is_shown_with_the_weights_of_their_own(world: World) -> None:
    small = _two(world)
    run = _score(small)
    with organisation_scope(small.id, write=False):
        one, two = (
            customer_card(organisation=small.organisation, number=number, now=NOW, run_number=run.number)
            for number in (1, 2)
        )
    assert (one.points, one.full_points, one.override_name) == (25, 60, "")
    assert (two.points, two.full_points, two.override_name) == (7, 20, "Wholesale")
    assert [(line.weight, line.points) for line in one.lines] == [(1, 5), (10, 20)]
    assert [(line.weight, line.points) for line in two.lines] == [(1, 5), (1, 2)]
    assert (one.score, two.score) == (OWN_SCORE, 35)
    assert [key for key, _ in two.segments] == ["all", "wholesale"]


def test_events_give_what_they_are_worth_to_the_customer_and_nothing_where_nobody_knows(world: World) -> None:
    small = _two(world)
    with organisation_scope(small.id):
        for number in (1, 2):
            Event.objects.create(
                organisation=small.organisation, message_id=str(uuid4()), source_id=uuid4(), from_file=False, day=AS_OF,
                occurred_at=NOW.replace(2026, 2, 28), received_at=NOW, customer_number=number, name="purchase",
                properties={}, occurrences=1,
            )  # fmt: skip
    run = _score(small)

    def worth(number: int) -> list[Fraction | None]:
        with organisation_scope(small.id, write=False):
            card = customer_card(organisation=small.organisation, number=number, now=NOW, run_number=run.number)
        return [event.points for event in card.events]

    assert (worth(1), worth(2)) == ([10], [1])
    with organisation_scope(small.id):
        for model in (ScoreBlock, CountBlock, MemberBlock):
            model.objects.all().delete()
        ScoreRun.objects.update(thinned_at=NOW)
    assert (worth(1), worth(2)) == ([None], [None])
    with organisation_scope(small.id, write=False):
        assert SnapshotPart.objects.count() == 4  # what is kept as sums only keeps its parts
