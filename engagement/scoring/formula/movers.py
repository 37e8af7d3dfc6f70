"""Who of a segment moved between two runs: everybody in either run is in exactly one group.

All in whole millionths of a score. Whoever is in the segment in both runs rose, fell, stayed, became silent or came
back; whoever is in one of them joined or left. So rose + fell + stayed + silent + back + joined are the members after,
and members before + joined − left are the members after, always.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray
from engagement.scoring.formula.falls import ABSENT

Mask = NDArray[np.bool_]


class Movement(IntEnum):
    """What became of somebody; silence and coming back are said before rising and falling."""

    ROSE = 0
    FELL = 1
    STAYED = 2
    SILENT = 3  # points above 0 then, no counted action now
    BACK = 4  # no counted action then, points above 0 now
    JOINED = 5
    LEFT = 6


@dataclass(frozen=True, eq=False, slots=True)
class Standing:
    """Those whom one run scored; row i is one customer in every array (n,), `numbers` rise.

    `points` in any unit, `scores` in millionths, `active` with any counted action, `member` of the segment.
    """

    numbers: IntArray
    points: IntArray
    scores: IntArray
    active: Mask
    member: Mask


@dataclass(frozen=True, eq=False, slots=True)
class Moved:
    """Everybody who is a member in either run, by rising number; scores ABSENT where the run did not score them."""

    numbers: IntArray
    movements: IntArray
    before: IntArray
    after: IntArray

    @property
    def tally(self) -> tuple[int, ...]:
        """How many of each `Movement`, in its order."""
        return tuple(int(n) for n in np.bincount(self.movements, minlength=len(Movement)))

    @property
    def changes(self) -> IntArray:
        """After − before in millionths; 0 for those whom one of the runs did not score."""
        known = (self.before != ABSENT) & (self.after != ABSENT)
        found: IntArray = np.where(known, self.after - self.before, 0)
        return found

    def largest(self, *, rising: bool, limit: int) -> IntArray:
        """The rows of those in both runs who rose most (or fell most), ties by number; only changes that way."""
        stays = self.movements < Movement.JOINED
        way = np.where(stays, self.changes, 0) * (1 if rising else -1)
        order = np.lexsort((self.numbers, -way))[:limit]
        found: IntArray = order[way[order] > 0]
        return found


def moved(*, before: Standing, after: Standing) -> Moved:
    """What became of everybody who is a member in either run.

    Worked example: scores 10, 20, 30 then, of whom the last has nothing now, and 15, 20, 0 now.

    >>> numbers, always = np.array([1, 2, 3]), np.array([True, True, True])
    >>> then = Standing(numbers, np.array([1, 2, 3]), np.array([10, 20, 30]), always, always)
    >>> now = Standing(numbers, np.array([2, 2, 0]), np.array([15, 20, 0]), np.array([True, True, False]), always)
    >>> moved(before=then, after=now).tally
    (1, 0, 1, 1, 0, 0, 0)
    """
    numbers = np.union1d(before.numbers[before.member], after.numbers[after.member])
    old, new = (_aligned(standing, numbers) for standing in (before, after))
    both = old.member & new.member
    silent = both & (old.points > 0) & ~new.active
    back = both & ~old.active & (new.points > 0)
    found = np.select(
        [silent, back, both & (new.scores > old.scores), both & (new.scores < old.scores), both, new.member],
        [Movement.SILENT, Movement.BACK, Movement.ROSE, Movement.FELL, Movement.STAYED, Movement.JOINED],
        default=Movement.LEFT,
    )
    return Moved(numbers, found.astype(np.int64), old.scores, new.scores)


def _aligned(standing: Standing, numbers: IntArray) -> Standing:
    """The same for these customers; nobody the run did not score is a member, active or has points."""
    if not len(standing.numbers):
        nothing, nobody = np.zeros(len(numbers), dtype=np.int64), np.zeros(len(numbers), dtype=np.bool_)
        return Standing(numbers, nothing, np.full(len(numbers), ABSENT, dtype=np.int64), nobody, nobody)
    at = np.minimum(np.searchsorted(standing.numbers, numbers), len(standing.numbers) - 1)
    known = standing.numbers[at] == numbers
    return Standing(
        numbers,
        np.where(known, standing.points[at], 0),
        np.where(known, standing.scores[at], ABSENT),
        known & standing.active[at],
        known & standing.member[at],
    )
