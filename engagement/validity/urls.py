"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.validity import api, views

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = [
    path("validity/", views.validity, name="validity"),
    path("validity/progress/", views.validity_progress, name="validity-progress"),
    path("validity/ask/", views.validity_ask, name="validity-ask"),
    path("validity/outcome/", views.validity_outcome, name="validity-outcome"),
    path("validity/<int:number>/", views.validity_check, name="validity-check"),
    path("validity/<int:number>/csv/", views.validity_csv, name="validity-csv"),
    path("validity/<int:number>/draft/", views.validity_draft, name="validity-draft"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/validity/", api.Checks.as_view(), name="api-validity"),
    path("organisations/<slug:slug>/validity/outcome/", api.OutcomeAPI.as_view(), name="api-validity-outcome"),
    path("organisations/<slug:slug>/validity/<int:number>/", api.OneCheck.as_view(), name="api-validity-check"),
]
