"""How much an action has ever risen: occurrences per customer, from one period to a later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median


@dataclass(frozen=True, slots=True)
class Rises:
    """What an action did before, in occurrences per customer.

    `spans` are the changes over `periods` periods, the earliest first, falls negative; `usual` is the median of the
    moves from one period to the next, signs apart, and `high` their 90th percentile, nearest rank.
    """

    periods: int
    spans: tuple[Fraction, ...]
    usual: Fraction | None
    high: Fraction | None

    @property
    def largest(self) -> Fraction | None:
        """The largest rise of all; None where there is none, or only falls."""
        return max((span for span in self.spans if span > 0), default=None)

    def at_least(self, rise: Fraction) -> int:
        """How many of the spans rose by that much or more.

        >>> rises_of([Fraction(1), Fraction(2), Fraction(4)], periods=1).at_least(Fraction(2))
        1
        """
        return sum(span >= rise for span in self.spans)


def rises_of(values: Sequence[Fraction], *, periods: int) -> Rises:
    """The rises of one action over spans of `periods` periods, as far as its past holds any.

    Where it holds none so long, the longest there are: half of the past, so that there are several of them.

    >>> found = rises_of([Fraction(n) for n in (5, 4, 6, 7, 9)], periods=2)
    >>> [int(span) for span in found.spans], found.usual, found.high
    ([1, 3, 3], Fraction(3, 2), Fraction(2, 1))
    """
    span = max(1, min(periods, len(values) // 2))
    moves = sorted(abs(after - before) for before, after in pairwise(values))
    return Rises(
        periods=span,
        spans=tuple(after - before for before, after in zip(values, values[span:], strict=False)),
        usual=median(moves) if moves else None,
        high=moves[-(-9 * len(moves) // 10) - 1] if moves else None,
    )
