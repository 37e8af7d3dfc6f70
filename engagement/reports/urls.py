"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.reports import api, views
from engagement.reports.views import editing, sharing

root_urls: list[URLPattern] = [
    path("r/<str:token>/", sharing.shared_report, name="shared-report"),
    path("r/<str:token>/report.pdf", sharing.shared_pdf, name="shared-pdf"),
]
organisation_urls: list[URLPattern] = [
    path("reports/", views.reports, name="reports"),
    path("reports/branding/", sharing.report_branding, name="report-branding"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("reports/<uuid:report_id>/edit/", editing.report_edit, name="report-edit"),
    path("reports/<uuid:report_id>/edit/<uuid:block_id>/", editing.report_text, name="report-text"),
    path("reports/<uuid:report_id>/edit/<uuid:block_id>/figures/", editing.report_block, name="report-block"),
    path("reports/<uuid:report_id>/publish/", editing.report_publish, name="report-publish"),
    path("reports/<uuid:report_id>/versions/<int:number>/", views.report_version, name="report-version"),
    path("reports/<uuid:report_id>/versions/<int:number>/report.<str:kind>", views.report_file, name="report-file"),
    path("reports/<uuid:report_id>/versions/<int:number>/share/", sharing.report_share, name="report-share"),
    path("reports/<uuid:report_id>/links/<uuid:link_id>/revoke/", sharing.report_revoke, name="report-revoke"),
]
_ORGANISATION = "organisations/<slug:slug>/reports/"
api_urls: list[URLPattern] = [
    path(_ORGANISATION, api.Reports.as_view(), name="api-reports"),
    path(f"{_ORGANISATION}<uuid:report_id>/versions/", api.Versions.as_view(), name="api-report-versions"),
    path(
        f"{_ORGANISATION}<uuid:report_id>/versions/<int:number>/", api.OneVersion.as_view(), name="api-report-version"
    ),
    path(
        f"{_ORGANISATION}<uuid:report_id>/versions/<int:number>/pdf/", api.VersionPDF.as_view(), name="api-report-pdf"
    ),
    path(f"{_ORGANISATION}<uuid:report_id>/versions/<int:number>/links/", api.Links.as_view(), name="api-report-links"),
    path(f"{_ORGANISATION}<uuid:report_id>/links/<uuid:link_id>/", api.OneLink.as_view(), name="api-report-link"),
]
