"""What is forecast of a target, in one line beside it: `{% load forecasting %}`."""

from __future__ import annotations

from dataclasses import dataclass

from django import template

from engagement.forecast.present import query_of
from engagement.forecast.selectors import latest_forecasts
from engagement.forecast.types import ForecastFigures
from engagement.forecast.words.forecasts import chance_in_tenths
from tenants.remembering import remembered

register = template.Library()


@dataclass(frozen=True, slots=True)
class ForecastOf:
    """The chance in tenths, and what opens the forecast."""

    chance: str
    query: str


@register.simple_tag
def forecast_of(target_id: str) -> ForecastOf | None:
    """`{% forecast_of target.id as said %}`: None where nothing was said of it; one query for all of a page."""
    found = remembered("forecast.by_target", _by_target).get(target_id)
    if found is None or found.chance is None:
        return None
    return ForecastOf(chance_in_tenths(found.chance), query_of(found))


def _by_target() -> dict[str, ForecastFigures]:
    return {one.target_id: one for one in latest_forecasts() if one.target_id is not None}
