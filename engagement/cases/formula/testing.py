"""Tests with arms: whether customers were split as planned, how far the arms differ, how many customers it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, sqrt
from typing import Final

from scipy.special import chdtrc, ndtri

from engagement.cases.formula.paired import MIN_ARM, Estimate, interval
from engagement.scoring.formula.counts import IntArray, exact_sum
from engagement.scoring.formula.falls import share_95
from engagement.scoring.formula.uncertainty import sum_of_squares

RATIO_LIMIT: Final = 0.001
"""A split as unlikely as this under the plan is taken for a fault of the test and not for chance."""
_POWER: Final = 0.8  # the chance of seeing a difference that is there
_Z: Final = float(ndtri(0.975)) + float(ndtri(_POWER))


@dataclass(frozen=True, slots=True)
class RatioCheck:
    """How likely a split at least as far from the plan is, were the plan carried out; exact χ², p an estimate."""

    chi_square: Fraction
    p: float

    @property
    def is_as_planned(self) -> bool:
        return self.p >= RATIO_LIMIT


def sample_ratio(*, counts: Sequence[int], shares: Sequence[int]) -> RatioCheck:
    """Pearson's χ² of the customers found in each arm against the planned shares (any whole numbers above 0).

    ValueError without customers, or with fewer than two arms.

    >>> found = sample_ratio(counts=[5000, 5200], shares=[1, 1])
    >>> round(float(found.chi_square), 4), round(found.p, 4), found.is_as_planned
    (3.9216, 0.0477, True)
    """
    total, whole = sum(counts), sum(shares)
    if total == 0 or len(counts) < MIN_ARM or len(counts) != len(shares):
        raise ValueError("a split needs customers and at least two arms")
    planned = [Fraction(total * share, whole) for share in shares]
    chi_square = sum(
        ((count - wanted) ** 2 / wanted for count, wanted in zip(counts, planned, strict=True)), Fraction(0)
    )
    return RatioCheck(chi_square, float(chdtrc(len(counts) - 1, float(chi_square))))


@dataclass(frozen=True, slots=True)
class ArmValues:
    """One arm of a mean: customers, Σ and Σ² of the measure in whole units; chunks are added up."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: ArmValues) -> ArmValues:
        return ArmValues(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def variance(self) -> Fraction:
        return Fraction(self.n * self.squares - self.total**2, self.n * (self.n - 1))


def arm_values(values: IntArray) -> ArmValues:
    """The sums of one chunk of an arm."""
    return ArmValues(len(values), exact_sum(values), sum_of_squares(values))


def difference_of_means(*, arm: ArmValues, base: ArmValues, unit: int) -> Estimate | None:
    """Mean of an arm − mean of the first arm, with Welch's interval; None with fewer than two customers in one.

    >>> one, two = ArmValues(4, 16, 72), ArmValues(4, 8, 24)   # means 4 and 2, both with s² = 8 ÷ 3
    >>> found = difference_of_means(arm=one, base=two, unit=1)
    >>> found.effect, round(found.error, 4)
    (Fraction(2, 1), 1.1547)
    """
    if min(arm.n, base.n) < MIN_ARM:
        return None
    effect = (Fraction(arm.total, arm.n) - Fraction(base.total, base.n)) / unit
    parts = [(float(one.variance / one.n / unit**2), one.n - 1) for one in (arm, base)]
    return interval(effect=effect, parts=parts)


@dataclass(frozen=True, slots=True)
class ArmShare:
    """One arm of a share: customers, and how many of them did it."""

    n: int = 0
    did: int = 0

    def __add__(self, other: ArmShare) -> ArmShare:
        return ArmShare(self.n + other.n, self.did + other.did)


def difference_of_shares(*, arm: ArmShare, base: ArmShare) -> Estimate | None:
    """Share of an arm − share of the first arm, 0…1, by Newcombe's hybrid of Wilson's intervals; None without anybody.

    low = d − √((p₁ − l₁)² + (u₂ − p₂)²), high = d + √((u₁ − p₁)² + (p₂ − l₂)²), l and u Wilson's ends (Newcombe 1998,
    method 10). Good near 0 and 1 and for few customers, where the usual one is not.

    >>> found = difference_of_shares(arm=ArmShare(70, 56), base=ArmShare(80, 48))   # Newcombe's own example
    >>> round(float(found.effect), 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if not arm.n or not base.n:
        return None
    one, two = Fraction(arm.did, arm.n), Fraction(base.did, base.n)
    low_1, high_1 = share_95(part=arm.did, whole=arm.n)
    low_2, high_2 = share_95(part=base.did, whole=base.n)
    effect = one - two
    below = sqrt(float((one - low_1) ** 2 + (high_2 - two) ** 2))
    above = sqrt(float((high_1 - one) ** 2 + (two - low_2) ** 2))
    error = sqrt(float(one * (1 - one) / arm.n + two * (1 - two) / base.n))
    return Estimate(effect, error, float(effect) - below, float(effect) + above)


def customers_needed(*, spread: float, difference: float) -> int:
    """How many customers each of two equal arms takes to see a difference with a chance of 80 %, at 95 %.

    n = 2 · (z₀.₉₇₅ + z₀.₈)² · spread² ÷ difference², rounded up; `spread` is one customer's standard deviation.
    ValueError for a difference of nothing.

    >>> customers_needed(spread=30, difference=3)
    1570
    """
    if difference == 0:
        raise ValueError("a difference of nothing is never seen")
    return max(MIN_ARM, ceil(2 * (_Z * spread / difference) ** 2))


def difference_detectable(*, spread: float, customers: int) -> float:
    """The smallest difference that two equal arms of so many customers show with a chance of 80 %, at 95 %.

    >>> round(difference_detectable(spread=30, customers=1570), 2)
    3.0
    """
    if customers < MIN_ARM:
        raise ValueError("an arm needs at least two customers")
    return _Z * spread * sqrt(2 / customers)
