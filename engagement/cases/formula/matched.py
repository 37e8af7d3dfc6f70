"""The same difference among customers who began alike: the treated and the others by tenths of the score before.

Who is chosen for being low is likely to rise by himself (regression to the mean); others who were as low do so too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import numpy as np

from engagement.cases.formula.paired import MIN_ARM, ArmSums, Estimate, arm_sums, interval
from engagement.scoring.formula.counts import IntArray

TENTHS: Final = 10
BIN_MILLIONTHS: Final = 100_000  # a tenth of a score: so finely the scores before are counted to find the tenths
BINS: Final = 1001  # 0 to 100


@dataclass(frozen=True, slots=True)
class Strata:
    """The lower ends of the groups, in millionths of a score, rising; the first is 0."""

    lows: tuple[int, ...]

    def of(self, scores: IntArray) -> IntArray:
        """The group that each score lies in, from 0."""
        found: IntArray = np.searchsorted(np.array(self.lows, dtype=np.int64), scores, side="right") - 1
        return found


def bins_of(scores: IntArray) -> IntArray:
    """How many of some scores before (millionths) lie in each of BINS bins; chunks are added up."""
    counted: IntArray = np.bincount(np.minimum(scores // BIN_MILLIONTHS, BINS - 1), minlength=BINS)
    return counted


def strata_of(bins: IntArray) -> Strata:
    """Tenths of the treated by their score before, as even as a tenth of a score allows; fewer where many are alike.

    >>> bins = np.zeros(BINS, dtype=np.int64)
    >>> bins[0], bins[500] = 90, 10
    >>> strata_of(bins).lows       # nine of ten scored nothing: they are one group
    (0, 50000000)
    """
    total, seen = int(bins.sum()), 0
    lows: list[int] = [0]
    for place in np.flatnonzero(bins).tolist():
        low = place * BIN_MILLIONTHS
        if seen * TENTHS >= total * len(lows) and low > lows[-1]:
            lows.append(low)
        seen += int(bins[place])
    return Strata(tuple(lows))


@dataclass(frozen=True, slots=True)
class MatchedSums:
    """Sums of both groups by stratum; chunks are added up."""

    treated: Mapping[int, ArmSums] = field(default_factory=dict)
    other: Mapping[int, ArmSums] = field(default_factory=dict)

    def __add__(self, more: MatchedSums) -> MatchedSums:
        return MatchedSums(_added(self.treated, more.treated), _added(self.other, more.other))


def _added(one: Mapping[int, ArmSums], two: Mapping[int, ArmSums]) -> dict[int, ArmSums]:
    return {place: one.get(place, ArmSums()) + two.get(place, ArmSums()) for place in sorted({*one, *two})}


def stratum_sums(*, strata: Strata, scores: IntArray, before: IntArray, after: IntArray) -> dict[int, ArmSums]:
    """One group's sums by stratum; row i is one customer: the score before, and the measure before and after."""
    places = strata.of(scores)
    return {
        place: arm_sums(before=before[places == place], after=after[places == place])
        for place in np.unique(places).tolist()
    }


@dataclass(frozen=True, slots=True)
class MatchedEstimate:
    """The estimate, and for how many of the treated nobody untouched began alike: they are left out of it."""

    estimate: Estimate
    treated: int
    other: int
    without_match: int


def matched_difference(*, sums: MatchedSums, unit: int) -> MatchedEstimate | None:
    """Σ w · (change of the treated − change of the others) over the strata, w = the share of the treated in each.

    Strata with fewer than two of either group are left out, and counted. None where nothing is left.

    >>> arm = ArmSums(n=2, before=0, after=4, squares=8)
    >>> low = ArmSums(n=2, before=0, after=2, squares=2)
    >>> found = matched_difference(sums=MatchedSums({0: arm, 1: arm}, {0: low}), unit=1)
    >>> found.estimate.effect, found.treated, found.without_match
    (Fraction(1, 1), 2, 2)
    """
    pairs = [(arm, sums.other.get(place, ArmSums())) for place, arm in sums.treated.items()]
    used = [(one, two) for one, two in pairs if min(one.n, two.n) >= MIN_ARM]
    treated = sum(one.n for one, _two in used)
    if not used:
        return None
    return MatchedEstimate(
        _weighted(used, treated=treated, unit=unit),
        treated=treated,
        other=sum(two.n for _one, two in used),
        without_match=sum(one.n for one, _two in pairs) - treated,
    )


def _weighted(used: Sequence[tuple[ArmSums, ArmSums]], *, treated: int, unit: int) -> Estimate:
    weights = [Fraction(one.n, treated) for one, _two in used]
    effect = sum((w * (one.change - two.change) for w, (one, two) in zip(weights, used, strict=True)), Fraction(0))
    parts = [
        (float(w * w * arm.variance / arm.n / unit**2), arm.n - 1)
        for w, pair in zip(weights, used, strict=True)
        for arm in pair
    ]
    return interval(effect=effect / unit, parts=parts)
