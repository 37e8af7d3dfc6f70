"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.scorecards import api, api_explaining, views, views_explaining

root_urls: list[URLPattern] = [
    path("portfolio/<slug:slug>/", views.portfolio, name="portfolio"),
]
organisation_urls: list[URLPattern] = [
    path("", views.scorecard, name="scorecard"),
    path("scorecard.csv", views.scorecard_csv, name="scorecard-csv"),
    path("why/", views_explaining.explained, name="explained"),
    path("segments/<slug:key>/", views.segment, name="segment"),
    path("segments/<slug:key>/segment.csv", views.segment_csv, name="segment-csv"),
    path("customers/", views.customers, name="customers"),
    path("customers/<int:number>/", views.customer, name="customer"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/scorecard/", api.ScorecardAPI.as_view(), name="api-scorecard"),
    path("organisations/<slug:slug>/explanation/", api_explaining.ExplanationAPI.as_view(), name="api-explanation"),
    path(
        "organisations/<slug:slug>/segments/<slug:key>/figures/",
        api.SegmentFiguresAPI.as_view(),
        name="api-segment-figures",
    ),
    path(
        "organisations/<slug:slug>/customers/<int:number>/score/",
        api.CustomerScoreAPI.as_view(),
        name="api-customer-score",
    ),
]
