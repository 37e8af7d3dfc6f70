"""Random-effects meta-analysis of a few studies, each an effect with its standard error. Estimates, not sums.

No Django, no database. What goes in and comes out are floats; callers round at the border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

FEWEST: Final = 3  # below it a prediction interval has no degrees of freedom
LEVEL: Final = 0.975  # both ends of 95 %
NORMAL: Final = 1.959963984540054  # the same of one study, whose own degrees of freedom are not asked for
_HALVINGS: Final = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """What several studies say together; effects in their own unit, shares 0…1."""

    effect: float
    error: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau_squared: float
    i_squared: float
    largest_share: float  # of the weight, of the study with most
    share_above: float  # of the studies, those whose own interval lies above 0


def pooled(*, effects: Sequence[float], errors: Sequence[float]) -> Pooled:
    """The mean of a random-effects model over k ≥ 3 studies with its interval; raises ValueError for what is no study.

    Model: effectᵢ = μ + uᵢ + eᵢ, var uᵢ = τ², var eᵢ = vᵢ = errorᵢ². With wᵢ = 1 ÷ (vᵢ + τ²):
    μ = Σ wᵢ·effectᵢ ÷ Σ wᵢ, and τ² ≥ 0 such that Σ wᵢ·(effectᵢ − μ)² = k − 1, else 0 (Paule and Mandel, 1982).
    Interval: μ ± t(k − 1) · √(q ÷ Σ wᵢ), q = Σ wᵢ·(effectᵢ − μ)² ÷ (k − 1) (Hartung and Knapp, 2001). q is 1 wherever
    τ² > 0; where τ² = 0 it is at most 1 and is taken as 1, so that the interval is never narrower than without it
    (Röver, Knapp and Friede, 2015).
    Prediction: where the effect of one further study of this kind would lie, μ ± t(k − 2) · √(τ² + 1 ÷ Σ wᵢ)
    (Higgins, Thompson and Spiegelhalter, 2009).
    I²: the share of the spread that is no chance, max(0, (Q − k + 1) ÷ Q), Q as q·(k − 1) at τ² = 0 (Higgins, 2002).

    Worked example, by hand (a test holds it): effects 1, 2, 6 and errors 1, 1, 1. Mean 3, squares 4 + 1 + 9 = 14;
    14 ÷ (1 + τ²) = 2, so τ² = 6; μ = 3, error √(7 ÷ 3) = 1.5275; t(2) = 4.3027; interval −3.57 to 9.57;
    I² = (14 − 2) ÷ 14 = 86 %.
    """
    values, variances = np.asarray(effects, dtype=np.float64), np.square(np.asarray(errors, dtype=np.float64))
    k = len(values)
    if k < FEWEST or len(variances) != k:
        raise ValueError(f"Three studies at least, each with its error: there are {k} and {len(variances)}.")
    if not all(map(isfinite, [*values, *variances])) or float(variances.min()) <= 0:
        raise ValueError("Effects are finite numbers, errors above 0.")
    tau_squared = _tau_squared(values, variances)
    weights = 1 / (variances + tau_squared)
    mean = float(weights @ values / weights.sum())
    error = sqrt(1 / float(weights.sum()))
    around = float(stdtrit(k - 1, LEVEL)) * error
    ahead = float(stdtrit(k - 2, LEVEL)) * sqrt(tau_squared + error**2)
    spread = _spread(values, variances, 0.0)
    return Pooled(
        effect=mean,
        error=error,
        low=mean - around,
        high=mean + around,
        prediction_low=mean - ahead,
        prediction_high=mean + ahead,
        tau_squared=tau_squared,
        i_squared=max(0.0, (spread - k + 1) / spread) if spread > 0 else 0.0,
        largest_share=float(weights.max() / weights.sum()),
        share_above=float(np.mean(values - NORMAL * np.sqrt(variances) > 0)),
    )


def _spread(values: Floats, variances: Floats, tau_squared: float) -> float:
    """Σ wᵢ·(effectᵢ − μ)² at a τ²; it falls as τ² rises."""
    weights = 1 / (variances + tau_squared)
    mean = weights @ values / weights.sum()
    return float(weights @ np.square(values - mean))


def _tau_squared(values: Floats, variances: Floats) -> float:
    """Paule and Mandel's: found by halving, so that the same studies give the same number on every machine."""
    wanted = len(values) - 1
    if _spread(values, variances, 0.0) <= wanted:
        return 0.0
    low, high = 0.0, 1.0
    while _spread(values, variances, high) > wanted:
        low, high = high, high * 2
    for _halving in range(_HALVINGS):
        middle = (low + high) / 2
        if _spread(values, variances, middle) > wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2
