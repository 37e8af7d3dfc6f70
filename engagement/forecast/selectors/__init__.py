"""Reads of this step; every one is called inside a scope."""

from engagement.forecast.selectors.forecasts import (
    forecast_history,
    latest_forecasts,
    latest_look,
    said_and_came,
    unforecast_run,
)
from engagement.forecast.selectors.series import PastSeries, best_series, next_ends, past_series
from engagement.forecast.selectors.unusual import Marks, look_rows, unusual_in, unusual_on

__all__ = [
    "Marks",
    "PastSeries",
    "best_series",
    "forecast_history",
    "latest_forecasts",
    "latest_look",
    "look_rows",
    "next_ends",
    "past_series",
    "said_and_came",
    "unforecast_run",
    "unusual_in",
    "unusual_on",
]
