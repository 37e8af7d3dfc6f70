"""What the members of a segment would score if they did some actions more often: the exact score function.

The assumption: who does an action already does it more, everybody by the same factor; nobody begins to. Counts are
taken in millionths of an occurrence, so that 1.3 times one visit is 1.3 visits: what comes on average, not what one
customer can do. Caps and full points hold as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula import Weights, customer_scores
from engagement.scoring.formula.previews import capped_counts
from engagement.scoring.formula.weights import DECAY_SCALE, SCORE_SCALE, WEIGHT_SCALE

ONE: Final = 1_000  # factors are whole thousandths
Column = NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True)
class Scorers:
    """Members who are scored with one set of weights: `rows` of the columns, and the weights."""

    rows: NDArray[np.int64]
    weights: Weights


@dataclass(frozen=True, eq=False, slots=True)
class Crowd:
    """The members of a segment with their counts in millionths, one column per action, each (n,)."""

    columns: tuple[Column, ...]
    scorers: tuple[Scorers, ...]
    n: int

    def occurrences(self, place: int) -> Fraction:
        """Of one action, per member."""
        return Fraction(int(self.columns[place].sum(dtype=np.int64)), DECAY_SCALE * self.n)

    def is_lever(self, place: int) -> bool:
        """Whether more of the action gives somebody points."""
        done = bool(self.columns[place].any())
        return done and any(int(one.weights.weight_thousandths[place]) > 0 for one in self.scorers)

    def value(self, factors: Mapping[int, int], *, measure: str) -> Fraction:
        """The score, or the points per customer, with some actions' counts times factors (thousandths), by place."""
        total = sum(self._total(one, factors, measure) for one in self.scorers)
        unit = SCORE_SCALE if measure == "score" else WEIGHT_SCALE * DECAY_SCALE
        return Fraction(total, unit * self.n)

    def _total(self, one: Scorers, factors: Mapping[int, int], measure: str) -> int:
        points = np.zeros(len(one.rows), dtype=np.int64)
        for place, column in enumerate(self.columns):
            weight = int(one.weights.weight_thousandths[place])
            if weight:
                counts = column[one.rows] * np.int64(factors.get(place, ONE)) // ONE
                points += capped_counts(counts=counts, cap=int(one.weights.cap_units[place])) * np.int64(weight)
        if measure == "score":
            points = customer_scores(points=points, weights=one.weights)
        return int(points.sum(dtype=np.int64)) if measure == "score" else sum(points.tolist())


def crowd_of(*, columns: Sequence[Column], variant: NDArray[np.int64], weights: Sequence[Weights]) -> Crowd:
    """A segment's members from the columns of their counts, in the unit of the weights, and which weights each has.

    Ten visits at a weight of 1 and full points 20 are a score of 50; half as many again are 75:

    >>> plain = Weights(np.array([1000]), np.array([2**63 - 1]), 20_000, 90)
    >>> crowd = crowd_of(columns=[np.array([10])], variant=np.array([0]), weights=[plain])
    >>> crowd.value({}, measure="score"), crowd.value({0: 1500}, measure="score")
    (Fraction(50, 1), Fraction(75, 1))
    """
    scale = weights[0].scale
    fine = tuple(column.astype(np.int64) * (DECAY_SCALE // scale) for column in columns)
    scorers = tuple(
        Scorers(np.flatnonzero(variant == code), replace(one, half_life_days=one.half_life_days or 1))
        for code, one in enumerate(weights)
        if bool((variant == code).any())
    )
    return Crowd(fine, scorers, len(variant))
