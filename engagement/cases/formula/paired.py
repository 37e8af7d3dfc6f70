"""Difference-in-differences of two groups of customers, each customer compared with himself.

effect = (mean after − mean before of the treated) − (the same of the others). A customer is one observation, whatever
he did in between, so what is constant about him cancels and what repeats within him counts once. The sums are exact
integers; error and interval are estimates, floats, rounded where they are written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Final

from scipy.special import stdtrit

from engagement.scoring.formula.counts import IntArray, exact_sum
from engagement.scoring.formula.uncertainty import sum_of_squares

UPPER: Final = 0.975  # the quantile of a two-sided 95 % interval
MIN_ARM: Final = 2  # one customer has no spread


@dataclass(frozen=True, slots=True)
class ArmSums:
    """One group, of those who are there at both moments: how many, Σ before, Σ after and Σ (after − before)².

    Values are whole units of the measure, exact however many there are; chunks are added up.
    """

    n: int = 0
    before: int = 0
    after: int = 0
    squares: int = 0

    def __add__(self, other: ArmSums) -> ArmSums:
        return ArmSums(
            self.n + other.n, self.before + other.before, self.after + other.after, self.squares + other.squares
        )

    @property
    def change(self) -> Fraction:
        """The mean change, in whole units."""
        return Fraction(self.after - self.before, self.n)

    @property
    def variance(self) -> Fraction:
        """Of one customer's change, with n − 1; needs MIN_ARM customers."""
        total = self.after - self.before
        return Fraction(self.n * self.squares - total * total, self.n * (self.n - 1))


@dataclass(frozen=True, slots=True)
class Estimate:
    """An exact effect in the measure's own unit, and how far chance alone may have moved it: an estimate."""

    effect: Fraction
    error: float
    low: float
    high: float

    @property
    def is_told_from_nothing(self) -> bool:
        """Whether 0 lies outside the 95 % interval."""
        return self.low > 0 or self.high < 0


def arm_sums(*, before: IntArray, after: IntArray) -> ArmSums:
    """The sums of one chunk; row i of both arrays is the same customer.

    >>> import numpy as np
    >>> arm_sums(before=np.array([10, 20]), after=np.array([15, 19]))
    ArmSums(n=2, before=30, after=34, squares=26)
    """
    return ArmSums(len(before), exact_sum(before), exact_sum(after), sum_of_squares(after - before))


def interval(*, effect: Fraction, parts: list[tuple[float, int]]) -> Estimate:
    """The 95 % interval of a sum of independent means, after Welch and Satterthwaite.

    `parts` are the variances of the means with their degrees of freedom. Without any spread the interval is a point.
    """
    variance = sum(part for part, _degrees in parts)
    if variance <= 0:
        return Estimate(effect, 0.0, float(effect), float(effect))
    degrees = variance**2 / sum(part**2 / free for part, free in parts if part > 0)
    half = float(stdtrit(degrees, UPPER)) * sqrt(variance)
    return Estimate(effect, sqrt(variance), float(effect) - half, float(effect) + half)


def difference_in_differences(*, treated: ArmSums, other: ArmSums, unit: int) -> Estimate | None:
    """What the treated changed by beyond the others, in the measure's own unit; None with fewer than two in a group.

    `unit` is how many whole units make one of the measure: 1,000,000 of a score. error² = s²(treated) ÷ n + s²(others)
    ÷ n, of the customers' own changes; the interval takes Welch's degrees of freedom, so the groups may spread
    differently.

    >>> same = ArmSums(n=4, before=0, after=8, squares=20)   # changes 1, 1, 3, 3: s² = 4 ÷ 3
    >>> none = ArmSums(n=4, before=0, after=4, squares=8)    # changes 0, 0, 2, 2
    >>> found = difference_in_differences(treated=same, other=none, unit=1)
    >>> found.effect, round(found.error, 4), round(found.low, 3), round(found.high, 3)
    (Fraction(1, 1), 0.8165, -0.998, 2.998)
    """
    if min(treated.n, other.n) < MIN_ARM:
        return None
    parts = [(float(arm.variance / arm.n / unit**2), arm.n - 1) for arm in (treated, other)]
    return interval(effect=(treated.change - other.change) / unit, parts=parts)
