"""A preview from the blocks of a run says what the next full run stores, to the last digit, for every segment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import override_settings

from engagement.scoring import services
from engagement.scoring.models import ScoreRun, SegmentDefinition, WeightSet
from engagement.scoring.runs import unpacked as unpacking
from engagement.scoring.runs.cache import RunCache
from engagement.scoring.runs.store import packed_blocks, run_in_force
from engagement.scoring.runs.unpacked import CACHE, UnpackedRun, unpacked
from engagement.scoring.selectors import counted
from engagement.scoring.selectors.preview_kept import from_stored, to_stored
from engagement.scoring.services.bounds import checked_draft
from engagement.scoring.types import WeightChange
from tenants.scope import ScopeError, organisation_scope
from tests.conftest import NOW, World
from tests.insights.preview_world import (
    BY_POINTS,
    BY_TRAIT,
    draft_of,
    preview_of,
    said,
    scored,
    small_world,
    snapshots,
)
from tests.insights.scoring_world import add_segments


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    CACHE.clear()


@pytest.mark.parametrize("half_life_days", [None, 11])
def test_every_segment_is_what_the_next_run_stores(world: World, half_life_days: int | None) -> None:
    small = small_world(world, half_life_days=half_life_days)
    first = scored(small)
    change = draft_of(small, half_life_days=half_life_days)
    with organisation_scope(small.id):
        kept = services.change_draft(organisation=small.organisation, change=change, user=None, now=NOW)
    with patch.object(counted, "score_chunk", side_effect=AssertionError("activity was read")):
        preview = preview_of(small.organisation)
    now, then = said(preview, "now"), said(preview, "draft")
    assert {*now} == {"all", *BY_TRAIT, *BY_POINTS}
    before = snapshots(small, first)
    assert now == before
    with organisation_scope(small.id):
        services.publish(
            organisation=small.organisation, user=None, note="x", changed_at=kept.changed_at, now=NOW
        )  # fmt: skip
        chosen = WeightSet.objects.get(number=kept.number).pk  # the day lies before the one it counts from
    after = snapshots(small, scored(small, weight_set_id=chosen))
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
    small = small_world(world)
    scored(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=draft_of(small), user=None, now=NOW)
    from_blocks = preview_of(small.organisation)
    with patch("engagement.scoring.selectors.previews.why_counts_do_not_serve", return_value="a test"):
        from_activity = preview_of(small.organisation)
    assert from_activity.run_number is None
    assert from_blocks.run_number == 1
    for name in ("now", "draft", "segments", "order", "movers", "findings", "keep_level", "suggestion", "parts"):
        assert getattr(from_blocks, name) == getattr(from_activity, name), name
    assert len(from_blocks.movers) == 20
    assert from_stored(to_stored(from_blocks)) == from_blocks


def test_what_is_typed_is_previewed_and_not_kept(world: World) -> None:
    small = small_world(world)
    scored(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=draft_of(small), user=None, now=NOW)
    kept = preview_of(small.organisation)
    typed = checked_draft(draft_of(small, weights={"t-visit": WeightChange(Decimal(1))}, full_points=Decimal(30)))
    other = preview_of(small.organisation, typed=typed)
    assert other.draft != kept.draft
    assert preview_of(small.organisation) == kept
    with organisation_scope(small.id):
        services.change_draft(
            organisation=small.organisation,
            change=draft_of(small, weights={"t-visit": WeightChange(Decimal(1))}, full_points=Decimal(30)),
            user=None,
            now=NOW,
        )
    assert preview_of(small.organisation) == other


def test_full_points_typed_as_taken_from_the_data_are_found_under_the_typed_weights(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=draft_of(small), user=None, now=NOW)
    change = draft_of(small, full_points=None, full_points_from="p75")
    other = preview_of(small.organisation, typed=checked_draft(change))
    with organisation_scope(small.id):
        kept = services.change_draft(organisation=small.organisation, change=change, user=None, now=NOW)
    assert other.full_points == kept.full_points
    assert other.draft == preview_of(small.organisation).draft


def test_full_points_that_keep_the_level_keep_it(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    with organisation_scope(small.id):
        doubled = {"t-visit": WeightChange(Decimal(2)), "t-buy": WeightChange(Decimal(20), 3)}
        change = draft_of(small, weights=doubled, full_points=Decimal(30))
        services.change_draft(organisation=small.organisation, change=change, user=None, now=NOW)
    preview = preview_of(small.organisation)
    assert preview.now is not None
    assert preview.draft is not None
    assert preview.draft.score is not None
    assert preview.now.score is not None
    assert preview.draft.score > preview.now.score
    assert [finding.kind for finding in preview.findings] == ["scaled"]
    offer = preview.keep_level
    assert offer is not None
    assert (offer.full_points, offer.is_exact, offer.proportional) == (60, True, 60)
    typed = checked_draft(draft_of(small, weights=doubled, full_points=offer.full_points))
    again = preview_of(small.organisation, typed=typed)
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
    small = small_world(world)
    scored(small)
    with organisation_scope(small.id):
        services.draft(organisation=small.organisation, user=None, now=NOW)
    typed = checked_draft(draft_of(small, **changes))
    assert preview_of(small.organisation, typed=typed).draft is not None  # few customers: at once
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=10):
        preview = preview_of(small.organisation, typed=typed)
    assert preview.work is not None
    assert (preview.work.state, preview.work.why, preview.draft) == ("keep_first", why, None)


def test_rules_that_the_run_did_not_keep_need_other_counts(world: World) -> None:
    small = small_world(world, by_points=False)
    mixed = {"all": [{"activity": "points", "op": "gt", "value": 1}, {"trait": "side", "op": "is", "value": "n"}]}
    add_segments(small, "mixed", {"mixed": mixed})
    run = scored(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=draft_of(small), user=None, now=NOW)
        # As runs were made before what such a rule asks of traits was kept with them.
        ScoreRun.objects.filter(pk=run.pk).update(uses=run.uses | {"keeps_conditions": False})
        with override_settings(PREVIEW_DIRECT_CUSTOMERS=0):
            preview = preview_of(small.organisation)
        assert preview.work is not None
        assert preview.work.why == "a segment whose rule looks at points and at traits"
        SegmentDefinition.objects.filter(segment=small.segments["mixed"]).update(rule=BY_TRAIT["north"])
    scored(small)
    assert preview_of(small.organisation).run_number == 2
    with organisation_scope(small.id):
        rule = {"activity": "points", "op": "gt", "value": 99}
        services.set_exclusion(organisation=small.organisation, rule=rule, note="", user=None, now=NOW)
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=0):
        preview = preview_of(small.organisation)
    assert preview.work is not None
    assert "leaves customers out" in preview.work.why


def test_small_segments_show_no_numbers(world: World) -> None:
    small = small_world(world, by_points=False)
    add_segments(small, "few", {"few": {"customers": ["c1", "c2", "c3", "c4"]}})
    scored(small)
    with organisation_scope(small.id):
        services.change_draft(organisation=small.organisation, change=draft_of(small), user=None, now=NOW)
    few = next(segment for segment in preview_of(small.organisation).segments if segment.key == "few")
    assert (few.n_now, few.n_draft, few.now, few.draft, few.moves) == (4, 4, None, None, None)
    north = next(segment for segment in preview_of(small.organisation).segments if segment.key == "north")
    assert north.now is not None
    assert north.now.band != ""


# ── the process keeps what it has read ───────────────────────────────────────────────────────────────────────


def test_blocks_are_read_once_and_never_for_another_organisation(world: World) -> None:
    small = small_world(world)
    scored(small)
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
    cache: RunCache[UnpackedRun] = RunCache(lambda: limit)
    runs = {name: Sized(()) for name in "abc"}
    for name in "abacab":
        assert cache.get((1, name, ""), lambda name=name: runs[name]) is runs[name]  # type: ignore[misc]
    assert [key[1] for key in cache.kept()] == ["a", "b"]
    assert cache.nbytes == 80
    assert cache.get((2, "a", ""), lambda: runs["c"]) is runs["c"]
    limit = 0
    assert cache.get((1, str(uuid4()), ""), lambda: runs["b"]) is runs["b"]
    assert cache.kept() == ()
