"""Full points to begin with: what a typical active customer has, as a number a person would choose."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray
from engagement.scoring.formula.ranks import Distribution
from engagement.scoring.formula.weights import MAX_FULL_POINTS_THOUSANDTHS, WEIGHT_SCALE

FullPointsMethod = Literal["median", "p60", "p75", "mean"]
_SHARES: Final[dict[str, Fraction]] = {"median": Fraction(1, 2), "p60": Fraction(3, 5), "p75": Fraction(3, 4)}


def suggest_full_points(
    *, points: IntArray, active: NDArray[np.bool_], method: FullPointsMethod = "median", scale: int = 1
) -> int | None:
    """Median, 60th or 75th percentile or mean of the active customers' points, rounded; in thousandths.

    `points` (n,) thousandths × scale, `active` (n,) as `ScoredCustomers` gives them. Rounded, half up, to two
    digits where that is finer than a point, to a whole point where two digits would be coarser, and to three
    digits from a thousand on: 0.45 · 4.5 · 55 · 115 · 2,350. Always above 0; None when nobody is active, or
    when the typical active customer has no points above 0 (the weights need work first).

    >>> suggest_full_points(points=np.array([20_000, 10_000, 10_000, 0]), active=np.array([1, 1, 1, 0]) > 0)
    10000
    """
    values, counts = np.unique(points[active], return_counts=True)
    return suggest_from(distribution=Distribution(values, counts), method=method, scale=scale)


def suggest_from(*, distribution: Distribution, method: FullPointsMethod = "median", scale: int = 1) -> int | None:
    """The same from how many active customers have how many points."""
    if not distribution.n:
        return None
    if method == "mean":
        typical = Fraction(distribution.total(), distribution.n)
    else:
        typical = distribution.quantile(share=_SHARES[method])
    if typical <= 0:
        return None
    return min(_rounded_thousandths(typical / scale), MAX_FULL_POINTS_THOUSANDTHS)


def _rounded_thousandths(thousandths: Fraction) -> int:
    step = _step_thousandths(thousandths / WEIGHT_SCALE)
    rounded = (2 * thousandths + step) // (2 * step) * step
    return max(rounded, 1)


def _step_thousandths(points: Fraction) -> int:
    """The size of the last digit kept, in thousandths of a point."""
    if points < 1_000:  # noqa: PLR2004 the borders are the rule in the docstring above
        borders = ((10, 1_000), (1, 100), (Fraction(1, 10), 10))
        return next((step for border, step in borders if points >= border), 1)
    whole_digits = len(str(points.numerator // points.denominator))
    return WEIGHT_SCALE * int(10 ** (whole_digits - 3))
