"""Pages about data that comes in: files, how far they are, and what was rejected."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.ingest import selectors, services
from engagement.ingest.forms import UploadForm
from engagement.ingest.models import FileImport
from engagement.ingest.selectors import ImportLine, RejectedLine
from engagement.look.remaining import time_left
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.bodies import takes_files
from tenants.models import Organisation
from tenants.permissions import Permission

_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = ("line", "reason", "what to do", "original")


@takes_files
@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def imports(request: OrganisationRequest) -> HttpResponse:
    """Upload a file, and see what came in."""
    form = (
        UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm(initial=_meant(request.GET))
    )
    if form.is_bound and form.succeeded(lambda: _start(request, form)):
        messages.success(request, _("The file is safe with us and will be read now."))
        return redirect("import", request.organisation.slug, form.outcome.pk)
    return render(request, "ingest/imports.html", {"form": form, **_overview(request.organisation)})


def _meant(query: QueryDict) -> dict[str, str]:
    """What a link says the file will hold."""
    kind = query.get("kind", "")
    return {"kind": kind} if kind in FileImport.Kind.values else {}


def _start(request: OrganisationRequest, form: UploadForm) -> object:
    file = form.cleaned_data["file"]
    return services.start_import(
        organisation=request.organisation,
        kind=form.cleaned_data["kind"],
        sameness=form.cleaned_data["sameness"],
        file_name=file.name,
        stream=file,
        user=request.user,
        now=timezone.now(),
    )


def _overview(organisation: Organisation) -> dict[str, object]:
    return {
        "imports": selectors.imports(organisation=organisation),
        "sources": selectors.sources(organisation=organisation),
        "recent_batches": selectors.RECENT_BATCHES,
        "last_event_at": selectors.last_event_at(organisation),
        "address": settings.PUBLIC_URL,
        "limit_bytes": settings.UPLOAD_LIMIT_BYTES,
    }


@organisation_view(get=Permission.IMPORT_DATA)
def one_import(request: OrganisationRequest, import_id: UUID) -> HttpResponse:
    """One file: how far it is, and what could not be used."""
    return render(request, "ingest/import.html", _progress(request.organisation, import_id))


@organisation_view(get=Permission.IMPORT_DATA)
def import_progress(request: OrganisationRequest, import_id: UUID) -> HttpResponse:
    """The part of the page that changes; it asks for itself again while the file is being read."""
    return render(request, "ingest/_progress.html", _progress(request.organisation, import_id))


def _progress(organisation: Organisation, import_id: UUID) -> dict[str, object]:
    found: ImportLine = selectors.get_import(organisation=organisation, import_id=import_id)
    rejected = selectors.rejected_rows(organisation=organisation, import_id=import_id)
    remedies = {row.remedy for row in rejected}
    return {
        "import": found,
        "left": time_left(found.seconds_left(now=timezone.now())),
        "rejected": rejected,
        "same_remedy": next(iter(remedies)) if len(remedies) == 1 and len(rejected) > 1 else "",
        "rejected_shown": selectors.REJECTED_SHOWN,
    }


@organisation_view(get=Permission.IMPORT_DATA)
def import_rejected(request: OrganisationRequest, import_id: UUID) -> StreamingHttpResponse:
    """The rejected rows of a file as CSV, to be mended and uploaded."""
    found = selectors.get_import(organisation=request.organisation, import_id=import_id)
    services.record_rejected_export(organisation_id=request.organisation.pk, import_id=import_id, rows=found.rejected)
    rows = selectors.stream_rejected_rows(organisation=request.organisation, import_id=import_id)
    response = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{found.id}.csv"'
    return response


@organisation_view(get=Permission.IMPORT_DATA)
def rejected(request: OrganisationRequest) -> HttpResponse:
    """What client libraries sent and could not be used."""
    found = selectors.rejected_messages(organisation=request.organisation, page=request.GET.get("page", "1"))
    return render(request, "ingest/rejected.html", {"rejected": found})


class _Echo:
    """Hands each line the writer makes straight back."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterable[RejectedLine]) -> Iterator[bytes]:
    writer = csv.writer(_Echo())
    yield "\ufeff".encode()  # so that spreadsheets read it as UTF-8
    yield _bytes(writer.writerow(_COLUMNS))
    for row in rows:
        cells = (row.line, row.reason, row.remedy, row.original.rstrip("\r\n"))
        yield _bytes(writer.writerow([harmless(str(cell)) for cell in cells]))


def _bytes(text: object) -> bytes:
    return str(text).encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_MARKS) else cell
