"""Pages about data that comes in: files, how far they are, and what was rejected."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
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
from engagement.ingest.services.mending import OURS, Layout, harmless
from engagement.look.remaining import time_left
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.bodies import takes_files
from tenants.models import Organisation
from tenants.permissions import Permission


@takes_files
@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def imports(request: OrganisationRequest) -> HttpResponse:
    """Upload a file, and see what came in."""
    form = (
        UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm(initial=_meant(request.GET))
    )
    if form.is_bound and form.succeeded(lambda: _start(request, form)):
        messages.success(request, _("The file is safe with us. Nothing of it is stored yet."))
        return redirect("import-mapping", request.organisation.slug, form.outcome.pk)
    return render(request, "ingest/imports.html", {"form": form, **_overview(request)})


def _meant(query: QueryDict) -> dict[str, str]:
    """What a link says the file will hold."""
    kind = query.get("kind", "")
    return {"kind": kind} if kind in FileImport.Kind.values else {}


def _start(request: OrganisationRequest, form: UploadForm) -> object:
    file = form.cleaned_data["file"]
    return services.keep_draft(
        organisation=request.organisation,
        kind=form.cleaned_data["kind"],
        sameness=form.cleaned_data["sameness"],
        file_name=file.name,
        stream=file,
        user=request.user,
        now=timezone.now(),
    )


def _overview(request: OrganisationRequest) -> dict[str, object]:
    organisation = request.organisation
    imports = selectors.imports(organisation=organisation)
    sources = selectors.sources(organisation=organisation, reach=request.reach)
    return {
        "imports": imports,
        "sources": sources,
        "has_conflicts": any(file.conflicts for file in imports) or any(source.conflicts for source in sources),
        "mappings": selectors.saved_mappings(organisation=organisation),
        "recent_batches": selectors.RECENT_BATCHES,
        "failed": selectors.failed_requests(organisation=organisation),
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
    context = {**_progress(request.organisation, import_id), "is_answer": True}
    return render(request, "ingest/_progress.html", context)


def _progress(organisation: Organisation, import_id: UUID) -> dict[str, object]:
    found: ImportLine = selectors.get_import(organisation=organisation, import_id=import_id)
    rejected = selectors.rejected_rows(organisation=organisation, import_id=import_id)
    remedies, now = {row.remedy for row in rejected}, timezone.now()
    days = [found.found.get(name, "") for name in ("first_day", "last_day")]
    return {
        "import": found,
        "left": time_left(found.seconds_left(now=now)),
        "rows_per_second": found.rows_per_second(now=now),
        "can_be_undone": found.can_be_undone(now=now),
        "found_days": [date.fromisoformat(day) for day in days] if all(days) else [],
        "found_reasons": selectors.found_reasons(found),
        "rejected": rejected,
        "same_remedy": next(iter(remedies)) if len(remedies) == 1 and len(rejected) > 1 else "",
        "rejected_shown": selectors.REJECTED_SHOWN,
    }


@organisation_view(get=Permission.IMPORT_DATA)
def import_rejected(request: OrganisationRequest, import_id: UUID) -> StreamingHttpResponse:
    """The rejected rows of a file as CSV, to be mended and uploaded."""
    found = selectors.import_row(organisation=request.organisation, import_id=import_id)
    services.record_rejected_export(organisation_id=request.organisation.pk, import_id=import_id, rows=found.rejected)
    rows = selectors.stream_rejected_rows(organisation=request.organisation, import_id=import_id)
    lines = _csv(rows, layout=Layout.of(found))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{found.pk}.csv"'
    return response


class _Echo:
    """Hands each line the writer makes straight back."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterable[RejectedLine], *, layout: Layout) -> Iterator[bytes]:
    """The columns of the file first, then ours, which an upload leaves out: rows can be mended and sent again."""
    writer = csv.writer(_Echo())
    yield "\ufeff".encode()  # so that spreadsheets read it as UTF-8
    yield _bytes(writer.writerow([harmless(name) for name in (*layout.columns, *OURS)]))
    for row in rows:
        taken = layout.taken(row.original, position=row.position)
        original = "" if taken is not None else row.original.rstrip("\r\n")
        origin = taken.origin if taken is not None else layout.origin_of(row.position)
        said = (origin, row.line or "", row.reason, row.remedy, original)
        cells = taken.cells if taken is not None else [""] * len(layout.columns)
        yield _bytes(writer.writerow([harmless(str(cell)) for cell in (*cells, *said)]))


def _bytes(text: object) -> bytes:
    return str(text).encode()
