"""Whether two groups moved alike before a step began: each customer's own slope over earlier periods.

Difference-in-differences takes for granted that without the step both groups would have gone the same way. That cannot
be seen; what can be seen is whether they did before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

import numpy as np

from engagement.cases.formula.paired import MIN_ARM, Estimate, interval
from engagement.scoring.formula.counts import IntArray, exact_sum
from engagement.scoring.formula.uncertainty import sum_of_squares

MIN_PERIODS: Final = 3  # two points always lie on a line


class Parallel(StrEnum):
    """What the check says."""

    ENOUGH = "enough"
    NOT = "not"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SlopeSums:
    """One group: how many, Σ and Σ² of the customers' slopes, in whole units × `slope_unit` of the periods."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: SlopeSums) -> SlopeSums:
        return SlopeSums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def variance(self) -> Fraction:
        return Fraction(self.n * self.squares - self.total**2, self.n * (self.n - 1))


@dataclass(frozen=True, slots=True)
class PreTrend:
    """The verdict, and by how much the treated rose faster, per period; no difference where it cannot be told."""

    verdict: Parallel
    difference: Estimate | None = None


def _weights(places: Sequence[int]) -> list[int]:
    """Whole numbers c with slope = Σ c · value ÷ slope_unit, for periods at these places on a line of even steps."""
    return [len(places) * place - sum(places) for place in places]


def slope_unit(places: Sequence[int]) -> int:
    """What Σ c · value is divided by to give a slope per period."""
    return sum(weight * place for weight, place in zip(_weights(places), places, strict=True))


def slope_sums(*, values: IntArray, places: Sequence[int]) -> SlopeSums:
    """The sums of one chunk, of customers who were scored in every period: `values` (n customers, periods).

    Least squares: slope = Σ (t − t̄) · y ÷ Σ (t − t̄)², taken × n so that it is a whole number.

    >>> slope_sums(values=np.array([[10, 20, 30], [5, 5, 5]]), places=[0, 1, 2]), slope_unit([0, 1, 2])
    (SlopeSums(n=2, total=60, squares=3600), 6)
    """
    if len(values) == 0:
        return SlopeSums()
    slopes = values.astype(np.int64) @ np.array(_weights(places), dtype=np.int64)
    return SlopeSums(len(slopes), exact_sum(slopes), sum_of_squares(slopes))


def pre_trend(*, treated: SlopeSums, other: SlopeSums, places: Sequence[int], unit: int) -> PreTrend:
    """Whether the treated and the others moved alike: the difference of their mean slopes, with a 95 % interval.

    Unknown with fewer than MIN_PERIODS periods or two customers in a group. Not alike where 0 lies outside of the
    interval: by chance alone 1 time in 20. Enough else, which is no proof: a difference within the interval stays
    unseen.

    >>> flat, steep = SlopeSums(3, 0, 6), SlopeSums(3, 600, 120_006)
    >>> pre_trend(treated=steep, other=flat, places=[0, 1, 2], unit=1).verdict
    <Parallel.NOT: 'not'>
    """
    if len(places) < MIN_PERIODS or min(treated.n, other.n) < MIN_ARM:
        return PreTrend(Parallel.UNKNOWN)
    one = unit * slope_unit(places)
    effect = (Fraction(treated.total, treated.n) - Fraction(other.total, other.n)) / one
    parts = [(float(arm.variance / arm.n / one**2), arm.n - 1) for arm in (treated, other)]
    found = interval(effect=effect, parts=parts)
    return PreTrend(Parallel.NOT if found.is_told_from_nothing else Parallel.ENOUGH, found)
