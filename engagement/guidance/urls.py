"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.guidance import api, api_quality, views, views_quality, views_writing

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = [
    path("guidance/", views.guidance, name="guidance"),
    path("guidance/objectives/", views.objectives, name="guidance-objectives"),
    path("guidance/measures/<slug:key>/", views.measure, name="guidance-measure"),
    path("guidance/questions/new/", views_writing.entry_new, name="guidance-entry-new"),
    path("guidance/questions/<slug:key>/", views.entry, name="guidance-entry"),
    path("guidance/questions/<slug:key>/edit/", views_writing.entry_edit, name="guidance-entry-edit"),
    path("guidance/questions/<slug:key>/withdraw/", views_writing.entry_withdraw, name="guidance-entry-withdraw"),
    path("quality/", views_quality.measurement_quality, name="quality"),
    path("quality/progress/", views_quality.quality_progress, name="quality-progress"),
    path("quality/<slug:code>/accept/", views_quality.quality_accept, name="quality-accept"),
    path("quality/<slug:code>/mind/", views_quality.quality_mind, name="quality-mind"),
    path("firm-guidance/", views_writing.firm_guidance, name="firm-guidance"),
    path("firm-guidance/new/", views_writing.firm_entry_new, name="firm-guidance-new"),
    path("firm-guidance/<slug:key>/edit/", views_writing.firm_entry_edit, name="firm-guidance-edit"),
    path("firm-guidance/<slug:key>/withdraw/", views_writing.firm_entry_withdraw, name="firm-guidance-withdraw"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/guidance/", api.Guidance.as_view(), name="api-guidance"),
    path(
        "organisations/<slug:slug>/guidance/measures/<slug:key>/", api.OneMeasure.as_view(), name="api-guidance-measure"
    ),
    path("organisations/<slug:slug>/quality/", api_quality.MeasurementQuality.as_view(), name="api-quality"),
    path("organisations/<slug:slug>/quality/<slug:code>/", api_quality.OnePitfall.as_view(), name="api-pitfall"),
    path("organisations/<slug:slug>/guidance/questions/<slug:key>/", api.OneEntry.as_view(), name="api-guidance-entry"),
]
