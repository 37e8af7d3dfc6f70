"""Estimates of what comes, in floats: models of a maintained library, held against the past. No Django.

Nothing here is exact or claims to be: exact numbers go in, intervals come out, rounded where they are stored.
"""

from __future__ import annotations

from engagement.forecast.estimates.anomalies import Surprise, holm, surprise
from engagement.forecast.estimates.backtest import BackTest, backtest
from engagement.forecast.estimates.fitting import Method
from engagement.forecast.estimates.forecasting import (
    LEAST_PERIODS,
    Chance,
    Outcome,
    Projection,
    Step,
    at,
    chance_of,
    forecast,
)
from engagement.forecast.estimates.scales import Bounds, Series

__all__ = [
    "LEAST_PERIODS",
    "BackTest",
    "Bounds",
    "Chance",
    "Method",
    "Outcome",
    "Projection",
    "Series",
    "Step",
    "Surprise",
    "at",
    "backtest",
    "chance_of",
    "forecast",
    "holm",
    "surprise",
]
