"""Weights that a regularised logistic model suggests, and how far they can be known; loads scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold

from engagement.validity.formula.calibrating import FOLDS, fit_logistic

SEED: Final = 20_260_301
STRENGTHS: Final = tuple(10.0**power for power in range(-4, 3))  # scikit-learn's C: the larger, the less is held back
RESAMPLES: Final = 200
_NEARBY: Final = (
    3  # steps from the whole sample's coefficients to a resample's: the fourth moves nothing that is printed
)
_MOST: Final = 99  # per cent: counts above are taken as this one, or a few busy customers would decide
_SIGNIFICANT: Final = 2
_LARGEST: Final = 1_000_000  # thousandths: what a weight set takes
_EITHER_END: Final = (2.5, 97.5)

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Effects:
    """By how much one more occurrence raises the log-odds of staying, (n_actions,) each, with 95 % of the resamples.

    0 with an interval of 0…0 for what nobody or everybody did alike. `strength` is the C that was chosen.
    """

    each: Floats
    low: Floats
    high: Floats
    strength: float
    n: int
    n_stayed: int

    @property
    def is_known(self) -> Mask:
        """Whether the interval leaves 0 out."""
        known: Mask = (self.low > 0) | (self.high < 0)
        return known


def effects(*, counts: Floats, stayed: Mask) -> Effects:
    """A logistic model of staying on how often each did what: counts (n, n_actions) capped as the weights say.

    Counts above the 99th percentile of those who did it are taken as that; each column is then centred and divided by
    its standard deviation. L2; its strength is the one of `STRENGTHS` with the least log-loss over five folds of fixed
    seed. Intervals: percentiles of `RESAMPLES` fits to customers drawn with replacement, at that strength. Standing
    beside each other, actions that go together share what they tell: an effect is given the others, and association.
    """
    scale, x = _standardised(counts)
    y = stayed.astype(np.float64)
    strength = _strength(x, stayed)
    ridge = np.append(0.0, np.full(x.shape[1], 1 / strength))
    whole = np.column_stack([np.ones(len(x)), x])
    fitted = fit_logistic(x=whole, y=y, weights=np.ones(len(y)), ridge=ridge)
    resampled, dice = np.empty((RESAMPLES, x.shape[1])), np.random.default_rng(SEED)
    for at in range(RESAMPLES):
        drawn = np.bincount(dice.integers(len(y), size=len(y)), minlength=len(y))
        some = np.flatnonzero(drawn)
        own = {"x": whole[some], "y": y[some], "weights": drawn[some].astype(np.float64)}
        one = fit_logistic(**own, ridge=ridge, start=fitted, steps=_NEARBY)
        resampled[at] = one[1:]
    low, high = np.percentile(resampled, _EITHER_END, axis=0)
    return Effects(fitted[1:] / scale, low / scale, high / scale, strength, len(y), int(stayed.sum()))


def _standardised(counts: Floats) -> tuple[Floats, Floats]:
    x = counts.copy()
    for column in range(x.shape[1]):
        did = x[:, column][x[:, column] > 0]
        if len(did):
            x[:, column] = np.minimum(x[:, column], np.percentile(did, _MOST))
    spread = x.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    return scale, (x - x.mean(axis=0)) / scale


def _strength(x: Floats, stayed: Mask) -> float:
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    model = LogisticRegressionCV(
        Cs=list(STRENGTHS), cv=folds, scoring="neg_log_loss", refit=True, max_iter=1_000, l1_ratios=(0.0,),
        use_legacy_attributes=False,
    )  # fmt: skip
    model.fit(x, stayed)
    return float(model.C_)


@dataclass(frozen=True, eq=False, slots=True)
class Mapped:
    """Weights in thousandths, (n_actions,), and which of them are suggested; the others are those of now."""

    thousandths: NDArray[np.int64]
    is_suggested: Mask


def mapped(*, found: Effects, now: NDArray[np.int64], mean_counts: Floats) -> Mapped | None:
    """Effects as weights: in their proportion, scaled so that points per customer stay what they are.

    What is not known keeps its weight of now. The known ones together are to give the points that they give now:
    weight = effect · (Σ now · mean count) ÷ (Σ effect · mean count), to two significant digits. None where that has no
    answer: nothing is known, or one of the two sums is not above 0. `now` thousandths, `mean_counts` as the effects'
    counts, both (n_actions,).

    >>> found = Effects(np.array([0.2, 0.1]), np.array([0.1, 0.05]), np.array([0.3, 0.2]), 1.0, 100, 50)
    >>> mapped(found=found, now=np.array([1000, 4000]), mean_counts=np.array([3.0, 1.0])).thousandths.tolist()
    [2000, 1000]
    """
    known = found.is_known
    points, told = float((now * mean_counts)[known].sum()), float((found.each * mean_counts)[known].sum())
    if points <= 0 or told <= 0:
        return None
    wanted = found.each * points / told
    each = [
        _readable(float(one)) if is_known else int(kept) for one, is_known, kept in zip(wanted, known, now, strict=True)
    ]
    return Mapped(np.array(each, dtype=np.int64), known)


def _readable(thousandths: float) -> int:
    """Two significant digits, within what a weight may be."""
    size = abs(thousandths)
    if size < 1:
        return 0
    places = max(0, floor(log10(size)) - _SIGNIFICANT + 1)
    rounded = int(round(thousandths / 10**places) * 10**places)
    return max(-_LARGEST, min(_LARGEST, rounded))
