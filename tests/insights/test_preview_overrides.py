"""Previews where segments have weights of their own: what the next full run stores, to the last digit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from django.test import override_settings

from engagement.insights.preview_words import reason_sentences
from engagement.look.locales import EN
from engagement.scoring import services
from engagement.scoring.formula import suggest_full_points
from engagement.scoring.models import ScoreRun, Segment, SegmentDefinition, WeightOverride, WeightSet
from engagement.scoring.previewed import Finding
from engagement.scoring.runs.store import read_chunks, run_in_force
from engagement.scoring.runs.unpacked import CACHE
from engagement.scoring.selectors import counted
from engagement.scoring.selectors.preview_kept import from_stored, to_stored
from engagement.scoring.selectors.previews import sources_of
from engagement.scoring.services.bounds import checked_draft
from engagement.scoring.services.preview_work import ask_for_preview, run_preview
from engagement.scoring.types import DraftChange, WeightChange, WeightSetView
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.preview_world import BY_POINTS, BY_TRAIT, draft_of, preview_of, said, scored, small_world, snapshots
from tests.insights.scoring_world import AS_OF, Small, add_override, add_segments

NORTH: dict[str, Any] = {
    "weights": {"visit": (3_000, 2), "buy": (1_000, None), "mail": (2_000, None)},
    "full_points": 9_000,
}
SOUTH: dict[str, Any] = {"weights": {"visit": (-1_000, None), "buy": (12_000, 1)}, "full_points": 40_000}
OTHER_NORTH: dict[str, Any] = {**NORTH, "full_points": 12_500}


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    CACHE.clear()


def _kept(small: Small, change: DraftChange, **own: dict[str, Any]) -> WeightSetView:
    """The draft with these numbers, and weights of their own for some segments."""
    with organisation_scope(small.id):
        kept = services.change_draft(organisation=small.organisation, change=change, user=None, now=NOW)
        draft = WeightSet.objects.get(number=kept.number)
        WeightOverride.objects.filter(weight_set=draft).delete()
    for key, numbers in own.items():
        add_override(small, key, weight_set=draft, **numbers)
    return kept


def _published_run(small: Small, kept: WeightSetView) -> dict[str, tuple[Any, ...]]:
    with organisation_scope(small.id):
        services.publish(organisation=small.organisation, user=None, note="x", changed_at=kept.changed_at, now=NOW)
        chosen = WeightSet.objects.get(number=kept.number).pk  # the day lies before the one it counts from
    return snapshots(small, scored(small, weight_set_id=chosen))


BEFORE_AND_DRAFT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"north": NORTH}),
    ({"north": NORTH}, {}),
    ({"north": NORTH}, {"north": OTHER_NORTH, "south": SOUTH}),
]


@pytest.mark.parametrize("half_life_days", [None, 11])
@pytest.mark.parametrize(("before", "draft"), BEFORE_AND_DRAFT)
def test_every_segment_is_what_the_next_run_stores(
    world: World, half_life_days: int | None, before: dict[str, Any], draft: dict[str, Any]
) -> None:
    small = small_world(world, half_life_days=half_life_days)
    for key, numbers in before.items():
        add_override(small, key, **numbers)
    first = scored(small)
    kept = _kept(small, draft_of(small, half_life_days=half_life_days), **draft)
    with patch.object(counted, "score_chunk", side_effect=AssertionError("activity was read")):
        preview = preview_of(small.organisation)
    least = small.organisation.minimum_n
    assert said(preview, "now") == {key: value for key, value in snapshots(small, first).items() if value[0] >= least}
    assert {*said(preview, "draft")} >= {"all", *BY_TRAIT}
    after = _published_run(small, kept)
    assert said(preview, "draft") == {key: value for key, value in after.items() if value[0] >= least}
    assert {segment.key: segment.n_draft for segment in preview.segments} == {key: row[0] for key, row in after.items()}
    assert {*after} == {"all", *BY_TRAIT, *BY_POINTS}


@pytest.mark.parametrize(("before", "draft"), BEFORE_AND_DRAFT)
def test_blocks_and_activity_say_the_same(world: World, before: dict[str, Any], draft: dict[str, Any]) -> None:
    small = small_world(world)
    for key, numbers in before.items():
        add_override(small, key, **numbers)
    scored(small)
    _kept(small, draft_of(small), **draft)
    from_blocks = preview_of(small.organisation)
    with patch("engagement.scoring.selectors.previews.why_counts_do_not_serve", return_value="a test"):
        from_activity = preview_of(small.organisation)
    assert (from_activity.run_number, from_blocks.run_number) == (None, 1)
    for name in ("now", "draft", "segments", "order", "movers", "findings", "keep_level", "suggestion", "parts"):
        assert getattr(from_blocks, name) == getattr(from_activity, name), name
    assert from_stored(to_stored(from_blocks)) == from_blocks


def test_parts_by_action_add_up_to_the_points_of_everybody(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    _kept(small, draft_of(small), north=NORTH, south=SOUTH)
    preview = preview_of(small.organisation)
    assert preview.draft is not None
    parts = [part.points_per_customer for part in preview.parts]
    assert sum((part for part in parts if part is not None), Fraction(0)) == preview.draft.points_per_customer


def test_what_is_typed_stands_in_for_the_sets_own_numbers_alone(world: World) -> None:
    small = small_world(world)
    scored(small)
    _kept(small, draft_of(small), north=NORTH)
    change = draft_of(small, weights={"t-visit": WeightChange(Decimal(1))}, full_points=Decimal(30))
    typed = preview_of(small.organisation, typed=checked_draft(change))
    plain = preview_of(small.organisation)
    segments = {segment.key: segment.draft for segment in typed.segments}
    was = {segment.key: segment.draft for segment in plain.segments}
    assert segments["north"] == was["north"]
    assert segments["south"] != was["south"]
    _kept(small, change, north=NORTH)
    assert preview_of(small.organisation) == typed


def test_full_points_are_suggested_by_who_has_the_sets_own_numbers(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    kept = _kept(small, draft_of(small), north=NORTH)
    found = preview_of(small.organisation).suggestion
    _published_run(small, kept)
    with organisation_scope(small.id, write=False):
        run = ScoreRun.objects.get(weight_set__number=kept.number)
        rows = list(read_chunks(run).values())
    numbers, points, channels = (
        np.concatenate([getattr(row, name) for row in rows]) for name in ("numbers", "points", "n_channels")
    )
    south = numbers % 2 == 1
    assert found is not None
    assert (found.n, found.n_active) == (60, int(np.count_nonzero(channels[south])))
    for method in ("median", "p60", "p75", "mean"):
        wanted = suggest_full_points(points=points[south], active=channels[south] > 0, method=method)
        assert getattr(found, method) == (None if wanted is None else Decimal(wanted) / 1000)
    assert sum(found.histogram.counts) + found.histogram.n_negative == 60


def test_the_level_is_kept_by_full_points_of_the_others(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    doubled = {"t-visit": WeightChange(Decimal(2)), "t-buy": WeightChange(Decimal(20), 3)}
    change = draft_of(small, weights=doubled, full_points=Decimal(30))
    _kept(small, change, north=NORTH)
    preview = preview_of(small.organisation)
    offer = preview.keep_level
    assert preview.now is not None
    assert preview.now.score is not None
    assert offer is not None
    assert offer.full_points is not None
    assert offer.proportional is None  # the others follow no factor
    typed = checked_draft(replace(change, full_points=offer.full_points))
    again = preview_of(small.organisation, typed=typed)
    assert again.draft is not None
    assert again.draft.score == offer.score
    assert abs(offer.score - preview.now.score) < Fraction(1, 1000)
    levels = {segment.key: segment.draft for segment in again.segments}
    assert levels["north"] == {segment.key: segment.draft for segment in preview.segments}["north"]


def test_no_level_is_kept_where_weights_of_their_own_give_more_alone(world: World) -> None:
    small = small_world(world, by_points=False)
    with organisation_scope(small.id):
        WeightSet.objects.filter(state="published").update(full_points_thousandths=900_000)
    scored(small)
    change = draft_of(small, full_points=Decimal(900))
    _kept(small, change, north={**NORTH, "full_points": 1})
    preview = preview_of(small.organisation)
    offer = preview.keep_level
    assert offer is not None
    assert (offer.full_points, offer.obstacle) == (None, "own_weights")
    assert preview.draft is not None
    assert preview.draft.score is not None
    assert offer.score <= preview.draft.score


def test_findings_name_whose_own_weights_change_and_what_is_said_of_the_others(world: World) -> None:
    small = small_world(world, by_points=False)
    add_override(small, "north", **NORTH)
    scored(small)
    with organisation_scope(small.id):
        number = services.draft(organisation=small.organisation, user=None, now=NOW).number
        draft = WeightSet.objects.get(number=number)
        WeightOverride.objects.filter(weight_set=draft).delete()
    said_of = _said_of(small)
    assert said_of == [("own_gone", "", "north", {"before": 9, "n": 60})]
    add_override(small, "north", weight_set=draft, **NORTH)
    add_override(small, "south", weight_set=draft, **SOUTH)
    assert _said_of(small) == [("own_new", "", "south", {"after": 40, "n": 60})]
    with organisation_scope(small.id):
        WeightOverride.objects.filter(weight_set=draft).delete()
    other = {**OTHER_NORTH, "weights": {**NORTH["weights"], "visit": (3_000, None)}}
    add_override(small, "north", weight_set=draft, **other)
    assert _said_of(small) == [
        ("own_changed", "", "north", {"before": 9, "after": Fraction("12.5"), "n": 60, "n_actions": 1})
    ]
    found = preview_of(small.organisation).findings
    (sentence,) = reason_sentences(findings=found, locale=EN)
    changes = "1 weight or cap and full points from 9 to 12.5"
    assert sentence == f"The own weights of North change ({changes}): 60 customers are scored with them."


def _said_of(small: Small) -> list[tuple[Any, ...]]:
    findings = preview_of(small.organisation).findings
    named = [(found.kind, found.action, found.segment, found.figures) for found in findings]
    return [one for one in named if one[0] != "below_zero"]


def test_findings_about_actions_are_of_the_others_and_doubling_is_no_doubling_of_all(world: World) -> None:
    small = small_world(world, by_points=False)
    add_override(small, "north", **NORTH)
    scored(small)
    doubled = {"t-visit": WeightChange(Decimal(2)), "t-buy": WeightChange(Decimal(20), 3)}
    _kept(small, draft_of(small, weights=doubled, full_points=Decimal(60)), north=NORTH)
    preview = preview_of(small.organisation)
    found = {finding.action or finding.kind: finding for finding in preview.findings}
    assert [finding.kind for finding in preview.findings] == ["full_points", "action", "action"]
    assert found["full_points"].figures == {"before": 30, "after": 60, "only": 0, "rest": 1}
    with organisation_scope(small.id, write=False):
        run = run_in_force()
        assert run is not None
        rows = [(stored.numbers, stored.counts) for stored in read_chunks(run).values()]
    did = sum(int(np.count_nonzero(counts[numbers % 2 == 1, 0])) for numbers, counts in rows)
    assert (found["t-visit"].figures["n_did"], found["t-visit"].figures["rest"]) == (did, 1)
    assert preview.movers == ()  # all of the south keep their scores, and the north has its own


def test_a_segment_that_the_run_did_not_know_needs_other_counts(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    add_segments(small, "odd", {"odd": {"trait": "side", "op": "is", "value": "s"}})
    kept = _kept(small, draft_of(small), odd=NORTH)
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=0):
        preview = preview_of(small.organisation)
    assert preview.work is not None
    assert preview.work.why == "weights of its own for a segment that the latest scoring did not know (Odd)"
    direct = preview_of(small.organisation)
    assert direct.run_number is None
    assert said(direct, "draft") == _published_run(small, kept)


def test_an_action_that_only_a_segments_own_weights_count_needs_other_counts(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    kept = _kept(small, draft_of(small, weights={"t-mail": WeightChange(Decimal(0))}), north=NORTH)
    with organisation_scope(small.id):
        draft = WeightSet.objects.get(number=kept.number)
        sources = sources_of(organisation=small.organisation, draft=draft, as_of=AS_OF)
    assert sources.counts is not None
    plan = sources.compared.after
    strange = tuple(replace(action, definition=9_999) if action.key == "t-mail" else action for action in plan.actions)
    why = counted.why_counts_do_not_serve(run=sources.counts.plan, plan=replace(plan, actions=strange))
    assert why == "an action that the latest scoring did not count so (Mail)"
    gone = tuple(action for action in plan.actions if action.key != "t-visit")
    fewer = replace(plan, actions=gone, overrides=(plan.overrides[0].reduced_to([1, 2]),))
    assert counted.formula_of(fewer).own[0].actions == {"t-buy": (1_000, None), "t-mail": (2_000, None)}


def test_a_rule_over_activity_cannot_have_weights_of_its_own_and_the_preview_says_so(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    _kept(small, draft_of(small), north=NORTH)
    with organisation_scope(small.id):
        rule = {"activity": "points", "op": "gt", "value": 9}
        SegmentDefinition.objects.filter(segment=Segment.objects.get(key="north")).update(rule=rule)
    preview = preview_of(small.organisation)
    assert preview.draft is None
    assert preview.reason.startswith("“North” has weights of its own, so its rule must not look at activity")


def test_a_workers_result_is_that_of_these_weights_of_their_own_and_of_no_others(world: World) -> None:
    small = small_world(world, by_points=False)
    scored(small)
    kept = _kept(small, draft_of(small, window_days=30), north=NORTH)
    at_once = preview_of(small.organisation)
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=0):
        with organisation_scope(small.id):
            draft = WeightSet.objects.get(number=kept.number)
            job = ask_for_preview(organisation=small.organisation, draft=draft, now=NOW)
        assert job is not None
        run_preview(organisation_id=small.id, job_id=job.pk, now=NOW)
        shown = preview_of(small.organisation)
        assert (shown.work, shown.segments, shown.findings) == (None, at_once.segments, at_once.findings)
        with organisation_scope(small.id):
            WeightOverride.objects.filter(weight_set=draft).update(full_points_thousandths=9_001)
        other = preview_of(small.organisation)
    assert other.work is not None
    assert (other.work.state, other.draft) == ("ask", None)


@pytest.mark.parametrize(
    ("kind", "figures", "sentence"),
    [
        ("own_new", {"after": 40, "n": 1}, "Team gets weights of its own, with full points 40: 1 customer is scored"),
        ("own_gone", {"before": 9, "n": 60}, "Team has no weights of its own any more: 60 customers are scored with"),
        ("own_changed", {"before": 9, "after": 9, "n": 2, "n_actions": 3}, "The own weights of Team change (3 weights"),
        ("full_points", {"before": 3, "after": 6, "only": 0, "rest": 1}, "Full points go from 3 to 6 for all who are"),
        ("never_done", {"rest": 1}, "Nobody scored with the set's own numbers did Visit in the window"),
        ("cap", {"before": 0, "after": 3, "n_before": 0, "n_after": 2, "rest": 1},
         "Visit counts 3 times at most: 2 customers with the set's own numbers did it more often."),
    ],
)  # fmt: skip
def test_findings_are_said_in_sentences(kind: str, figures: dict[str, int], sentence: str) -> None:
    finding = Finding(
        kind=kind, action="visit", action_name="Visit", segment="team", segment_name="Team",
        figures={name: Fraction(value) for name, value in figures.items()},
    )  # fmt: skip
    (found,) = reason_sentences(findings=[finding], locale=EN)
    assert found.startswith(sentence)
