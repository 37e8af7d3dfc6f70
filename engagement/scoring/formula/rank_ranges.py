"""Which ranks the data leaves open, when several groups of customers are measured with one yardstick.

A rank range of a group runs from 1 + the number of groups surely above it to n − the number surely below it. "Surely"
is said of all pairs at once: with a chance of at least 1 − `LEVEL` (95 %) not one of them is wrong, and then every
group's true rank lies in its range, ties counted either way (the idea: Mogstad, Romano, Shaikh and Wilhelm, "Inference
for ranks", 2024, simultaneous sets from pairwise differences).

For every ordered pair (i, j) that can be tested, H: "i is not above j" has the one-sided p of Welch's difference of two
independent means, t = (x̄_i − x̄_j) ÷ √(v_i + v_j), v = s² ÷ n, with
(v_i + v_j)² ÷ (v_i² ÷ (n_i − 1) + v_j² ÷ (n_j − 1)) degrees of freedom, taken down to an even number and to
`MOST_DEGREES` at most: both make it harder to be sure. Holm's method then goes through the p from the smallest: the
k-th of M (from 0) is surely so while it is ≤ LEVEL ÷ (M − k), and the first that is not ends it. That holds whatever
the tests have to do with each other, and counts a wrong direction as the error it is.

A group may be known from one side only: where something that would add to its mean is not measured, the mean is at
least what was measured (`open_above`); where something that would take from it is not, at most (`open_below`). Then
nothing is surely above the former, nor surely below the latter, by these numbers, and such pairs are not tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engagement.scoring.formula.distributions import EXACT, as_decimal, root, t_above

LEVEL: Final = Fraction(1, 20)  # the chance, at most, that any of all pairs is said wrongly
MOST_DEGREES: Final = 120  # beyond, Student's t hardly differs from the normal distribution
FEWEST: Final = 3  # a variance of two degrees of freedom at least


@dataclass(frozen=True, slots=True)
class GroupMean:
    """The mean of n values by exact sums: Σ v and Σ v², in any unit that all groups share; n ≥ 3."""

    n: int
    total: int
    squares: int
    open_above: bool = False
    open_below: bool = False

    @property
    def mean(self) -> Fraction:
        return Fraction(self.total, self.n)

    @property
    def variance(self) -> Fraction:
        """Of the mean: s² ÷ n."""
        return Fraction(self.n * self.squares - self.total**2, self.n**2 * (self.n - 1))


@dataclass(frozen=True, slots=True)
class RankRange:
    """The best and the worst rank that the data leaves open, 1…n."""

    best: int
    worst: int


def rank_ranges(groups: Sequence[GroupMean], *, level: Fraction = LEVEL) -> tuple[RankRange, ...]:
    """The range of each group, in their order; all of them hold together with a chance of at least 1 − level.

    Raises ValueError for a group of fewer than three values.

    >>> high, low = GroupMean(100, 9_000, 819_900), GroupMean(100, 5_000, 259_900)  # 90 and 50, s about 10
    >>> rank_ranges([low, high, low])
    (RankRange(best=2, worst=3), RankRange(best=1, worst=1), RankRange(best=2, worst=3))
    """
    if any(group.n < FEWEST for group in groups):
        raise ValueError(f"a group has at least {FEWEST} values")
    above, below = [0] * len(groups), [0] * len(groups)
    for upper, lower in surely_above(groups, level=level):
        above[lower] += 1
        below[upper] += 1
    return tuple(RankRange(1 + more, len(groups) - less) for more, less in zip(above, below, strict=True))


def surely_above(groups: Sequence[GroupMean], *, level: Fraction = LEVEL) -> Iterator[tuple[int, int]]:
    """The pairs (i, j) of places of which i is surely above j, the surest first: Holm's method over all of them."""
    tested = [
        (upper, lower)
        for upper in range(len(groups))
        for lower in range(len(groups))
        if upper != lower and not groups[upper].open_below and not groups[lower].open_above
    ]
    # Whoever is not even above by the numbers has p ≥ 1/2 and is never reached.
    chances = sorted(
        (chance_not_above(groups[upper], groups[lower]), upper, lower)
        for upper, lower in tested
        if groups[upper].mean > groups[lower].mean
    )
    for place, (chance, upper, lower) in enumerate(chances):
        if chance > as_decimal(level / (len(tested) - place)):
            return
        yield upper, lower


def chance_not_above(one: GroupMean, other: GroupMean) -> Decimal:
    """The one-sided p of "one is not above other": 0…1; 0 or 1 where neither varies at all."""
    difference, together = one.mean - other.mean, one.variance + other.variance
    if together == 0:
        return Decimal(0) if difference > 0 else Decimal(1)
    t = EXACT.divide(as_decimal(difference), root(together))
    return t_above(t, degrees=_degrees(one, other))


def _degrees(one: GroupMean, other: GroupMean) -> int:
    """Welch's, taken down to an even number from 2 to `MOST_DEGREES`."""
    apart = one.variance**2 / (one.n - 1) + other.variance**2 / (other.n - 1)
    degrees = int((one.variance + other.variance) ** 2 / apart)
    return max(2, min(degrees, MOST_DEGREES) // 2 * 2)
