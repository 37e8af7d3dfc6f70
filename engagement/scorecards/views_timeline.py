"""What one customer did, day by day, with its file."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from engagement.insights.selectors.customer_days import customer_days, whole_timeline
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.scorecards.exports import record_timeline
from engagement.scorecards.files import csv_stream, in_english
from engagement.scorecards.forms import day_asked, run_asked
from engagement.scorecards.present.timeline import FILE_HEADER, file_rows, timeline_page
from engagement.scorecards.within import check_customer
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission


def _asked(request: OrganisationRequest, number: int) -> dict[str, Any]:
    """What selectors are asked, for a customer within the reader's limit; NotFoundError for another."""
    organisation, now = client_of(request), timezone.now()
    check_customer(organisation=organisation, limit=request.reach.limit, number=number, now=now)
    day, run = day_asked(request.GET), run_asked(request.GET)
    return {"organisation": organisation, "number": number, "now": now, "as_of": day, "run_number": run}


@organisation_view(limits=True, get=Permission.VIEW)
def timeline(request: OrganisationRequest, number: int) -> HttpResponse:
    """A page of days, newest first; ?before= a day opens the days before it."""
    before = day_asked(request.GET, name="before")
    found = customer_days(before=before, **_asked(request, number))
    terms, is_kept = terms_of(organisation=request.organisation, run=found.run), run_asked(request.GET) is not None
    page = timeline_page(found=found, is_kept_run=is_kept, terms=terms)
    return render(request, "scorecards/timeline.html", {"page": page})


@organisation_view(limits=True, get=Permission.VIEW)
@in_english
def timeline_csv(request: OrganisationRequest, number: int) -> StreamingHttpResponse:
    """Every kept day up to the scoring's, as a file."""
    found = whole_timeline(**_asked(request, number))
    organisation, rows = request.organisation, list(file_rows(found))
    record_timeline(organisation=organisation, number=number, rows=len(rows), run=found.run)
    return csv_stream(header=FILE_HEADER, rows=rows, name=f"{organisation.slug}-{number}-days-{found.run.as_of}")
