"""Customers in up to ten groups by their score, and how many of each had the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula import share_95

GROUPS: Final = 10


@dataclass(frozen=True, slots=True)
class Group:
    """Customers with scores from `lowest` to `highest` (millionths); `expected` is the share the calibration expects.

    `low` and `high` are Wilson's interval of the share.
    """

    n: int
    n_outcome: int
    low: float
    high: float
    lowest: int
    highest: int
    expected: float

    @property
    def share(self) -> float:
        """The share of the group who had the outcome."""
        return self.n_outcome / self.n


def grouped(
    *, scores: NDArray[np.int64], outcome: NDArray[np.bool_], expected: NDArray[np.float64], smallest: int
) -> tuple[Group, ...]:
    """Tenths by score, the lowest first; who has the same score is never parted, so there may be fewer than ten.

    Who has the same score stands where the middle of them does. A group of fewer than `smallest` customers goes to the
    next higher one, the last to the one before. All (k,). Nobody gives no groups.

    >>> found = grouped(scores=np.arange(20), outcome=np.arange(20) < 3, expected=np.full(20, 0.15), smallest=1)
    >>> [(one.n, one.n_outcome) for one in found][:3], len(found)
    ([(2, 2), (2, 1), (2, 0)], 10)
    """
    values, place, n_of = np.unique(scores, return_inverse=True, return_counts=True)
    if not len(values):
        return ()
    twice_middle = 2 * np.cumsum(n_of) - n_of
    tenth = np.minimum(twice_middle * GROUPS // (2 * len(scores)), GROUPS - 1)
    sums = np.column_stack([
        n_of, np.bincount(place, weights=outcome, minlength=len(values)),
        np.bincount(place, weights=expected, minlength=len(values)),
    ])  # fmt: skip
    starts = _starts(tenth, n_of, smallest=smallest)
    ends = [*starts[1:], len(values)]
    return tuple(
        _group(sums[first:end].sum(axis=0), lowest=int(values[first]), highest=int(values[end - 1]))
        for first, end in zip(starts, ends, strict=True)
    )


def _starts(tenth: NDArray[np.int64], n_of: NDArray[np.int64], *, smallest: int) -> list[int]:
    """At which distinct score each group begins."""
    starts, n = [0], 0
    for at in range(len(tenth)):
        if at and tenth[at] != tenth[at - 1] and n >= smallest:
            starts.append(at)
            n = 0
        n += int(n_of[at])
    if len(starts) > 1 and n < smallest:
        starts.pop()
    return starts


def _group(sums: NDArray[np.float64], *, lowest: int, highest: int) -> Group:
    n, n_outcome = int(sums[0]), round(float(sums[1]))
    low, high = share_95(part=n_outcome, whole=n)
    return Group(n, n_outcome, float(low), float(high), lowest, highest, float(sums[2]) / n)
