"""How often who had the outcome had the lower score: AUC by Mann and Whitney, its interval by DeLong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

_NORMAL: Final = NormalDist()
Z_95: Final = _NORMAL.inv_cdf(0.975)
CHANCE: Final = 0.5
_HALVINGS: Final = 60

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """An AUC, its interval, the two-sided chance of one so far from ½ by chance, and the placements it rests on.

    `with_outcome` (m,): of each who had the outcome, the share of those without it who had a higher score, ties
    counting half. `without` (n,): of each without it, the share of those with it who had a lower score. Both in the
    customers' order; the mean of either is the AUC.
    """

    auc: Estimate
    chance: float
    with_outcome: NDArray[np.float64]
    without: NDArray[np.float64]


def ranking(*, scores: Whole, outcome: Mask) -> Ranking:
    """The AUC of low scores: of two customers, one with the outcome, how often that one had the lower score.

    Formula: AUC = (#pairs with the lower score + ½ #ties) ÷ (m · n), an exact fraction until it is divided. Its
    variance is DeLong's, var(with_outcome) ÷ m + var(without) ÷ n; the interval is taken on the scale of logits and
    carried back, so it stays within 0…1. Where the variance is 0 (no pair the other way round) it is Newcombe's, which
    is never empty.
    `scores` (k,) whole, `outcome` (k,). Raises ValueError without anybody on one of the two sides.

    Three customers who left with 10, 20 and 30, two who stayed with 20 and 40: of six pairs 4 and a tie, 0.75.

    >>> found = ranking(scores=np.array([10, 20, 30, 20, 40]), outcome=np.array([True, True, True, False, False]))
    >>> round(found.auc.value, 4), found.with_outcome.tolist()
    (0.75, [1.0, 0.75, 0.5])
    """
    values, place = np.unique(scores, return_inverse=True)
    having = np.bincount(place[outcome], minlength=len(values)).astype(np.int64)
    lacking = np.bincount(place[~outcome], minlength=len(values)).astype(np.int64)
    m, n = int(having.sum()), int(lacking.sum())
    if not m or not n:
        raise ValueError("an AUC takes somebody with the outcome and somebody without it")
    twice_above = 2 * (n - np.cumsum(lacking)) + lacking
    twice_below = 2 * (np.cumsum(having) - having) + having
    auc = int((having * twice_above).sum()) / (2 * m * n)
    first = (twice_above / (2 * n))[place[outcome]]
    second = (twice_below / (2 * m))[place[~outcome]]
    variance = _variance(first) + _variance(second)
    interval = _interval(auc, variance=variance, m=m, n=n)
    return Ranking(Estimate(auc, *interval), _chance(auc, variance=variance), first, second)


def _variance(placements: NDArray[np.float64]) -> float:
    """Of a mean of placements."""
    return float(np.var(placements, ddof=1)) / len(placements) if len(placements) > 1 else 0.0


def _interval(auc: float, *, variance: float, m: int, n: int) -> tuple[float, float]:
    if variance <= 0 or not 0 < auc < 1:
        return _newcombe(auc, m=m, n=n)
    centre, half = log(auc / (1 - auc)), Z_95 * sqrt(variance) / (auc * (1 - auc))
    return _from_logit(centre - half), _from_logit(centre + half)


def _from_logit(value: float) -> float:
    return 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))


def _chance(auc: float, *, variance: float) -> float:
    """On the same scale as the interval, so that the two never disagree."""
    if not 0 < auc < 1:
        return 0.0
    error = sqrt(variance) / (auc * (1 - auc))
    if error == 0:
        return 1.0 if auc == CHANCE else 0.0
    return 2 * (1 - _NORMAL.cdf(abs(log(auc / (1 - auc))) / error))


def _newcombe(auc: float, *, m: int, n: int) -> tuple[float, float]:
    """Where the AUC would lie z errors from what was found, errors by Newcombe's method 5 (2006)."""

    def is_far(true: float) -> bool:
        middle = (m + n) / 2 - 1
        spread = 1 + middle * (1 - true) / (2 - true) + middle * true / (1 + true)
        return abs(auc - true) >= Z_95 * sqrt(true * (1 - true) * spread / (m * n))

    return (
        auc if auc == 0 else _end(is_far, outer=0.0, inner=auc),
        auc if auc == 1 else _end(is_far, outer=1.0, inner=auc),
    )


def _end(is_far: Callable[[float], bool], *, outer: float, inner: float) -> float:
    for _step in range(_HALVINGS):
        middle = (outer + inner) / 2
        if is_far(middle):
            outer = middle
        else:
            inner = middle
    return inner


def difference(*, after: Ranking, before: Ranking) -> Estimate:
    """AUC after less AUC before, of the same customers in the same order: that their scores go together counts.

    The interval is plain, cut off at −1 and 1. Raises ValueError for other numbers of customers.
    """
    value = after.auc.value - before.auc.value
    pairs = ((after.with_outcome, before.with_outcome), (after.without, before.without))
    if any(len(one) != len(other) for one, other in pairs):
        raise ValueError("the two rankings are not of the same customers")
    half = Z_95 * sqrt(sum(_variance(one - other) for one, other in pairs))
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half))
