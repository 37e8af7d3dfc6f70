"""From a stored snapshot to figures that may be shown: small and empty groups say so instead of giving a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from engagement.insights.models import SegmentSnapshot
from engagement.insights.part_types import ScoredPart
from engagement.insights.selectors.parts import parts_of_run
from engagement.insights.types import ActionFigures, Figures, RunFacts
from engagement.scoring.formula import (
    BAND_NAMES,
    SCORE_SCALE,
    WEIGHT_SCALE,
    Bands,
    SegmentSums,
    band_chances,
    half_width_95,
    segment_band,
)
from engagement.scoring.models import ScoreRun, Segment
from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class Minimum:
    """From how many customers on an organisation shows numbers, and bands."""

    number: int
    band: int

    @classmethod
    def of(cls, organisation: Organisation) -> Minimum:
        return cls(organisation.minimum_n, organisation.minimum_n_band)


def run_facts(run: ScoreRun) -> RunFacts:
    """What a run used, for reading."""
    uses = run.uses
    return RunFacts(
        number=run.number,
        as_of=run.as_of,
        window_from=run.window_from,
        window_to=run.window_to,
        window_days=uses["window_days"],
        half_life_days=uses["half_life_days"],
        weight_set_number=uses["weight_set"],
        full_points=_thousandths(uses["full_points_thousandths"]),
        good_threshold=_thousandths(uses["bands"][0]),
        excellent_threshold=_thousandths(uses["bands"][1]),
        finished_at=run.finished_at or run.started_at,
        watermark=run.watermark,
        code_version=uses["code_version"],
        thinned_at=run.thinned_at,
    )


def _thousandths(value: int) -> Decimal:
    return Decimal(value) / 1000


def bands_of(run: ScoreRun) -> Bands:
    return Bands(good_thousandths=run.uses["bands"][0], excellent_thousandths=run.uses["bands"][1])


def sums_of(*, snapshot: SegmentSnapshot, uses: Mapping[str, Any]) -> SegmentSums:
    """The exact sums again, actions in the order of the run's plan."""
    parts = [snapshot.by_action.get(action["key"], [0, 0, 0]) for action in uses["actions"]]
    return SegmentSums(
        scale=snapshot.points_scale,
        n=snapshot.n,
        n_active=snapshot.n_active,
        n_multi_channel=snapshot.n_multi_channel,
        sum_points=int(snapshot.sum_points),
        sum_score_millionths=snapshot.sum_score_millionths,
        sum_score_squares=int(snapshot.sum_score_squares),
        band_counts=(snapshot.n_poor, snapshot.n_good, snapshot.n_excellent),
        occurrences_by_action=tuple(part[0] for part in parts),
        points_by_action=tuple(part[1] for part in parts),
        n_customers_by_action=tuple(part[2] for part in parts),
        sum_point_squares=None if snapshot.sum_point_squares is None else int(snapshot.sum_point_squares),
    )


def _reason(n: int, minimum: Minimum) -> str | None:
    if n == 0:
        return "no score: no customers"
    if n < minimum.number:
        return f"no score: fewer than {minimum.number} customers"
    return None


def _band(sums: SegmentSums, bands: Bands, minimum: Minimum) -> tuple[str | None, str | None]:
    if sums.n < max(minimum.band, minimum.number):
        return None, f"no band: fewer than {max(minimum.band, minimum.number)} customers"
    code = segment_band(sum_score_millionths=sums.sum_score_millionths, n=sums.n, bands=bands)
    return (None, "no band: no customers") if code is None else (BAND_NAMES[code], None)


def _actions(sums: SegmentSums, uses: Mapping[str, Any], *, shown: bool) -> tuple[ActionFigures, ...]:
    unit = WEIGHT_SCALE * sums.scale
    return tuple(
        ActionFigures(
            key=action["key"],
            name=action["name"],
            channel=action["channel"],
            weight=_thousandths(action["weight_thousandths"]),
            cap=action["cap"],
            occurrences=Fraction(sums.occurrences_by_action[at], sums.scale),
            points=Fraction(sums.points_by_action[at], unit),
            customers=sums.n_customers_by_action[at],
            points_per_customer=Fraction(sums.points_by_action[at], unit * sums.n) if shown else None,
        )
        for at, action in enumerate(uses["actions"])
    )


def figures(*, snapshot: SegmentSnapshot, run: ScoreRun, segment: Segment, minimum: Minimum) -> Figures:
    """Everything about one segment in one run; numbers under the minimum are None, with the reason."""
    sums = sums_of(snapshot=snapshot, uses=run.uses)
    reason = _reason(sums.n, minimum)
    shown = reason is None
    band, band_reason = _band(sums, bands_of(run), minimum)
    median = snapshot.median_score_millionths
    return Figures(
        segment_key=segment.key,
        segment_name=segment.name,
        set_key=segment.segment_set.key if segment.segment_set is not None else None,
        is_missing_data=segment.is_missing_data,
        as_of=run.as_of,
        n=sums.n,
        n_active=sums.n_active,
        n_multi_channel=sums.n_multi_channel,
        total_points=Fraction(sums.sum_points, WEIGHT_SCALE * sums.scale),
        total_score=Fraction(sums.sum_score_millionths, SCORE_SCALE),
        total_occurrences=sums.occurrences,
        band_counts=sums.band_counts,
        reason=reason,
        score=sums.score if shown else None,
        band=band,
        band_reason=band_reason,
        half_width_95=sums.score_half_width_95 if shown else None,
        median_score=Fraction(median, SCORE_SCALE) if shown and median is not None else None,
        points_per_customer=sums.points_per_customer if shown else None,
        actions_per_customer=sums.actions_per_customer if shown else None,
        depth=sums.depth if shown else None,
        active_share=sums.active_share if shown else None,
        multi_channel_share=sums.multi_channel_share if shown else None,
        actions=_actions(sums, run.uses, shown=shown),
        definition_number=snapshot.definition_number,
        **(_uncertainty(sums, bands_of(run), banded=band is not None) if shown else {}),
    )


def _uncertainty(sums: SegmentSums, bands: Bands, *, banded: bool) -> dict[str, Any]:
    """How far the numbers may be off, and how sure the band is."""
    score, error = sums.score, sums.score_standard_error
    chances = None
    if banded and score is not None and error is not None:
        chances = band_chances(score=score, error=error, bands=bands)
    return {
        "standard_error": error,
        "band_chances": chances,
        "points_standard_error": sums.points_standard_error,
        "points_half_width_95": half_width_95(error=sums.points_standard_error, n=sums.n),
        "active_share_standard_error": sums.active_share_standard_error,
    }


def figures_of_run(*, run: ScoreRun, minimum: Minimum, segment_keys: Iterable[str] | None = None) -> dict[str, Figures]:
    """Figures of a run by segment key, of all its segments or of some."""
    snapshots = SegmentSnapshot.objects.filter(run=run).select_related("segment__segment_set")
    keys = None if segment_keys is None else list(segment_keys)
    if keys is not None:
        snapshots = snapshots.filter(segment__key__in=keys)
    found = {
        snapshot.segment.key: figures(snapshot=snapshot, run=run, segment=snapshot.segment, minimum=minimum)
        for snapshot in snapshots
    }
    parts = parts_of_run(run=run, minimum_n=minimum.number, segment_keys=keys)
    return {key: _with_parts(one, parts[key]) if key in parts else one for key, one in found.items()}


def _with_parts(found: Figures, parts: tuple[ScoredPart, ...]) -> Figures:
    """With who was scored with which weights; where own weights scored everybody, actions are worth what these say."""
    own = parts[0].own if len(parts) == 1 else None
    if own is None:
        return replace(found, parts=parts)
    actions = zip(found.actions, own.weights, own.caps, strict=True)
    told = tuple(replace(action, weight=weight, cap=cap) for action, weight, cap in actions)
    return replace(found, parts=parts, actions=told)


def figures_over_runs(
    *, runs: Iterable[ScoreRun], minimum: Minimum, segment_keys: Iterable[str]
) -> dict[tuple[UUID, str], Figures]:
    """Figures by (run, segment key) for a trend: two queries, however many runs."""
    by_id = {run.id: run for run in runs}
    snapshots = SegmentSnapshot.objects.filter(run_id__in=list(by_id), segment__key__in=list(segment_keys))
    return {
        (snapshot.run_id, snapshot.segment.key): figures(
            snapshot=snapshot, run=by_id[snapshot.run_id], segment=snapshot.segment, minimum=minimum
        )
        for snapshot in snapshots.select_related("segment__segment_set")
    }
