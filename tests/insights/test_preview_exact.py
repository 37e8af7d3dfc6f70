"""A preview from the blocks of a run says what the next full run stores, to the last digit, for every segment."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import override_settings

from engagement.insights.models import SegmentSnapshot
from engagement.insights.services import score
from engagement.scoring import services
from engagement.scoring.models import Action, ScoreRun, SegmentDefinition, WeightSet
from engagement.scoring.runs import unpacked as unpacking
from engagement.scoring.runs.store import packed_blocks, run_in_force
from engagement.scoring.runs.unpacked import CACHE, RunCache, UnpackedRun, unpacked
from engagement.scoring.selectors import counted
from engagement.scoring.selectors.previews import draft_preview, from_stored, to_stored
from engagement.scoring.services.bounds import checked_draft
from engagement.scoring.types import DraftChange, DraftPreview, WeightChange
from tenants.models import Organisation
from tenants.scope import ScopeError, organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small

WEIGHTS: dict[str, tuple[str, int, int | None]] = {
    "visit": ("website", 1_000, None),
    "buy": ("purchase", 10_000, 3),
    "mail": ("email", 0, None),
}
BY_TRAIT = {"north": {"trait": "side", "op": "is", "value": "n"}, "south": {"trait": "side", "op": "is", "value": "s"}}
BY_POINTS: dict[str, dict[str, Any]] = {
    "much": {"activity": "points", "op": "gte", "value": 25},
    "well": {
        "any": [
            {"activity": "band", "op": "is", "value": "excellent"},
            {"activity": "actions", "op": "gte", "value": 9},
        ]
    },
    "lately": {"activity": "days_since_last_action", "op": "lte", "value": 3},
    "wide": {"activity": "channels", "op": "gte", "value": 2},
    "north-much": {
        "all": [{"trait": "side", "op": "is", "value": "n"}, {"activity": "points", "op": "gte", "value": 25}]
    },
    "chosen-well": {
        "any": [
            {"all": [{"customers": ["c2", "c3", "c65531"]}, {"activity": "score", "op": "gt", "value": 50}]},
            {
                "all": [
                    {"trait": "side", "op": "is_not", "value": "n"},
                    {"activity": "band", "op": "is", "value": "poor"},
                ]
            },
        ]
    },
}


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    CACHE.clear()


def _small(world: World, *, half_life_days: int | None = None, by_points: bool = True) -> Small:
    """120 customers over two chunks, with activity that differs from one to the next."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=30_000, half_life_days=half_life_days)
    with organisation_scope(small.id):  # those that every new client has
        Action.objects.exclude(key__startswith="t-").update(archived_at=NOW)
    numbers = [*range(1, 61), *range(65_530, 65_590)]
    add_customers(small, [(number, {"side": "ns"[number % 2]}) for number in numbers])
    add_segments(small, "sides", BY_TRAIT)
    if by_points:
        add_segments(small, "doing", BY_POINTS, partition=False)
    add_activity(
        small,
        [
            (number, action, AS_OF - timedelta(days=age), 1 + number * 7 % 5)
            for number in numbers
            for action, age in (("visit", number % 4), ("buy", number % 9), ("mail", 30))
            if (number + len(action)) % 3
        ],
    )
    return small


def _draft(small: Small, **changes: Any) -> DraftChange:
    said = {
        "weights": {
            "t-visit": WeightChange(Decimal("2.5"), 4), "t-buy": WeightChange(Decimal(-1)),
            "t-mail": WeightChange(Decimal(7)),
        },
        "window_days": 90, "half_life_days": None, "full_points": Decimal(21), "full_points_from": "own", **changes,
    }  # fmt: skip
    return DraftChange(**said)


def _preview(organisation: Organisation, **typed: Any) -> DraftPreview:
    with organisation_scope(organisation.id, write=False):
        found = draft_preview(organisation=organisation, as_of=AS_OF, **typed)
    assert found is not None
    return found


def _score(small: Small, **asked: Any) -> ScoreRun:
    return score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW, **asked)


def _snapshots(small: Small, run: ScoreRun) -> dict[str, tuple[Any, ...]]:
    with organisation_scope(small.id, write=False):
        rows = SegmentSnapshot.objects.filter(run=run).select_related("segment")
        return {
            row.segment.key: (
                row.n,
                Fraction(row.sum_score_millionths, row.n * 10**6) if row.n else None,
                Fraction(int(row.sum_points), row.n * 1000 * row.points_scale) if row.n else None,
                (row.n_poor, row.n_good, row.n_excellent),
            )
            for row in rows
        }


def _said(preview: DraftPreview, side: str) -> dict[str, tuple[Any, ...]]:
    levels = {segment.key: getattr(segment, side) for segment in preview.segments}
    return {
        key: (level.n, level.score, level.points_per_customer, level.bands)
        for key, level in levels.items()
        if level is not None
    }


@pytest.mark.parametrize("half_life_days", [None, 11])
def test_every_segment_is_what_the_next_run_stores(world: World, half_life_days: int | None) -> None:
    small = _small(world, half_life_days=half_life_days)
    first = _score(small)
    change = _draft(small, half_life_days=half_life_days)
    with organisation_scope(small.id):
        kept = services.change_draft(organisation=small.organisation, change=change, user=None, now=NOW)
    with patch.object(counted, "score_chunk", side_effect=AssertionError("activity was read")):
        preview = _preview(small.organisation)
    now, then = _said(preview, "now"), _said(preview, "draft")
    assert {*now} == {"all", *BY_TRAIT, *BY_POINTS}
    before = _snapshots(small, first)
    assert now == before
    with organisation_scope(small.id):
        services.publish(
            organisation=small.organisation, user=None, note="x", changed_at=kept.changed_at, now=NOW
        )  # fmt: skip
        chosen = WeightSet.objects.get(number=kept.number).pk  # the day lies before the one it counts from
    after = _snapshots(small, _score(small, weight_set_id=chosen))
    assert then == {key: value for key, value in after.items() if value[0] >= small.organisation.minimum_n}
    assert {key: value[0] for key, value in after.items()} == {
        segment.key: segment.n_draft for segment in preview.segments
    }
    assert before != after
    everybody = preview.segments[0]
    assert (everybody.key, everybody.n_draft) == ("all", 120)
    assert everybody.moves is not None
    assert preview.now is not None
    assert tuple(map(sum, everybody.moves)) == (preview.now.poor, preview.now.good, preview.now.excellent)


def test_blocks_and_activity_say_the_same(world: World) -> None:
    small = _small(world)
    _score(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=_draft(small), user=None, now=NOW)
    from_blocks = _preview(small.organisation)
    with patch("engagement.scoring.selectors.previews.why_counts_do_not_serve", return_value="a test"):
        from_activity = _preview(small.organisation)
    assert from_activity.run_number is None
    assert from_blocks.run_number == 1
    for name in ("now", "draft", "segments", "order", "movers", "findings", "keep_level", "suggestion", "parts"):
        assert getattr(from_blocks, name) == getattr(from_activity, name), name
    assert len(from_blocks.movers) == 20
    assert from_stored(to_stored(from_blocks)) == from_blocks


def test_what_is_typed_is_previewed_and_not_kept(world: World) -> None:
    small = _small(world)
    _score(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=_draft(small), user=None, now=NOW)
    kept = _preview(small.organisation)
    typed = checked_draft(_draft(small, weights={"t-visit": WeightChange(Decimal(1))}, full_points=Decimal(30)))
    other = _preview(small.organisation, typed=typed)
    assert other.draft != kept.draft
    assert _preview(small.organisation) == kept
    with organisation_scope(small.id):
        services.change_draft(
            organisation=small.organisation,
            change=_draft(small, weights={"t-visit": WeightChange(Decimal(1))}, full_points=Decimal(30)),
            user=None,
            now=NOW,
        )
    assert _preview(small.organisation) == other


def test_full_points_typed_as_taken_from_the_data_are_found_under_the_typed_weights(world: World) -> None:
    small = _small(world, by_points=False)
    _score(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=_draft(small), user=None, now=NOW)
    change = _draft(small, full_points=None, full_points_from="p75")
    other = _preview(small.organisation, typed=checked_draft(change))
    with organisation_scope(small.id):
        kept = services.change_draft(organisation=small.organisation, change=change, user=None, now=NOW)
    assert other.full_points == kept.full_points
    assert other.draft == _preview(small.organisation).draft


def test_full_points_that_keep_the_level_keep_it(world: World) -> None:
    small = _small(world, by_points=False)
    _score(small)
    with organisation_scope(small.id):
        doubled = {"t-visit": WeightChange(Decimal(2)), "t-buy": WeightChange(Decimal(20), 3)}
        change = _draft(small, weights=doubled, full_points=Decimal(30))
        services.change_draft(organisation=small.organisation, change=change, user=None, now=NOW)
    preview = _preview(small.organisation)
    assert preview.now is not None
    assert preview.draft is not None
    assert preview.draft.score is not None
    assert preview.now.score is not None
    assert preview.draft.score > preview.now.score
    assert [finding.kind for finding in preview.findings] == ["scaled"]
    offer = preview.keep_level
    assert offer is not None
    assert (offer.full_points, offer.is_exact, offer.proportional) == (60, True, 60)
    typed = checked_draft(_draft(small, weights=doubled, full_points=offer.full_points))
    again = _preview(small.organisation, typed=typed)
    assert again.draft is not None
    assert again.draft.score == preview.now.score == offer.score
    assert again.movers == ()
    assert again.order is not None
    assert again.order.is_same


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"window_days": 30}, "another window (30 days in place of 90)"),
        ({"half_life_days": 30}, "another half-life"),
    ],
)
def test_what_needs_other_counts_says_which(world: World, changes: dict[str, Any], why: str) -> None:
    small = _small(world)
    _score(small)
    with organisation_scope(small.id):
        services.draft(organisation=small.organisation, user=None, now=NOW)
    typed = checked_draft(_draft(small, **changes))
    assert _preview(small.organisation, typed=typed).draft is not None  # few customers: at once
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=10):
        preview = _preview(small.organisation, typed=typed)
    assert preview.work is not None
    assert (preview.work.state, preview.work.why, preview.draft) == ("keep_first", why, None)


def test_rules_that_the_run_did_not_keep_need_other_counts(world: World) -> None:
    small = _small(world, by_points=False)
    mixed = {"all": [{"activity": "points", "op": "gt", "value": 1}, {"trait": "side", "op": "is", "value": "n"}]}
    add_segments(small, "mixed", {"mixed": mixed})
    run = _score(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=_draft(small), user=None, now=NOW)
        # As runs were made before what such a rule asks of traits was kept with them.
        ScoreRun.objects.filter(pk=run.pk).update(uses=run.uses | {"keeps_conditions": False})
        with override_settings(PREVIEW_DIRECT_CUSTOMERS=0):
            preview = _preview(small.organisation)
        assert preview.work is not None
        assert preview.work.why == "a segment whose rule looks at points and at traits"
        SegmentDefinition.objects.filter(segment=small.segments["mixed"]).update(rule=BY_TRAIT["north"])
    _score(small)
    assert _preview(small.organisation).run_number == 2
    with organisation_scope(small.id):
        rule = {"activity": "points", "op": "gt", "value": 99}
        services.set_exclusion(organisation=small.organisation, rule=rule, note="", user=None, now=NOW)
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=0):
        preview = _preview(small.organisation)
    assert preview.work is not None
    assert "leaves customers out" in preview.work.why


def test_small_segments_show_no_numbers(world: World) -> None:
    small = _small(world, by_points=False)
    add_segments(small, "few", {"few": {"customers": ["c1", "c2", "c3", "c4"]}})
    _score(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=_draft(small), user=None, now=NOW)
    few = next(segment for segment in _preview(small.organisation).segments if segment.key == "few")
    assert (few.n_now, few.n_draft, few.now, few.draft, few.moves) == (4, 4, None, None, None)
    north = next(segment for segment in _preview(small.organisation).segments if segment.key == "north")
    assert north.now is not None
    assert north.now.band != ""


# ── the process keeps what it has read ───────────────────────────────────────────────────────────────────────


def test_blocks_are_read_once_and_never_for_another_organisation(world: World) -> None:
    small = _small(world)
    _score(small)
    with organisation_scope(small.id, write=False):
        run = run_in_force()
        assert run is not None
        with patch.object(unpacking, "packed_blocks", side_effect=packed_blocks) as read:
            first = unpacked(run)
            assert unpacked(run) is first
        assert read.call_count == 3
    assert CACHE.kept() == ((small.id, str(run.id), run.digest),)
    with organisation_scope(world.other.id, write=False), pytest.raises(LookupError, match="not in scope"):
        unpacked(run)
    with pytest.raises(ScopeError):
        unpacked(run)
    stolen = ScoreRun(id=run.id, organisation_id=world.other.id, digest=run.digest)
    with organisation_scope(world.other.id, write=False):
        assert unpacked(stolen).chunks == ()  # a key of its own, and the wall: there are no such blocks


def test_the_cache_stays_under_its_limit_and_drops_the_oldest() -> None:
    class Sized(UnpackedRun):
        nbytes = 40

    limit = 100
    cache = RunCache(lambda: limit)
    runs = {name: Sized(()) for name in "abc"}
    for name in "abacab":
        assert cache.get((1, name, ""), lambda name=name: runs[name]) is runs[name]  # type: ignore[misc]
    assert [key[1] for key in cache.kept()] == ["a", "b"]
    assert cache.nbytes == 80
    assert cache.get((2, "a", ""), lambda: runs["c"]) is runs["c"]
    limit = 0
    assert cache.get((1, str(uuid4()), ""), lambda: runs["b"]) is runs["b"]
    assert cache.kept() == ()
