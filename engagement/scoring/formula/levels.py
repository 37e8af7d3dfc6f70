"""Full points that keep the level: other weights, and yet the same total score."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import count
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import exact_sum
from engagement.scoring.formula.points import customer_scores
from engagement.scoring.formula.ranks import Distribution
from engagement.scoring.formula.weights import FULL_SCORE_MILLIONTHS, NO_CAP, Weights

# Why no full points give the level: nobody scores now, too few have points above 0, the largest are not enough, or
# segments with weights of their own have as much without the others.
Obstacle = Literal["", "no_score", "too_few_points", "out_of_range", "own_weights"]
_ONE_DAY: Final = 1  # whatever a weight set needs besides full points


@dataclass(frozen=True, slots=True)
class KeptLevel:
    """Full points in thousandths whose total score comes closest to the wanted one, and that total in millionths.

    `full_points_thousandths` is None where there are none, with the `obstacle`; the total is then the closest there is.
    """

    full_points_thousandths: int | None
    total_score_millionths: int
    is_exact: bool
    obstacle: Obstacle = ""


def total_score(*, distribution: Distribution, full_points_thousandths: int, scale: int) -> int:
    """Σ over customers of the rounded score, in millionths; never rises as full points rise.

    `distribution` of points in thousandths × scale; who is not in it scores 0. Full points as `Weights` takes them.
    """
    weights = Weights(
        weight_thousandths=np.array([1], dtype=np.int64),
        caps=np.array([NO_CAP], dtype=np.int64),
        full_points_thousandths=full_points_thousandths,
        window_days=_ONE_DAY,
        half_life_days=None if scale == 1 else _ONE_DAY,
    )
    above = distribution.values > 0
    scores = customer_scores(points=distribution.values[above], weights=weights)
    return exact_sum(scores * distribution.counts[above])  # at most 10⁸ × the customers with one value


def keep_level(
    *,
    distribution: Distribution,
    wanted_millionths: int,
    most_thousandths: int,
    scale: int,
    fixed_millionths: int = 0,
) -> KeptLevel:
    """Full points from 0.001 to `most_thousandths` whose total score is closest to `wanted_millionths`, exactly.

    The total falls with full points, so halving finds the largest ones that reach the wanted total; the next ones miss
    it, and the closer of the two wins (the former where both are as close). Of all full points with that same total,
    the roundest number is given: 120 rather than 119.999. `fixed_millionths` is what customers give to the total who
    are not in the distribution and whom these full points do not move.

    >>> two = Distribution(np.array([10_000, 20_000]), np.array([1, 1]))
    >>> keep_level(distribution=two, wanted_millionths=75_000_000, most_thousandths=10**8, scale=1)
    KeptLevel(full_points_thousandths=40000, total_score_millionths=75000000, is_exact=True, obstacle='')
    """
    wanted = wanted_millionths - fixed_millionths
    if fixed_millionths and wanted <= 0:
        lowest = total_score(distribution=distribution, full_points_thousandths=most_thousandths, scale=scale)
        return KeptLevel(None, lowest + fixed_millionths, is_exact=False, obstacle="own_weights")
    kept = _kept(distribution, wanted, most_thousandths, scale)
    return replace(kept, total_score_millionths=kept.total_score_millionths + fixed_millionths)


def _kept(distribution: Distribution, wanted_millionths: int, most_thousandths: int, scale: int) -> KeptLevel:
    @cache
    def at(full_points: int) -> int:
        return total_score(distribution=distribution, full_points_thousandths=full_points, scale=scale)

    exactly = _Unrounded(distribution, scale)
    if wanted_millionths <= 0:
        return KeptLevel(None, 0, is_exact=False, obstacle="no_score")
    if not exactly.surely_reaches(1, wanted_millionths) and at(1) < wanted_millionths:
        return KeptLevel(None, at(1), is_exact=False, obstacle="too_few_points")
    if exactly.may_reach(most_thousandths, wanted_millionths + 1) and at(most_thousandths) > wanted_millionths:
        return KeptLevel(None, at(most_thousandths), is_exact=False, obstacle="out_of_range")

    def last_reaching(total: int) -> int:
        """The largest full points with at least that total."""
        low = _last(lambda full: exactly.surely_reaches(full, total), 1, most_thousandths)
        high = _last(lambda full: exactly.may_reach(full, total), low, most_thousandths)
        return _last(lambda full: at(full) >= total, low, high)

    reaching = last_reaching(wanted_millionths)
    best = at(reaching)
    if reaching < most_thousandths and wanted_millionths - (missing := at(reaching + 1)) < best - wanted_millionths:
        best, reaching = missing, last_reaching(missing)
    first = last_reaching(best + 1) + 1 if at(1) > best else 1
    return KeptLevel(_roundest(first, reaching), best, is_exact=best == wanted_millionths)


def proportional_full_points(*, now_thousandths: int, before: int, after: int) -> int | None:
    """Full points × Σ new points / Σ old points, half up, in thousandths; None where a sum is not above 0.

    The simple rule: right where all weights grew by one factor, a guess elsewhere.
    """
    if before <= 0 or after <= 0:
        return None
    return int(Fraction(2 * now_thousandths * after + before, 2 * before))


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The largest number of low…high for which it holds, if it holds up to some number and not beyond; else `low`."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _roundest(low: int, high: int) -> int:
    """The number of low…high with the fewest digits before its zeros."""
    steps: Iterator[int] = (10 ** (len(str(high)) - power) for power in count())
    return next(high // step * step for step in steps if high // step * step >= low)


class _Unrounded:
    """The total without rounding each score, from running sums: it differs by at most half a millionth each."""

    def __init__(self, distribution: Distribution, scale: int) -> None:
        above = distribution.values > 0
        self.values, counts = distribution.values[above], distribution.counts[above]
        self.customers = np.concatenate([[0], np.cumsum(counts)])
        self.points: NDArray[Any] = np.concatenate([[0], np.cumsum(_products(self.values, counts))])
        self.n, self.scale = int(self.customers[-1]), scale

    def surely_reaches(self, full_points: int, total: int) -> bool:
        return self._reaches(full_points, 2 * total + self.n)

    def may_reach(self, full_points: int, total: int) -> bool:
        return self._reaches(full_points, 2 * total - self.n)

    def _reaches(self, full_points: int, doubled: int) -> bool:
        full = full_points * self.scale
        place = int(np.searchsorted(self.values, full))
        at_full = self.n - int(self.customers[place])
        return 2 * FULL_SCORE_MILLIONTHS * (int(self.points[place]) + at_full * full) >= doubled * full


def _products(values: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[Any]:
    """Value · count; as Python integers where their sum could pass 64 bits."""
    largest = int(values[-1]) if len(values) else 0
    return values * counts if largest * int(counts.sum()) < 2**63 else values.astype(object) * counts
