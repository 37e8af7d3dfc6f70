"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.feedback import api, api_market, views
from engagement.feedback.views import files, market, themes

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = [
    path("feedback/", views.feedback, name="feedback"),
    path("feedback/feedback.csv", views.feedback_csv, name="feedback-csv"),
    path("feedback/themes.csv", views.feedback_themes_csv, name="feedback-themes-csv"),
    path("feedback/new/", views.feedback_new, name="feedback-new"),
    path("feedback/items/<uuid:item_id>/", views.feedback_item, name="feedback-item"),
    path("feedback/items/<uuid:item_id>/remove/", views.feedback_item_remove, name="feedback-item-remove"),
    path("feedback/files/", files.feedback_files, name="feedback-files"),
    path("feedback/files/<uuid:file_id>/", files.feedback_file, name="feedback-file"),
    path("feedback/files/<uuid:file_id>/progress/", files.feedback_file_progress, name="feedback-file-progress"),
    path("feedback/files/<uuid:file_id>/rejected.csv", files.feedback_file_rejected, name="feedback-file-rejected"),
    path("feedback/themes/", themes.feedback_themes, name="feedback-themes"),
    path("feedback/themes/look/", themes.feedback_themes_look, name="feedback-themes-look"),
    path("feedback/themes/progress/", themes.feedback_themes_progress, name="feedback-themes-progress"),
    path("feedback/themes/<int:number>/", themes.feedback_theme, name="feedback-theme"),
    path("feedback/themes/<int:number>/state/", themes.feedback_theme_state, name="feedback-theme-state"),
    path("feedback/themes/<int:number>/remove/", themes.feedback_theme_remove, name="feedback-theme-remove"),
    path("market/", market.market, name="market"),
    path("market/market.csv", market.market_csv, name="market-csv"),
    path("market/<uuid:figure_id>/", market.market_figure_page, name="market-figure"),
    path("market/<uuid:figure_id>/remove/", market.market_figure_remove, name="market-figure-remove"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/feedback/", api.Feedback.as_view(), name="api-feedback"),
    path("organisations/<slug:slug>/feedback/<uuid:item_id>/", api.OneFeedback.as_view(), name="api-feedback-item"),
    path("organisations/<slug:slug>/feedback/themes/", api.Themes.as_view(), name="api-themes"),
    path("organisations/<slug:slug>/feedback/themes/counts/", api.ThemeCountsOf.as_view(), name="api-theme-counts"),
    path("organisations/<slug:slug>/feedback/themes/<int:number>/", api.OneTheme.as_view(), name="api-theme"),
    path("organisations/<slug:slug>/market/", api_market.MarketFigures.as_view(), name="api-market"),
    path(
        "organisations/<slug:slug>/market/<uuid:figure_id>/",
        api_market.OneMarketFigure.as_view(),
        name="api-market-figure",
    ),
]
