"""From exact sums to a number with its 95 % interval, and whether two of them differ. Intervals are floats: estimates.

A number itself is an exact fraction of whole numbers. The interval speaks of what would come out in a period just like
this one, each customer (or answer) on their own; it knows nothing of seasons, of who answers surveys and who does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from scipy.special import ndtr, stdtr, stdtrit

Z_95: Final = 1.959963984540054
_SURE: Final = 1e-12  # a spread below this share of the value is rounding


@dataclass(frozen=True, slots=True)
class Sums:
    """What a number is made of, all whole numbers. Which of them count depends on the kind of number.

    share, nps, mean: `n` values v with Σv = `total` and Σv² = `squares`. A share's v is 0 or 1, an NPS answer's −1,
    0, 1. ratio: `n` pairs (v, w) with Σv, Σv², and Σw = `weight`, Σw² = `weight_squares`, Σvw = `cross`.
    """

    n: int = 0
    total: int = 0
    squares: int = 0
    weight: int = 0
    weight_squares: int = 0
    cross: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.n + other.n,
            self.total + other.total,
            self.squares + other.squares,
            self.weight + other.weight,
            self.weight_squares + other.weight_squares,
            self.cross + other.cross,
        )

    @property
    def base(self) -> int:
        """What the number is of: values, or of a ratio the sum of its weights."""
        return self.weight or self.n


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, its 95 % interval and its standard error, in the unit of the values; no interval from one value."""

    value: Fraction
    low: float | None
    high: float | None
    error: float | None


def estimate(sums: Sums, *, kind: str) -> Estimate | None:
    """The number of some sums; None where there is nothing to divide by.

    "share": Wilson's interval, which stays within 0 and 1. "nps" and "mean": Student's t with n − 1 degrees, on
    the sample variance (an NPS in −100…100, so its values are −100, 0 and 100). "ratio": Σv ÷ Σw, by the linearised
    variance of a ratio over the n pairs.

    >>> found = estimate(Sums(n=10, total=3, squares=7), kind="nps")  # 5 promoters, 3 passives, 2 detractors
    >>> found.value, round(found.low, 1), round(found.high, 1)
    (Fraction(30, 1), -28.9, 88.9)
    """
    if kind == "ratio":
        return _ratio(sums)
    if sums.n == 0:
        return None
    if kind == "share":
        low, high = wilson_95(successes=sums.total, n=sums.n)
        share = sums.total / sums.n
        return Estimate(Fraction(sums.total, sums.n), low, high, math.sqrt(share * (1 - share) / sums.n))
    unit = 100 if kind == "nps" else 1
    value = Fraction(sums.total * unit, sums.n)
    error = _error(sums)
    if error is None:
        return Estimate(value, None, None, None)
    half = float(stdtrit(sums.n - 1, 0.975)) * error * unit
    low, high = float(value) - half, float(value) + half
    if kind == "nps":
        low, high = max(low, -100.0), min(high, 100.0)
    return Estimate(value, low, high, error * unit)


def _error(sums: Sums) -> float | None:
    """√(s² ÷ n) with the sample variance s²; None for fewer than two values."""
    if sums.n < 2:  # noqa: PLR2004 one value has no spread
        return None
    spread = Fraction(sums.n * sums.squares - sums.total**2, sums.n * sums.n * (sums.n - 1))
    return math.sqrt(spread)


def _ratio(sums: Sums) -> Estimate | None:
    if sums.weight == 0:
        return None
    ratio = Fraction(sums.total, sums.weight)
    if sums.n < 2:  # noqa: PLR2004 one pair has no spread
        return Estimate(ratio, None, None, None)
    spread = sums.squares - 2 * ratio * sums.cross + ratio * ratio * sums.weight_squares
    error = math.sqrt(spread * sums.n / (sums.n - 1)) / sums.weight
    half = float(stdtrit(sums.n - 1, 0.975)) * error
    return Estimate(ratio, float(ratio) - half, float(ratio) + half, error)


def wilson_95(*, successes: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; n ≥ 1.

    >>> [round(end, 4) for end in wilson_95(successes=8, n=10)], [round(end, 4) for end in wilson_95(successes=0, n=10)]
    ([0.4902, 0.9433], [0.0, 0.2775])
    """
    share, square = successes / n, Z_95 * Z_95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == n else min(1.0, middle + half)
    return low, high


def probability_of_no_change(before: Sums, after: Sums, *, kind: str) -> float | None:
    """How likely a difference at least this large is where nothing has changed, two-sided; None where it cannot be
    said.

    Shares: the z test of two proportions with the pooled share. Everything else: Welch's t test of two means, of a
    ratio with its linearised variance. Both take the periods as independent: of customers who are in both, who act
    alike in both, it says "unchanged" rather too often.

    >>> round(probability_of_no_change(Sums(n=100, total=50), Sums(n=100, total=35), kind="share"), 4)
    0.0319
    """
    if kind == "share":
        return _proportions(before, after)
    first, second = estimate(before, kind=kind), estimate(after, kind=kind)
    if first is None or second is None or first.error is None or second.error is None:
        return None
    difference = float(second.value - first.value)
    variance = first.error**2 + second.error**2
    if variance <= (_SURE * max(abs(float(first.value)), abs(float(second.value)), _SURE)) ** 2:
        return 1.0 if difference == 0 else 0.0
    degrees = variance**2 / (first.error**4 / (before.n - 1) + second.error**4 / (after.n - 1))
    return float(2 * stdtr(degrees, -abs(difference) / math.sqrt(variance)))


def _proportions(before: Sums, after: Sums) -> float | None:
    if not before.n or not after.n:
        return None
    pooled = (before.total + after.total) / (before.n + after.n)
    variance = pooled * (1 - pooled) * (1 / before.n + 1 / after.n)
    if variance == 0:
        return 1.0
    return float(2 * ndtr(-abs(after.total / after.n - before.total / before.n) / math.sqrt(variance)))


def customer_value(*, monthly: Fraction, churn: Fraction, months: int, discount_thousandths: int | None) -> Decimal:
    """What a customer is going to bring in over the next `months`, if each month goes on as this one did.

    Σ over k = 1…months of monthly · (1 − churn)^k ÷ (1 + discount a year)^(k ÷ 12). Churn 0…1 is of a month. An
    estimate: it takes every customer for the average one, and has no interval.

    >>> customer_value(monthly=Fraction(10), churn=Fraction(1, 2), months=3, discount_thousandths=None)
    Decimal('8.750000')
    """
    yearly = 1 + (discount_thousandths or 0) / 1_000
    kept = float(1 - churn)
    total = sum(float(monthly) * kept**k / yearly ** (k / 12) for k in range(1, months + 1))
    return Decimal(total).quantize(Decimal("0.000001"))
