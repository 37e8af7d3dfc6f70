"""Writes of this step."""

from engagement.forecast.services.asking import KIND, ask_forecast, sweep_unforecast
from engagement.forecast.services.making import make_forecasts

__all__ = ["KIND", "ask_forecast", "make_forecasts", "sweep_unforecast"]
