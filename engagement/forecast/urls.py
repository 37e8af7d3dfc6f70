"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.forecast import api, views

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = [
    path("forecast/", views.forecast, name="forecast"),
    path("forecast/progress/", views.forecast_progress, name="forecast-progress"),
    path("forecast/forecast.csv", views.forecast_csv, name="forecast-csv"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/forecasts/", api.Forecasts.as_view(), name="api-forecasts"),
    path(
        "organisations/<slug:slug>/forecasts/<slug:key>/", api.SegmentForecasts.as_view(), name="api-segment-forecasts"
    ),
]
