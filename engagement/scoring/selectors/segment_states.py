"""Each segment at a glance: its score in the latest run, and how that stands to its rule of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from engagement.scoring.formula import BAND_NAMES, Bands, SegmentSums, segment_band
from engagement.scoring.models import RunPart, ScoreRun, Segment
from engagement.scoring.runs.parts import sums_from_json
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.store import run_in_force
from engagement.scoring.types import SegmentLine
from tenants.models import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentState:
    """`score` is None below the organisation's minimum, `band` "" below that of bands.

    `is_new`: the latest run did not know it. `is_changed`: its rule is another since. `is_empty`: the run found nobody.
    """

    score: Fraction | None = None
    band: str = ""
    is_new: bool = False
    is_changed: bool = False
    is_empty: bool = False
    has_own_weights: bool = False


@dataclass(frozen=True, slots=True)
class ArchivedSegment:
    """Out of use; its set may have others in use."""

    key: str
    name: str
    set_key: str
    set_name: str


def segment_states(
    *, organisation: Organisation, lines: Sequence[SegmentLine]
) -> tuple[date | None, Mapping[str, SegmentState]]:
    """The day of the latest run, None before the first, and the state of each segment by key."""
    run = run_in_force()
    if run is None:
        return None, {line.key: SegmentState(is_new=True) for line in lines}
    plan = plan_of(run)
    parts = [sums_from_json(found)[0] for found in _stored_sums(run)]
    sums: list[SegmentSums] = list(parts[0]) if parts else []
    for part in parts[1:]:
        sums = [one + other for one, other in zip(sums, part, strict=True)]
    places = {segment.key: place for place, segment in enumerate(plan.segments)}
    return run.as_of, {line.key: _state(organisation, plan, line, places.get(line.key), sums) for line in lines}


def archived_segments(*, organisation: Organisation) -> tuple[ArchivedSegment, ...]:
    """Segments out of use, the latest first."""
    rows = Segment.objects.filter(organisation=organisation, archived_at__isnull=False, segment_set__isnull=False)
    named = rows.order_by("-archived_at", "key").values_list("key", "name", "segment_set__key", "segment_set__name")
    return tuple(ArchivedSegment(*row) for row in named)


def _stored_sums(run: ScoreRun) -> list[Any]:
    """The sums of each chunk as they are stored, without the ledgers beside them."""
    return list(RunPart.objects.filter(run_id=run.pk).values_list("sums", flat=True))


def _state(
    organisation: Organisation, plan: RunPlan, line: SegmentLine, place: int | None, sums: Sequence[SegmentSums]
) -> SegmentState:
    if place is None or place >= len(sums):
        return SegmentState(is_new=True)
    planned, found = plan.segments[place], sums[place]
    bands = Bands(organisation.band_good_thousandths, organisation.band_excellent_thousandths)
    code = segment_band(sum_score_millionths=found.sum_score_millionths, n=found.n, bands=bands)
    shows = found.n >= max(1, organisation.minimum_n)
    shows_band = shows and found.n >= organisation.minimum_n_band
    return SegmentState(
        score=found.score if shows else None,
        band="" if code is None or not shows_band else BAND_NAMES[code],
        is_changed=planned.definition != line.definition,
        is_empty=found.n == 0,
        has_own_weights=any(override.segment_id == planned.id for override in plan.overrides),
    )
