"""Every address. A step's urls.py has up to three lists: at the root, under /o/<slug>/, and in the API."""

from __future__ import annotations

from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from engagement import health
from engagement.api_document import APIDocument
from engagement.cases import urls as cases
from engagement.companions import urls as companions
from engagement.connections import urls as connections
from engagement.feedback import urls as feedback
from engagement.forecast import urls as forecast
from engagement.guidance import urls as guidance
from engagement.ingest import urls as ingest
from engagement.insights import urls as insights
from engagement.operating.views import metrics
from engagement.pooled import urls as pooled
from engagement.reports import urls as reports
from engagement.reviews import urls as reviews
from engagement.rounds import urls as rounds
from engagement.scorecards import urls as scorecards
from engagement.scoring import urls as scoring
from engagement.validity import urls as validity
from tenants import urls as tenants
from tenants.access import public_view
from tenants.admin import operator_site

# The reader of the API's description cleans mark-up with a policy of its own, on this one page.
_DOCS = csp_update({"trusted-types": ["dompurify"]})(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))
_ORGANISATION = [
    *reviews.organisation_urls,
    *rounds.organisation_urls,
    *reports.organisation_urls,
    *guidance.organisation_urls,
    *scorecards.organisation_urls,
    *pooled.organisation_urls,
    *cases.organisation_urls,
    *forecast.organisation_urls,
    *validity.organisation_urls,
    *feedback.organisation_urls,
    *companions.organisation_urls,
    *insights.organisation_urls,
    *scoring.organisation_urls,
    *connections.organisation_urls,
    *ingest.organisation_urls,
    *tenants.organisation_urls,
]
_API = [
    *tenants.api_urls,
    *ingest.api_urls,
    *connections.api_urls,
    *scoring.api_urls,
    *insights.api_urls,
    *companions.api_urls,
    *feedback.api_urls,
    *validity.api_urls,
    *cases.api_urls,
    *forecast.api_urls,
    *pooled.api_urls,
    *scorecards.api_urls,
    *reports.api_urls,
    *guidance.api_urls,
    *reviews.api_urls,
    *rounds.api_urls,
    path("schema/", public_view(APIDocument.as_view()), name="api-schema"),
    path("docs/", public_view(_DOCS), name="api-docs"),
]

urlpatterns = [
    *tenants.root_urls,
    *ingest.root_urls,
    *connections.root_urls,
    *reports.root_urls,
    *scorecards.root_urls,
    path("operate/admin/", operator_site.urls),
    path("o/<slug:slug>/", include(_ORGANISATION)),
    path("api/v1/", include(_API)),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "tenants.failures.bad_request"
handler403 = "tenants.failures.forbidden"
handler404 = "tenants.failures.not_found"
handler429 = "tenants.failures.too_many"  # allauth asks for it
handler500 = "tenants.failures.server_error"
