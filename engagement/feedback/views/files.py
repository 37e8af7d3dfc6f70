"""Pages of files of feedback: upload, look at the first rows, take in, see how far it is and what was rejected."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.feedback import services
from engagement.feedback.forms import FeedbackFileForm
from engagement.feedback.models import FeedbackFile, Kind
from engagement.feedback.rows import COLUMNS
from engagement.feedback.selectors import files as reads
from engagement.feedback.services.exporting import record_rejected_export
from engagement.feedback.services.files import KIND
from engagement.insights.views import client_of
from engagement.look.components import Progress
from engagement.look.files import csv_stream, in_english
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.bodies import takes_files
from tenants.forms import press
from tenants.jobs import job_progress, latest_job
from tenants.permissions import Permission

_HEADER: Final = ("line", "reason", "what to do", "original")


@takes_files
@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def feedback_files(request: OrganisationRequest) -> HttpResponse:
    """Upload a file to look at, and see the latest ones."""
    organisation = client_of(request)
    form = FeedbackFileForm(request.POST, request.FILES) if request.method == "POST" else FeedbackFileForm()
    if form.is_bound and form.succeeded(lambda: _look_at(request, form)):
        return redirect("feedback-file", organisation.slug, form.outcome.pk)
    states, kinds = dict(FeedbackFile.State.choices), dict(Kind.choices)
    files = [(one, states[one.state], kinds[one.kind]) for one in reads.files()]
    return render(request, "feedback/files.html", {"form": form, "files": files, "columns": COLUMNS, "kinds": kinds})


def _look_at(request: OrganisationRequest, form: FeedbackFileForm) -> object:
    given: dict[str, Any] = dict(form.cleaned_data)
    file = given.pop("file")
    return services.look_at_file(
        organisation=request.organisation,
        file_name=file.name,
        stream=file,
        user=request.user,
        now=timezone.now(),
        **given,
    )


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def feedback_file(request: OrganisationRequest, file_id: UUID) -> HttpResponse:
    """The first rows of a file, or how far it is; posting takes it in."""
    organisation = client_of(request)
    if request.method == "POST":
        taking: dict[str, Any] = {"organisation": organisation, "file_id": file_id, "user": request.user}
        press(
            request,
            lambda: services.take_in_file(now=timezone.now(), **taking),
            done=_("The file is being read. This page shows how far it is."),
        )
        return redirect("feedback-file", organisation.slug, file_id)
    return render(request, "feedback/file.html", _file(request, file_id))


def _file(request: OrganisationRequest, file_id: UUID) -> dict[str, object]:
    line = reads.file(file_id)
    is_new = line.state == FeedbackFile.State.LOOKED_AT
    return {
        "file": line,
        "kind": Kind(line.kind).label,
        "preview": reads.preview(organisation=request.organisation, file_id=file_id) if is_new else None,
        "progress": _progress(request, file_id) if line.state == FeedbackFile.State.WAITING else None,
        "rejected": list(reads.rejected_rows(file_id, limit=reads.REJECTED_SHOWN)) if line.rejected else [],
        "rejected_shown": reads.REJECTED_SHOWN,
    }


def _progress(request: OrganisationRequest, file_id: UUID) -> Progress | None:
    job, slug = latest_job(kind=KIND, subject=str(file_id)), request.organisation.slug
    if job is None:
        return None
    return job_progress(
        job=job,
        title=_("Reading the file"),
        url=reverse("feedback-file-progress", args=[slug, file_id]),
        page_url=reverse("feedback-file", args=[slug, file_id]),
        now=timezone.now(),
    )


@organisation_view(get=Permission.IMPORT_DATA)
def feedback_file_progress(request: OrganisationRequest, file_id: UUID) -> HttpResponse:
    """The part of the page that changes; it asks for itself again while the file is being read."""
    client_of(request)
    line = reads.file(file_id)
    return render(request, "feedback/_progress.html", {"progress": _progress(request, file_id), "file": line})


@organisation_view(get=Permission.IMPORT_DATA)
@in_english
def feedback_file_rejected(request: OrganisationRequest, file_id: UUID) -> StreamingHttpResponse:
    """The rejected rows of a file as CSV, to be mended and uploaded."""
    organisation, line = client_of(request), reads.file(file_id)
    record_rejected_export(organisation=organisation, file_id=file_id, rows=line.rejected)
    rows = ((str(row.line), row.reason, row.remedy, row.original) for row in reads.rejected_rows(file_id))
    return csv_stream(header=_HEADER, rows=rows, name=f"rejected-feedback-{file_id}")
