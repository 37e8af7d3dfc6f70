"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.companions import api, views
from engagement.companions.views import settings

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = [
    path("companions/", views.companions, name="companions"),
    path("companions/short/", views.companions_short, name="companions-short"),
    path("companions/progress/", views.progress, name="companions-progress"),
    path("companions/refresh/", settings.companions_refresh, name="companions-refresh"),
    path("companions.csv", views.companions_csv, name="companions-csv"),
    path("companions/settings/", settings.companion_settings, name="companion-settings"),
    path("companions/money/", settings.companion_money, name="companion-money"),
    path("companions/money.csv", settings.companion_money_csv, name="companion-money-csv"),
    path("companions/answers/", settings.survey_answers, name="survey-answers"),
    path("companions/answers/<uuid:upload_id>/", settings.survey_upload, name="survey-upload"),
    path("companions/answers/<uuid:upload_id>/take-in/", settings.survey_upload_take_in, name="survey-upload-take-in"),
    path(
        "companions/answers/<uuid:upload_id>/withdraw/", settings.survey_upload_withdraw, name="survey-upload-withdraw"
    ),
    path(
        "companions/answers/<uuid:upload_id>/rejected.csv",
        settings.survey_upload_rejected,
        name="survey-upload-rejected",
    ),
    path("companions/measure/", views.companion, name="companion"),
    path("companions/measure.csv", views.companion_csv, name="companion-csv"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/companions/", api.Companions.as_view(), name="api-companions"),
    path("organisations/<slug:slug>/companions/settings/", api.Settings.as_view(), name="api-companion-settings"),
    path("organisations/<slug:slug>/companions/money/", api.Money.as_view(), name="api-companion-money"),
    path("organisations/<slug:slug>/companions/answers/", api.Answers.as_view(), name="api-survey-answers"),
]
