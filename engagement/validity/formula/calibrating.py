"""What share with the outcome a score would have one expect, and how far that is from what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FOLDS: Final = 5
_STEPS: Final = 50
_CLOSE: Final = 1e-10
_RIDGE: Final = 1e-6  # so that a score that parts both sides wholly has a curve, too
_EDGE: Final = 1e-9
_STEEPEST: Final = 30.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Calibration:
    """`expected` (k,): the chance of the outcome by the score, from a curve fitted to other customers.

    Of a curve that fits, slope is 1 and intercept 0. A Brier score is the mean squared distance of what was expected
    from what happened, 0 at best; `base` is that of expecting the same share of everybody.
    """

    expected: Floats
    slope: float
    intercept: float
    brier: float
    base: float


def fit_logistic(
    *, x: Floats, y: Floats, weights: Floats, ridge: Floats, start: Floats | None = None, steps: int = _STEPS
) -> Floats:
    """Coefficients (p,) that make Σ weights · log-loss + ½ Σ ridge · b² least, by Newton's method with halved steps.

    `x` (k, p) with its column of ones, `y` (k,) of 0…1, `weights` (k,) ≥ 0, `ridge` (p,) ≥ 0. From a start nearby a few
    steps are enough: each doubles the digits.
    """
    found = np.zeros(x.shape[1]) if start is None else start.copy()
    loss = _loss(x, y, weights, ridge, found)
    for _step in range(steps):
        chance = chances(x=x, coefficients=found)
        slope = x.T @ (weights * (chance - y)) + ridge * found
        bend = (x * (weights * chance * (1 - chance))[:, None]).T @ x + np.diag(ridge + _EDGE)
        move, share = np.linalg.solve(bend, slope), 1.0
        after = _loss(x, y, weights, ridge, found - move)
        while after > loss and share > _CLOSE:
            share /= 2
            after = _loss(x, y, weights, ridge, found - share * move)
        found = found - share * move
        if loss - after <= _CLOSE * max(1.0, abs(loss)):
            break
        loss = after
    return found


def chances(*, x: Floats, coefficients: Floats) -> Floats:
    """The chances (k,) that a logistic curve gives to the rows of `x`."""
    found: Floats = 1 / (1 + np.exp(-np.clip(x @ coefficients, -_STEEPEST, _STEEPEST)))
    return found


def _loss(x: Floats, y: Floats, weights: Floats, ridge: Floats, coefficients: Floats) -> float:
    line = x @ coefficients
    each = np.logaddexp(0, line) - y * line
    return float(weights @ each + (ridge * coefficients**2).sum() / 2)


def calibrated(*, scores: NDArray[np.int64], outcome: NDArray[np.bool_]) -> Calibration:
    """A logistic curve of the outcome over the score, five times: each fifth is expected from the other four.

    Customers are dealt to the fifths in turn, by side, in the order they come in. `scores` (k,) millionths,
    `outcome` (k,) with at least five on either side. The same input gives the same numbers.
    """
    values, place = np.unique(scores, return_inverse=True)
    x = np.column_stack([np.ones(len(values)), (values - values.mean()) / (values.std() or 1.0)])
    fold = np.empty(len(scores), dtype=np.int64)
    for side in (outcome, ~outcome):
        fold[side] = np.arange(int(side.sum())) % FOLDS
    n_of = np.zeros((FOLDS, len(values)))
    had = np.zeros((FOLDS, len(values)))
    np.add.at(n_of, (fold, place), 1.0)
    np.add.at(had, (fold, place), outcome.astype(np.float64))
    by_fold = np.empty((FOLDS, len(values)))
    start = _curve(x, n_of.sum(axis=0), had.sum(axis=0), start=None)
    for at in range(FOLDS):
        fitted = _curve(x, n_of.sum(axis=0) - n_of[at], had.sum(axis=0) - had[at], start=start)
        by_fold[at] = chances(x=x, coefficients=fitted)
    expected = by_fold[fold, place]
    intercept, slope = _recalibrated(expected, outcome)
    happened = outcome.astype(np.float64)
    base = float(happened.mean())
    brier = float(((expected - happened) ** 2).mean())
    return Calibration(expected, slope=slope, intercept=intercept, brier=brier, base=base * (1 - base))


def _curve(x: Floats, n: Floats, had: Floats, *, start: Floats | None) -> Floats:
    share = np.divide(had, n, out=np.zeros_like(had), where=n > 0)
    return fit_logistic(x=x, y=share, weights=n, ridge=np.array([0.0, _RIDGE]), start=start)


def _recalibrated(expected: Floats, outcome: NDArray[np.bool_]) -> tuple[float, float]:
    """Intercept and slope of the outcome over the logit of what was expected; 0 and 1 where that was right."""
    values, place = np.unique(expected, return_inverse=True)
    n, had = np.bincount(place).astype(np.float64), np.bincount(place, weights=outcome).astype(np.float64)
    logits = np.log(values / (1 - values))
    fitted = _curve(np.column_stack([np.ones(len(values)), logits]), n, had, start=None)
    return float(fitted[0]), float(fitted[1])
