"""How points are distributed, and whether two weight sets put the customers into the same order.

The measure is Spearman's: the correlation of mid-ranks, which treats ties (and there are many: everybody with three
visits) as one place. Kendall's tau-b counts pairs, which takes n log n in a loop of its own; mid-ranks come from one
count or one sort, so a million customers take milliseconds. Ranks are kept as whole numbers: twice the mid-rank less
n + 1, which lies between −n and n and adds up to 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray, exact_sum

_ROOTS: Final = Context(prec=60)
_PLACES: Final = Decimal("0.000001")
# Up to so many possible values are counted (32 MB), and only where there are not many more of them than customers;
# else the customers are sorted.
_COUNTED_VALUES: Final = 2**22
_VALUES_PER_CUSTOMER: Final = 16


@dataclass(frozen=True, eq=False, slots=True)
class Distribution:
    """How many customers have how many points: `values` (k,) rising, `counts` (k,) above 0, in the unit of points."""

    values: IntArray
    counts: IntArray

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    def total(self) -> int:
        """Σ value · count, exact."""
        largest = max((abs(int(end)) for end in self.values[[0, -1]]), default=0) if len(self.values) else 0
        if largest * max(self.n, 1) < 2**63:
            return int(np.dot(self.values, self.counts))
        return sum(value * count for value, count in zip(self.values.tolist(), self.counts.tolist(), strict=True))

    def quantile(self, *, share: Fraction) -> Fraction:
        """The value below which `share` (0…1) of the customers lie, interpolated linearly and exactly.

        Raises ValueError without customers or for another share.
        """
        if not len(self.values) or not 0 <= share <= 1:
            raise ValueError("give at least one value and a share between 0 and 1")
        ends = np.cumsum(self.counts)
        position = share * (self.n - 1)
        below = position.numerator // position.denominator
        places = np.searchsorted(ends, [below, min(below + 1, self.n - 1)], side="right")
        lower, upper = (int(value) for value in self.values[places])
        return lower + (upper - lower) * (position - below)


@dataclass(frozen=True, eq=False, slots=True)
class Ranked:
    """Points in their order: the distribution, and (n,) centred doubled mid-ranks: 2 · rank − (n + 1)."""

    distribution: Distribution
    ranks: IntArray


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Spearman's, −1…1, six places, of `n` customers; `is_same` where nobody changes places, only then is it 1.

    `value` is None where one side puts all customers into one place (or there are fewer than two).
    """

    n: int
    value: Decimal | None
    is_same: bool


def ranked(*, points: IntArray, step: int = 1) -> Ranked:
    """Mid-ranks and distribution of points (n,), ties sharing their middle rank.

    `step` > 0 divides every value (the greatest common divisor of the weights, say): it only makes counting narrower.

    >>> ranked(points=np.array([30, 10, 10])).ranks.tolist()
    [2, -1, -1]
    """
    if not len(points):
        empty = np.zeros(0, dtype=np.int64)
        return Ranked(Distribution(empty, empty), empty)
    low, high = int(points.min()), int(points.max())
    if (high - low) // step < min(_COUNTED_VALUES, _VALUES_PER_CUSTOMER * len(points)):
        return _by_counting(points, low=low, step=step)
    return _by_sorting(points)


def _by_counting(points: IntArray, *, low: int, step: int) -> Ranked:
    places = (points - low) // step if step > 1 else points - low
    counts = np.bincount(places).astype(np.int64)
    ends = np.cumsum(counts)
    found = np.flatnonzero(counts)
    ranks = _centred(starts=ends - counts, ends=ends, n=len(points))[places]
    return Ranked(Distribution(found * step + low, counts[found]), ranks)


def _by_sorting(points: IntArray) -> Ranked:
    order = np.argsort(points)
    ordered = points[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ends = np.append(starts[1:], len(points))
    counts = ends - starts
    ranks = np.empty(len(points), dtype=np.int64)
    ranks[order] = np.repeat(_centred(starts=starts, ends=ends, n=len(points)), counts)
    return Ranked(Distribution(ordered[starts].astype(np.int64), counts), ranks)


def _centred(*, starts: NDArray[np.int64], ends: NDArray[np.int64], n: int) -> IntArray:
    """Ranks starts + 1 … ends have the middle (starts + 1 + ends) / 2; doubled and less n + 1."""
    return starts + ends - n


def rank_correlation(*, before: IntArray, after: IntArray) -> RankCorrelation:
    """ρ = Σ a·b / √(Σ a² · Σ b²) of centred doubled mid-ranks (n,) of the same customers.

    The three sums are exact integers (|a| ≤ n, n up to 3·10⁹); only the root and the quotient are rounded, half even,
    to six places, and 1 or −1 is never a rounded number.

    >>> rank_correlation(before=np.array([-2, 0, 2]), after=np.array([-2, 2, 0])).value
    Decimal('0.500000')
    """
    together, first, second = (exact_sum(a * b) for a, b in ((before, after), (before, before), (after, after)))
    if not first or not second:
        return RankCorrelation(n=len(before), value=None, is_same=False)
    root = _ROOTS.sqrt(_ROOTS.multiply(Decimal(first), Decimal(second)))
    value = _ROOTS.divide(Decimal(together), root).quantize(_PLACES)
    if abs(value) == 1 and together * together != first * second:
        value -= _PLACES.copy_sign(value)
    return RankCorrelation(n=len(before), value=value, is_same=bool(np.array_equal(before, after)))
