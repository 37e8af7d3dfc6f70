"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.scorecards import (
    api,
    api_at_risk,
    api_breakdowns,
    api_explaining,
    api_privacy,
    views,
    views_at_risk,
    views_customers,
    views_explaining,
    views_finding,
    views_portfolio,
    views_privacy,
    views_segment,
    views_starting,
    views_style,
    views_timeline,
    views_yardstick,
)

root_urls: list[URLPattern] = [
    path("find/", views_finding.find, name="find"),
    path("style/", views_style.style, name="style"),
    path("portfolio/<slug:slug>/", views_portfolio.portfolio, name="portfolio"),
    path("portfolio/<slug:slug>/yardstick/", views_yardstick.portfolio_yardstick, name="portfolio-yardstick"),
]
organisation_urls: list[URLPattern] = [
    path("", views.scorecard, name="scorecard"),
    path("scorecard.csv", views.scorecard_csv, name="scorecard-csv"),
    path("find/", views_finding.find_here, name="find-here"),
    path("start/", views_starting.start, name="start"),
    path("start/sample/", views_starting.sample, name="start-sample"),
    path("start/events/", views_starting.events, name="start-events"),
    path("start/actions/", views_starting.actions, name="start-actions"),
    path("start/weights/", views_starting.weights, name="start-weights"),
    path("start/full-points/", views_starting.full_points, name="start-full-points"),
    path("start/segments/", views_starting.segments, name="start-segments"),
    path("start/score/", views_starting.score_step, name="start-score"),
    path("start/target/", views_starting.target, name="start-target"),
    path("why/", views_explaining.explained, name="explained"),
    path("segments/<slug:key>/", views.segment, name="segment"),
    path("segments/<slug:key>/segment.csv", views.segment_csv, name="segment-csv"),
    path("segments/<slug:key>/movers/", views_segment.movers, name="segment-movers"),
    path("segments/<slug:key>/movers.csv", views_segment.movers_csv, name="segment-movers-csv"),
    path("segments/<slug:key>/members.csv", views_customers.members_csv, name="segment-members-csv"),
    path("segments/<slug:key>/cohorts/", views_segment.cohorts, name="segment-cohorts"),
    path("segments/<slug:key>/cohorts.csv", views_segment.cohorts_csv, name="segment-cohorts-csv"),
    path("segments/<slug:key>/compare/", views_segment.beside, name="segment-beside"),
    path("segments/<slug:key>/compare.csv", views_segment.beside_csv, name="segment-beside-csv"),
    path("at-risk/", views_at_risk.at_risk, name="at-risk"),
    path("at-risk/at-risk.csv", views_at_risk.at_risk_csv, name="at-risk-csv"),
    path("at-risk/rule/", views_at_risk.at_risk_rule, name="at-risk-rule"),
    path("at-risk/outreach/", views_at_risk.outreach_new, name="outreach-new"),
    path("at-risk/outreach/<uuid:outreach_id>/", views_at_risk.outreach, name="outreach"),
    path("customers/", views_customers.customers, name="customers"),
    path("customers/customers.csv", views_customers.customers_csv, name="customers-csv"),
    path("customers/<int:number>/", views.customer, name="customer"),
    path("customers/<int:number>/days/", views_timeline.timeline, name="customer-days"),
    path("customers/<int:number>/days.csv", views_timeline.timeline_csv, name="customer-days-csv"),
    path("customers/<int:number>/export.json", views_privacy.customer_export, name="customer-export"),
    path("customers/<int:number>/explanation/", views_privacy.customer_explanation, name="customer-explanation"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/at-risk/", api_at_risk.AtRisk.as_view(), name="api-at-risk"),
    path("organisations/<slug:slug>/at-risk/rule/", api_at_risk.Rule.as_view(), name="api-at-risk-rule"),
    path("organisations/<slug:slug>/at-risk/outreach/", api_at_risk.OutreachAPI.as_view(), name="api-outreach"),
    path(
        "organisations/<slug:slug>/at-risk/outreach/<uuid:outreach_id>/",
        api_at_risk.OneOutreach.as_view(),
        name="api-one-outreach",
    ),
    path("organisations/<slug:slug>/scorecard/", api.ScorecardAPI.as_view(), name="api-scorecard"),
    path("organisations/<slug:slug>/explanation/", api_explaining.ExplanationAPI.as_view(), name="api-explanation"),
    path(
        "organisations/<slug:slug>/segments/<slug:key>/figures/",
        api.SegmentFiguresAPI.as_view(),
        name="api-segment-figures",
    ),
    path(
        "organisations/<slug:slug>/segments/<slug:key>/breakdowns/",
        api_breakdowns.SegmentBreakdownsAPI.as_view(),
        name="api-segment-breakdowns",
    ),
    path("organisations/<slug:slug>/customers/scores/", api.CustomerScoresAPI.as_view(), name="api-customer-scores"),
    path(
        "organisations/<slug:slug>/customers/<int:number>/score/",
        api.CustomerScoreAPI.as_view(),
        name="api-customer-score",
    ),
    path(
        "organisations/<slug:slug>/customers/<int:number>/export/",
        api_privacy.CustomerExport.as_view(),
        name="api-customer-export",
    ),
]
