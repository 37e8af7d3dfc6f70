"""Three ways to carry a series on, each with how far it may be off: the last value, a damped trend, with a season.

The models are statsmodels' (ETSModel, additive errors); it is imported when the first one is fitted, which takes
seconds and memory that no web process should spend.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, sqrt
from typing import Final

import numpy as np

from engagement.forecast.estimates.scales import Scale, Series


class Method(StrEnum):
    """How the series is carried on; the simpler one stands first."""

    LAST = "last"  # the last value stays; what may come grows with the root of time
    DAMPED = "damped"  # a level and a trend that dies away
    DAMPED_LOGIT = "damped_logit"  # the same on the logit, which cannot leave the bounds
    SEASONAL = "seasonal"  # and what each place in the year adds

    @property
    def is_logit(self) -> bool:
        return self is Method.DAMPED_LOGIT

    @property
    def is_seasonal(self) -> bool:
        return self is Method.SEASONAL


# Of a level, a trend, the three numbers that smooth them; a season adds its own places and one more.
_DAMPED_PARAMETERS: Final = 5
_SEASONS: Final = 2  # fewer full seasons than this cannot tell a season from chance
_LEAST_SPREAD: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Carried:
    """What comes after a series, step by step, on the model's scale: centre and spread of each, degrees of freedom."""

    scale: Scale
    centres: tuple[float, ...]
    spreads: tuple[float, ...]
    degrees: int


def can_fit(series: Series, method: Method) -> bool:
    """Whether there is enough for the method: two full seasons where it has one, more values than parameters."""
    if method.is_logit and not series.may_be_logit():
        return False
    if method.is_seasonal and len(series) < _SEASONS * series.season:
        return False
    return len(series) > _parameters(series, method) + 1 and not series.is_flat


def carried_on(series: Series, *, method: Method, steps: int) -> Carried | None:
    """The series carried on for so many steps; None where the method does not fit it.

    The library's spread takes the parameters for known. What they cost is made up for: its variance is multiplied with
    (n + k) ÷ (n − k) for k parameters (Akaike's final prediction error), and intervals take Student's t.
    """
    if not can_fit(series, method):
        return None
    scale = Scale(series.bounds, is_logit=method.is_logit)
    values = [scale.into(value) for value in series.values]
    if method is Method.LAST:
        return _last(values, scale, steps)
    return _smoothed(values, scale, steps, season=series.season if method.is_seasonal else None)


def _parameters(series: Series, method: Method) -> int:
    if method is Method.LAST:
        return 1
    return _DAMPED_PARAMETERS + (series.season if method.is_seasonal else 0)


def _last(values: Sequence[float], scale: Scale, steps: int) -> Carried:
    moves = np.diff(np.array(values))
    spread = max(sqrt(float(np.mean(moves**2))), _LEAST_SPREAD)
    ahead = tuple(spread * sqrt(step) for step in range(1, steps + 1))
    return Carried(scale, (values[-1],) * steps, ahead, degrees=len(moves))


def _smoothed(values: Sequence[float], scale: Scale, steps: int, *, season: int | None) -> Carried | None:
    import pandas as pd  # noqa: PLC0415  seconds of loading, for workers only
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # noqa: PLC0415  the same

    n, parameters = len(values), _DAMPED_PARAMETERS + (season or 0)
    with warnings.catch_warnings():
        # A search that stops at the edge of its bounds warns; what it found is held against the past all the same.
        warnings.simplefilter("ignore")
        try:
            model = ETSModel(
                pd.Series(values),
                error="add",
                trend="add",
                damped_trend=True,
                seasonal="add" if season else None,
                seasonal_periods=season,
                # Searching for every place in the year as well takes a hundred times as long and finds nothing better.
                initialization_method="heuristic" if season else "estimated",
            )
            ahead = model.fit(disp=False).get_prediction(start=n, end=n + steps - 1)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            return None
        centres = tuple(float(value) for value in ahead.predicted_mean)
        variances = [float(value) for value in ahead.forecast_variance]
    if not all(isfinite(value) for value in (*centres, *variances)):
        return None
    share = (n + parameters) / (n - parameters)
    spreads = tuple(max(sqrt(max(variance, 0) * share), _LEAST_SPREAD) for variance in variances)
    return Carried(scale, centres, spreads, degrees=n - parameters)
