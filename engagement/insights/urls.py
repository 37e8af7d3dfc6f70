"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.insights import api, preview_api, views
from engagement.insights.views import weights

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = [
    path("targets/", views.targets, name="targets"),
    path("targets/<uuid:target_id>/change/", views.target_change, name="target-change"),
    path("targets/of/<slug:key>/", views.target_history, name="target-history"),
    path("targets/<uuid:target_id>/retire/", views.target_retire, name="target-retire"),
    path("runs/", views.runs, name="runs"),
    path("runs/restated/", views.restated, name="runs-restated"),
    path("runs/<int:number>/", views.run, name="run"),
    path("weights/draft/", weights.weights_draft, name="weights-draft"),
    path("weights/draft/preview/", weights.weights_preview, name="weights-preview"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/targets/", api.Targets.as_view(), name="api-targets"),
    path("organisations/<slug:slug>/targets/<uuid:target_id>/", api.OneTarget.as_view(), name="api-target"),
    path("organisations/<slug:slug>/targets/of/<slug:key>/", api.TargetHistory.as_view(), name="api-target-history"),
    path(
        "organisations/<slug:slug>/weight-sets/draft/preview/",
        preview_api.Preview.as_view(),
        name="api-weights-preview",
    ),
    path("organisations/<slug:slug>/runs/", api.Runs.as_view(), name="api-runs"),
    path("organisations/<slug:slug>/runs/restated/", api.RestatedDays.as_view(), name="api-runs-restated"),
    path("organisations/<slug:slug>/runs/<int:number>/", api.OneRun.as_view(), name="api-run"),
]
