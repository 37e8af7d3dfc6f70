"""From a stored snapshot to figures that may be shown: small and empty groups say so instead of giving a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from engagement.insights.models import SegmentSnapshot
from engagement.insights.note_types import segment_name
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
from tenants.remembering import remembered


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
        return _("no score: no customers")
    if n < minimum.number:
        return _("no score: fewer than {n} customers").format(n=minimum.number)
    return None


def _band(sums: SegmentSums, bands: Bands, minimum: Minimum) -> tuple[str | None, str | None]:
    if sums.n < max(minimum.band, minimum.number):
        few = max(minimum.band, minimum.number)
        return None, _("no band: fewer than {n} customers").format(n=few)
    code = segment_band(sum_score_millionths=sums.sum_score_millionths, n=sums.n, bands=bands)
    return (None, _("no band: no customers")) if code is None else (BAND_NAMES[code], None)


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


class _Told:
    """A snapshot, its run and what else figures are made of, equal to another where all of that is.

    A published run never changes, so its id stands for all it used. What is kept under it keeps no row alive.
    """

    __slots__ = ("_key", "_made_of")

    def __init__(self, snapshot: SegmentSnapshot, run: ScoreRun, minimum: Minimum) -> None:
        self._made_of: tuple[SegmentSnapshot, ScoreRun, Minimum] | None = (snapshot, run, minimum)
        segment = snapshot.segment
        group = segment.segment_set.key if segment.segment_set is not None else None
        sums = tuple(getattr(snapshot, name) for name in _SUMS)
        said = segment.key, segment.name, group, segment.is_missing_data
        # The language too: figures say why a number may not be shown, and name everybody.
        spoken = get_language()
        self._key = (run.organisation_id, run.id, minimum, said, sums, str(snapshot.by_action), spoken)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Told) and self._key == other._key

    def figures(self) -> Figures:
        """Made once, when it is asked for the first time."""
        assert self._made_of is not None
        (snapshot, run, minimum), self._made_of = self._made_of, None
        return _figures(snapshot=snapshot, run=run, segment=snapshot.segment, minimum=minimum)


_SUMS: Final = (
    "definition_number", "n", "n_active", "n_multi_channel", "sum_points", "points_scale", "sum_score_millionths",
    "sum_score_squares", "sum_point_squares", "median_score_millionths", "n_poor", "n_good", "n_excellent",
)  # fmt: skip
_KEPT_FIGURES: Final = 2_048  # of some twelve actions each: about 20 MB


def figures(*, snapshot: SegmentSnapshot, run: ScoreRun, minimum: Minimum) -> Figures:
    """Everything about one segment in one run; numbers under the minimum are None, with the reason.

    Kept in the process by what it is made of: a scorecard of forty segments asks for a thousand exact fractions.
    """
    return _kept_figures(_Told(snapshot, run, minimum))


@lru_cache(maxsize=_KEPT_FIGURES)
def _kept_figures(told: _Told) -> Figures:
    return told.figures()


def _figures(*, snapshot: SegmentSnapshot, run: ScoreRun, segment: Segment, minimum: Minimum) -> Figures:
    sums = sums_of(snapshot=snapshot, uses=run.uses)
    reason = _reason(sums.n, minimum)
    shown = reason is None
    band, band_reason = _band(sums, bands_of(run), minimum)
    median = snapshot.median_score_millionths
    return Figures(
        segment_key=segment.key,
        segment_name=segment_name(key=segment.key, name=segment.name),
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
    keys = None if segment_keys is None else list(segment_keys)
    snapshots = snapshots_of(runs=[run.id], segment_keys=keys)
    found = {key: figures(snapshot=snapshot, run=run, minimum=minimum) for (_run, key), snapshot in snapshots.items()}
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
    """Figures by (run, segment key) for a trend: one query at most, however many runs."""
    by_id = {run.id: run for run in runs}
    return {
        (run_id, key): figures(snapshot=snapshot, run=by_id[run_id], minimum=minimum)
        for (run_id, key), snapshot in snapshots_of(runs=list(by_id), segment_keys=list(segment_keys)).items()
    }


def scores_over_runs(
    *, runs: Iterable[ScoreRun], minimum: Minimum, segment_keys: Iterable[str]
) -> dict[tuple[UUID, str], Fraction | None]:
    """The scores alone by (run, segment key), None where they may not be shown: for many small lines, one query."""
    rows = SegmentSnapshot.objects.filter(run_id__in=[run.id for run in runs], segment__key__in=list(segment_keys))
    columns = rows.values_list("run_id", "segment__key", "n", "sum_score_millionths")
    return {
        (run_id, key): Fraction(total, SCORE_SCALE * n) if _reason(n, minimum) is None else None
        for run_id, key, n, total in columns
    }


def snapshots_of(
    *, runs: Sequence[UUID], segment_keys: Sequence[str] | None
) -> dict[tuple[UUID, str], SegmentSnapshot]:
    """The stored sums by (run, segment key), of all segments of the runs or of some, in no order that means anything.

    Each is read once in a scope, however often a page asks for it.
    """
    kept = _kept_snapshots()
    kept.read(dict.fromkeys(runs, segment_keys))
    wanted = None if segment_keys is None else set(segment_keys)
    return {
        (run_id, key): snapshot
        for run_id in dict.fromkeys(runs)
        for key, snapshot in kept.rows.get(run_id, {}).items()
        if wanted is None or key in wanted
    }


def read_ahead(*, whole: Iterable[ScoreRun], trend: Iterable[ScoreRun], segment_keys: Sequence[str]) -> None:
    """Read in one query what a page asks for in several places: all segments of some runs, some segments of others."""
    wanted: dict[UUID, Sequence[str] | None] = {run.id: segment_keys for run in trend}
    _kept_snapshots().read(wanted | {run.id: None for run in whole})


def _kept_snapshots() -> _Snapshots:
    return remembered("insights.snapshots", _Snapshots)


class _Snapshots:
    """What one scope has read of them: `rows` by run and segment key, `asked` by run, None where all were."""

    def __init__(self) -> None:
        self.rows: dict[UUID, dict[str, SegmentSnapshot]] = {}
        self.asked: dict[UUID, set[str] | None] = {}

    def read(self, wanted: Mapping[UUID, Sequence[str] | None]) -> None:
        """By run the segments that are wanted, None for all; what was read already is not read again."""
        missing = {run_id: keys for run_id, keys in wanted.items() if self._lacks(run_id, keys)}
        if not missing:
            return
        whole = [run_id for run_id, keys in missing.items() if keys is None]
        some = {key for keys in missing.values() for key in keys or ()}
        asked = Q(run_id__in=whole) | Q(run_id__in=[*missing], segment__key__in=some) if some else Q(run_id__in=whole)
        for snapshot in SegmentSnapshot.objects.filter(asked).select_related("segment__segment_set"):
            self.rows.setdefault(snapshot.run_id, {})[snapshot.segment.key] = snapshot
        for run_id, keys in missing.items():
            self.asked[run_id] = None if keys is None else (self.asked.get(run_id) or set()) | some

    def _lacks(self, run_id: UUID, keys: Sequence[str] | None) -> bool:
        asked = self.asked.get(run_id, set())
        return asked is not None and (keys is None or not asked.issuperset(keys))
