"""The record of an organisation: who did what, when and why."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission
from tenants.record.files import csv_lines, record_export
from tenants.record.forms import RecordFilter
from tenants.record.present import record_page


@organisation_view(get=Permission.VIEW_AUDIT)
def record(request: OrganisationRequest) -> HttpResponse:
    """What was done here, the newest first, by act, person, object and days."""
    form = RecordFilter(request.GET, organisation=request.organisation)
    page = record_page(organisation=request.organisation, reach=request.reach, asked=form.asked())
    return render(request, "tenants/record.html", {"page": page, "form": form})


@organisation_view(get=Permission.VIEW_AUDIT)
def record_csv(request: OrganisationRequest) -> StreamingHttpResponse:
    """The same as a file, whole; taking it is an act of its own and stands on record first."""
    organisation = request.organisation
    asked = RecordFilter(request.GET, organisation=organisation).asked()
    taken = record_export(organisation=organisation, asked=asked)
    lines = csv_lines(organisation=organisation, asked=taken)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{organisation.slug}-record.csv"'
    return response
