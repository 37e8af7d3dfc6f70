"""Pages of reports: the list, a published version and its files."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.reports import services
from engagement.reports.files import csv_of, xlsx_of
from engagement.reports.forms import NewReportForm
from engagement.reports.models import Report
from engagement.reports.pdf import pdf_of
from engagement.reports.present import list_heading, report_row, version_rows
from engagement.reports.selectors import drafts, published
from engagement.reports.selectors.published import Published
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.audit import audit_append
from tenants.forms import sent
from tenants.models import Organisation
from tenants.permissions import Permission

_KINDS = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def reader_of(request: OrganisationRequest) -> Organisation:
    """The client whose reports are read. A report names other segments, so a limit to segments opens none: 404."""
    if request.reach.limit.is_to_segments:
        raise NotFoundError
    return client_of(request)


@organisation_view(limits=True, get=Permission.VIEW_REPORTS, post=Permission.WRITE_REPORTS)
def reports(request: OrganisationRequest) -> HttpResponse:
    """All reports, the latest first, and the form that begins one."""
    organisation, now = client_of(request), timezone.now()
    may_write = request.reach.may(Permission.WRITE_REPORTS)
    form = NewReportForm(sent(request), today=organisation.today(now))
    if form.is_bound and form.succeeded(lambda: _draft(request, form)):
        return redirect("report-edit", organisation.slug, form.outcome.pk)
    terms = terms_of(organisation=organisation, run=None)
    rows = [report_row(one, terms=terms) for one in _readable(request, may_write=may_write)]
    context = {"form": form, "rows": rows, "heading": list_heading(rows), "may_write": may_write}
    return render(request, "reports/reports.html", context)


def _readable(request: OrganisationRequest, *, may_write: bool) -> list[Report]:
    """Those the reader may open: none with a limit to segments, the published ones without the right to write."""
    if request.reach.limit.is_to_segments:
        return []
    return [one for one in drafts.reports() if may_write or one.latest is not None]  # type: ignore[attr-defined]


def _draft(request: OrganisationRequest, form: NewReportForm) -> object:
    return services.draft_report(
        organisation=request.organisation, user=request.actor.user, subject=form.subject(), now=timezone.now()
    )


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def report(request: OrganisationRequest, report_id: UUID) -> HttpResponse:
    """The last published version."""
    organisation = reader_of(request)
    return _shown(request, organisation, published.version(report_id=report_id))


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def report_version(request: OrganisationRequest, report_id: UUID, number: int) -> HttpResponse:
    """One published version, as it was frozen."""
    organisation = reader_of(request)
    return _shown(request, organisation, published.version(report_id=report_id, number=number))


def _shown(request: OrganisationRequest, organisation: Organisation, found: Published) -> HttpResponse:
    notes = published.restated(organisation=organisation, document=found.document)
    versions = version_rows(
        published.versions(report_id=found.report_id), terms=terms_of(organisation=organisation, run=None)
    )
    context = {"found": found, "document": found.document, "notes": notes, "versions": versions}
    context["may_write"] = request.reach.may(Permission.WRITE_REPORTS)
    return render(request, "reports/report.html", context)


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def report_file(request: OrganisationRequest, report_id: UUID, number: int, kind: str) -> HttpResponse:
    """A version as PDF, XLSX or CSV, made from its document alone; that it was taken is on record."""
    organisation = reader_of(request)
    found = published.version(report_id=report_id, number=number)
    record_file(organisation, report_id, number, kind)
    return file_response(organisation, found, kind)


def record_file(organisation: Organisation, report_id: UUID, number: int, kind: str) -> None:
    """That a version was taken as a file is on record, as every file is."""
    said = {"version": number, "format": kind}
    audit_append(
        act="report.exported", object_kind="report", object_id=report_id, new=said, organisation_id=organisation.pk
    )


def file_response(organisation: Organisation, found: Published, kind: str) -> HttpResponse:
    """A file to save; NotFoundError for a kind that there is not."""
    if kind not in _KINDS:
        raise NotFoundError
    content: bytes | str
    if kind == "pdf":
        notes = published.restated(organisation=organisation, document=found.document)
        content = pdf_of(document=found.document, sha256=found.sha256, notes=notes)
    else:
        make = csv_of if kind == "csv" else xlsx_of
        content = make(document=found.document, sha256=found.sha256)
    response = HttpResponse(content, content_type=_KINDS[kind])
    name = f"report-{found.document['report']}-{found.number}-{found.document['period']['last_day']}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def published_message(request: OrganisationRequest, number: int) -> None:
    """Says on the next page what was frozen."""
    messages.success(request, _("Version {number} is published. It stays as it is.").format(number=number))
