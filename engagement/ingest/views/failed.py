"""Trying requests again that failed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from engagement.ingest import services
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press
from tenants.permissions import Permission


@organisation_view(post=Permission.IMPORT_DATA)
def failed_retry(request: OrganisationRequest) -> HttpResponse:
    """Every request that failed waits for a worker again."""
    organisation = request.organisation
    press(
        request,
        lambda: services.retry_failed(organisation=organisation),
        done=_("They wait for a worker again. What is stored stands here in a moment."),
    )
    return redirect("imports", organisation.slug)
