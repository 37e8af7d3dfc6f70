"""What the members of a segment would score if they did some actions more often: the exact score function.

The assumption: who does an action already does it more, everybody by the same factor; nobody begins to. Counts are
taken in millionths of an occurrence, so that 1.3 times one visit is 1.3 visits: what comes on average, not what one
customer can do. Caps and full points hold as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula import Weights, customer_scores
from engagement.scoring.formula.previews import capped_counts
from engagement.scoring.formula.weights import DECAY_SCALE, SCORE_SCALE, WEIGHT_SCALE

ONE: Final = 1_000  # factors are whole thousandths
_HALF: Final = 32
Column = NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True)
class Scorers:
    """Members who are scored with one set of weights: `rows` of the columns (everybody: no copy), and the weights."""

    rows: NDArray[np.int64] | slice
    weights: Weights


@dataclass(frozen=True, eq=False, slots=True)
class Crowd:
    """The members of a segment with their counts, one column per action, each (n,); `unit` makes millionths of one.

    Columns keep the narrow types they are stored in: a million members are some 20 MB.
    """

    columns: tuple[Column, ...]
    unit: int
    scorers: tuple[Scorers, ...]
    n: int

    def occurrences(self, place: int) -> Fraction:
        """Of one action, per member."""
        return Fraction(int(self.columns[place].sum(dtype=np.int64)) * self.unit, DECAY_SCALE * self.n)

    def is_lever(self, place: int) -> bool:
        """Whether more of the action gives somebody points."""
        done = bool(self.columns[place].any())
        return done and any(int(one.weights.weight_thousandths[place]) > 0 for one in self.scorers)

    def value(self, factors: Mapping[int, int], *, measure: str) -> Fraction:
        """The score, or the points per customer, with some actions' counts times factors (thousandths), by place."""
        return self.varying(range(len(self.columns)), measure=measure)(factors)

    def varying(self, places: Collection[int], *, measure: str) -> Callable[[Mapping[int, int]], Fraction]:
        """The same as a function of the factors of these places alone: what the others give is counted once."""
        others = [place for place in range(len(self.columns)) if place not in places]
        still = [(one, self._points(one, others, {})) for one in self.scorers]
        unit = SCORE_SCALE if measure == "score" else WEIGHT_SCALE * DECAY_SCALE

        def value(factors: Mapping[int, int]) -> Fraction:
            total = sum(_total(one, points + self._points(one, places, factors), measure) for one, points in still)
            return Fraction(total, unit * self.n)

        return value

    def _points(self, one: Scorers, places: Iterable[int], factors: Mapping[int, int]) -> NDArray[np.int64]:
        """What some actions give each member who is scored so."""
        points: NDArray[np.int64] = np.zeros(self.n if isinstance(one.rows, slice) else len(one.rows), dtype=np.int64)
        for place in places:
            weight = int(one.weights.weight_thousandths[place])
            if weight:
                counts = self.columns[place][one.rows].astype(np.int64)
                counts *= np.int64(self.unit * factors.get(place, ONE))
                counts //= ONE
                points += capped_counts(counts=counts, cap=int(one.weights.cap_units[place])) * np.int64(weight)
        return points


def _total(one: Scorers, points: NDArray[np.int64], measure: str) -> int:
    if measure == "score":
        return int(customer_scores(points=points, weights=one.weights).sum(dtype=np.int64))
    # A sum of points may not fit 64 bits, those of its halves do.
    high, low = points >> np.int64(_HALF), points & np.int64((1 << _HALF) - 1)
    return (int(high.sum(dtype=np.int64)) << _HALF) + int(low.sum(dtype=np.int64))


def crowd_of(*, columns: Sequence[Column], variant: NDArray[np.int64], weights: Sequence[Weights]) -> Crowd:
    """A segment's members from the columns of their counts, in the unit of the weights, and which weights each has.

    Ten visits at a weight of 1 and full points 20 are a score of 50; half as many again are 75:

    >>> plain = Weights(np.array([1000]), np.array([2**63 - 1]), 20_000, 90)
    >>> crowd = crowd_of(columns=[np.array([10])], variant=np.array([0]), weights=[plain])
    >>> crowd.value({}, measure="score"), crowd.value({0: 1500}, measure="score")
    (Fraction(50, 1), Fraction(75, 1))
    """
    scale = weights[0].scale
    scorers = tuple(
        Scorers(_rows(variant == code), replace(one, half_life_days=one.half_life_days or 1))
        for code, one in enumerate(weights)
        if bool((variant == code).any())
    )
    return Crowd(tuple(columns), DECAY_SCALE // scale, scorers, len(variant))


def _rows(are_so: NDArray[np.bool_]) -> NDArray[np.int64] | slice:
    return slice(None) if are_so.all() else np.flatnonzero(are_so)
