"""Every address. A step's urls.py has up to three lists: at the root, under /o/<slug>/, and in the API."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from engagement import health
from engagement.ingest import urls as ingest
from engagement.insights import urls as insights
from engagement.scorecards import urls as scorecards
from engagement.scoring import urls as scoring
from tenants import urls as tenants

_ORGANISATION = [
    *scorecards.organisation_urls,
    *insights.organisation_urls,
    *scoring.organisation_urls,
    *ingest.organisation_urls,
    *tenants.organisation_urls,
]
_API = [
    *tenants.api_urls,
    *ingest.api_urls,
    *scoring.api_urls,
    *insights.api_urls,
    *scorecards.api_urls,
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
]

urlpatterns = [
    *tenants.root_urls,
    *ingest.root_urls,
    *scorecards.root_urls,
    path("o/<slug:slug>/", include(_ORGANISATION)),
    path("api/v1/", include(_API)),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "tenants.failures.bad_request"
handler403 = "tenants.failures.forbidden"
handler404 = "tenants.failures.not_found"
handler500 = "tenants.failures.server_error"
