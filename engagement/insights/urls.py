"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.insights import api, api_alert_rules, api_alerts, api_notes, preview_api, views
from engagement.insights.views import alerts, notes, pushes, webhooks, weights

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = [
    path("targets/", views.targets, name="targets"),
    path("targets/<uuid:target_id>/change/", views.target_change, name="target-change"),
    path("targets/of/<slug:key>/", views.target_history, name="target-history"),
    path("targets/<uuid:target_id>/retire/", views.target_retire, name="target-retire"),
    path("runs/", views.runs, name="runs"),
    path("runs/restated/", views.restated, name="runs-restated"),
    path("runs/<int:number>/", views.run, name="run"),
    path("notes/", notes.notes, name="notes"),
    path("notes/<uuid:note_id>/change/", notes.note_change, name="note-change"),
    path("notes/<uuid:note_id>/remove/", notes.note_remove, name="note-remove"),
    path("notes/questions/new/", notes.question_new, name="question-new"),
    path("notes/questions/<uuid:question_id>/", notes.question, name="question"),
    path("notes/questions/<uuid:question_id>/answer/", notes.question_answer, name="question-answer"),
    path("alerts/", alerts.alert_list, name="alerts"),
    path("alerts/<uuid:alert_id>/", alerts.alert, name="alert"),
    path("alerts/rules/", alerts.rules, name="alert-rules"),
    path("alerts/rules/usual/", alerts.rules_usual, name="alert-rules-usual"),
    path("alerts/rules/new/", alerts.rule_new, name="alert-rule-new"),
    path("alerts/rules/<uuid:rule_id>/", alerts.rule, name="alert-rule"),
    path("alerts/rules/<uuid:rule_id>/mute/", alerts.rule_mute, name="alert-rule-mute"),
    path("alerts/rules/<uuid:rule_id>/end/", alerts.rule_end, name="alert-rule-end"),
    path("webhooks/", webhooks.webhook_list, name="webhooks"),
    path("webhooks/segments/", pushes.push_list, name="segment-pushes"),
    path("webhooks/segments/<uuid:push_id>/all/", pushes.push_all, name="segment-push-all"),
    path("webhooks/segments/<uuid:push_id>/end/", pushes.push_end, name="segment-push-end"),
    path("webhooks/<uuid:endpoint_id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<uuid:endpoint_id>/test/", webhooks.webhook_test, name="webhook-test"),
    path("webhooks/<uuid:endpoint_id>/secret/", webhooks.webhook_rotate, name="webhook-rotate"),
    path("webhooks/<uuid:endpoint_id>/switch/", webhooks.webhook_switch, name="webhook-switch"),
    path("webhooks/<uuid:endpoint_id>/remove/", webhooks.webhook_remove, name="webhook-remove"),
    path("webhooks/messages/<uuid:delivery_id>/again/", webhooks.webhook_again, name="webhook-again"),
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
    path("organisations/<slug:slug>/alerts/", api_alerts.Alerts.as_view(), name="api-alerts"),
    path("organisations/<slug:slug>/alerts/rules/", api_alert_rules.AlertRules.as_view(), name="api-alert-rules"),
    path(
        "organisations/<slug:slug>/alerts/rules/usual/",
        api_alert_rules.UsualAlertRules.as_view(),
        name="api-alert-rules-usual",
    ),
    path(
        "organisations/<slug:slug>/alerts/rules/<uuid:rule_id>/",
        api_alert_rules.OneAlertRule.as_view(),
        name="api-alert-rule",
    ),
    path(
        "organisations/<slug:slug>/alerts/rules/<uuid:rule_id>/mute/",
        api_alert_rules.AlertRuleMute.as_view(),
        name="api-alert-rule-mute",
    ),
    path("organisations/<slug:slug>/alerts/<uuid:alert_id>/", api_alerts.OneAlert.as_view(), name="api-alert"),
    path("organisations/<slug:slug>/notes/", api_notes.Notes.as_view(), name="api-notes"),
    path("organisations/<slug:slug>/notes/<uuid:note_id>/", api_notes.OneNote.as_view(), name="api-note"),
    path("organisations/<slug:slug>/questions/", api_notes.Questions.as_view(), name="api-questions"),
    path(
        "organisations/<slug:slug>/questions/<uuid:question_id>/",
        api_notes.OneQuestion.as_view(),
        name="api-question",
    ),
    path(
        "organisations/<slug:slug>/questions/<uuid:question_id>/answers/",
        api_notes.QuestionAnswers.as_view(),
        name="api-question-answers",
    ),
]
