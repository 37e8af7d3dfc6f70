"""What other lines between the bands would do to the customers and segments of the latest scoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula import BAND_NAMES, Bands, LevelSums, segment_band
from engagement.scoring.models import Segment
from engagement.scoring.runs.plan import plan_of
from engagement.scoring.runs.store import run_in_force
from engagement.scoring.runs.unpacked import unpacked
from tenants.models import Organisation

Counts = tuple[int, int, int]  # poor, good, excellent
_PER_THOUSANDTH = 1_000  # millionths


@dataclass(frozen=True, slots=True)
class SegmentMove:
    """A segment whose band would be another, by codes."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BandEffect:
    """Customers by band under the saved lines and under others; `n_moved` of them would be in another band."""

    as_of: date
    before: Counts
    after: Counts
    n_moved: int
    segments: tuple[SegmentMove, ...]


def band_effect(*, organisation: Organisation, after: Bands) -> BandEffect | None:
    """The latest scores under the organisation's lines and under others; None before the first scoring.

    Scores do not change: a line decides only what they are called. Segments too small for a band are left out, and each
    has the members that the run found. Reads the blocks of the run, which the process keeps.
    """
    run = run_in_force()
    if run is None or not (chunks := unpacked(run).chunks):
        return None
    before = Bands(organisation.band_good_thousandths, organisation.band_excellent_thousandths)
    pairs = [(_codes(chunk.scored.scores, before), _codes(chunk.scored.scores, after)) for chunk in chunks]
    plan = plan_of(run)
    sums = [LevelSums()] * (len(plan.segments) + 1)
    for chunk in chunks:
        sums = [one + other for one, other in zip(sums, chunk.levels, strict=True)]
    in_use = dict(Segment.objects.filter(archived_at__isnull=True).values_list("key", "name"))
    named = [
        (in_use[part.key], found) for part, found in zip(plan.segments, sums[1:], strict=True) if part.key in in_use
    ]
    least = max(1, organisation.minimum_n, organisation.minimum_n_band)
    moves = [(name, _band(found, before), _band(found, after)) for name, found in named if found.n >= least]
    return BandEffect(
        as_of=run.as_of,
        before=_counts([codes for codes, _ in pairs]),
        after=_counts([codes for _, codes in pairs]),
        n_moved=sum(int(np.count_nonzero(one != other)) for one, other in pairs),
        segments=tuple(SegmentMove(name, was, will) for name, was, will in moves if was != will),
    )


def _codes(millionths: NDArray[np.integer], bands: Bands) -> NDArray[np.int64]:
    """0 below the lower line, 1 from it to the upper one inclusive, 2 above."""
    scores = millionths.astype(np.int64)
    at_least = scores >= bands.good_thousandths * _PER_THOUSANDTH
    above = scores > bands.excellent_thousandths * _PER_THOUSANDTH
    return at_least.astype(np.int64) + above.astype(np.int64)


def _counts(codes: list[NDArray[np.int64]]) -> Counts:
    poor, good, excellent = (sum(int(np.count_nonzero(part == code)) for part in codes) for code in range(3))
    return poor, good, excellent


def _band(found: LevelSums, bands: Bands) -> str:
    code = segment_band(sum_score_millionths=found.sum_score_millionths, n=found.n, bands=bands)
    return BAND_NAMES[code] if code is not None else ""
