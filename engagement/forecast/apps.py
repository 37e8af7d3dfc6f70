from __future__ import annotations

from django.apps import AppConfig


class ForecastConfig(AppConfig):
    name = "engagement.forecast"
    label = "forecast"
