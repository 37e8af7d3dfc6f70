"""Pages on which people decide about a file: what its columns mean, to stop it, to undo it; and kept mappings."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import RapportError
from engagement.ingest import selectors, services
from engagement.ingest.files import Mapping as ColumnMapping
from engagement.ingest.files.numbers import COMMA
from engagement.ingest.forms_mapping import MappingForm
from engagement.ingest.models import FileImport, ImportState
from engagement.ingest.services.mappings import mappings_for
from engagement.ingest.services.previewing import Sample, check_columns, first_rows, look_at
from engagement.ingest.services.rows import kept_of
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, sent
from tenants.permissions import Permission

_EMPTY = Sample(columns=(), first=(), mapping=ColumnMapping(), is_mended=False)


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def mapping(request: OrganisationRequest, import_id: UUID) -> HttpResponse:
    """What the columns mean, with the first rows as they will be read; then a dry run, or the import."""
    row = selectors.import_row(organisation=request.organisation, import_id=import_id)
    if row.state != ImportState.DRAFT:
        return redirect("import", request.organisation.slug, import_id)
    sample, problem = _sample(request, row)
    form = MappingForm(sent(request), row=row, sample=sample)
    task = request.POST.get("act", "")
    if task in FileImport.Task.values and form.succeeded(lambda: _begin(request, form, row, task)):
        return redirect("import", request.organisation.slug, import_id)
    return render(request, "ingest/mapping.html", _page(request, form, row, sample, problem))


def _sample(request: OrganisationRequest, row: FileImport) -> tuple[Sample, str]:
    try:
        return look_at(row=row, organisation=request.organisation), ""
    except RapportError as error:
        return _EMPTY, error.message


def _begin(request: OrganisationRequest, form: MappingForm, row: FileImport, task: str) -> None:
    organisation, chosen = request.organisation, form.mapping()
    columns = check_columns(row=row, organisation=organisation, mapping=chosen)
    name = form.cleaned_data["save_as"]
    if name:
        services.save_mapping(
            organisation=organisation, kind=row.kind, name=name, columns=columns, mapping=chosen,
            user=request.user, now=timezone.now(),
        )  # fmt: skip
    services.begin_import(
        organisation=organisation, import_id=row.pk, task=task, mapping=kept_of(chosen), mapping_name=name,
        sameness=form.cleaned_data.get("sameness") or None,
    )  # fmt: skip


def _page(
    request: OrganisationRequest, form: MappingForm, row: FileImport, sample: Sample, problem: str
) -> dict[str, Any]:
    rows: tuple[Any, ...] = ()
    chosen = form.mapping() if form.is_bound and form.is_valid() else None if form.is_bound else sample.mapping
    if chosen is not None and not problem:
        try:
            rows = first_rows(row=row, organisation=request.organisation, mapping=chosen)
        except RapportError as error:
            problem = error.message
    alike = mappings_for(organisation=request.organisation, kind=row.kind, columns=sample.columns)
    columns = list(zip_longest(sample.columns, sample.first[: len(sample.columns)], fillvalue=""))
    return {
        "form": form, "import": selectors.import_line(row), "rows": rows, "problem": problem, "alike": alike,
        "columns": columns, "is_mended": sample.is_mended,
        "has_commas": chosen is not None and sample.numbers is not None and chosen.numbers == COMMA,
        "fits_nothing": bool(rows) and all(row.reason for row in rows),
    }  # fmt: skip


@organisation_view(post=Permission.IMPORT_DATA)
def import_begin(request: OrganisationRequest, import_id: UUID) -> HttpResponse:
    """After a dry run: take the file in as it was tried."""
    form = ServiceForm(sent(request))
    named: dict[str, Any] = {"organisation": request.organisation, "import_id": import_id}
    if form.succeeded(lambda: services.begin_import(task=FileImport.Task.READ, **named)):
        messages.success(request, _("The file will be read now."))
    else:
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    return redirect("import", request.organisation.slug, import_id)


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def import_cancel(request: OrganisationRequest, import_id: UUID) -> HttpResponse:
    """Asks first and says what stays, then stops the reading after the part at hand."""
    line = selectors.get_import(organisation=request.organisation, import_id=import_id)
    form = ServiceForm(sent(request))
    named: dict[str, Any] = {"organisation": request.organisation, "import_id": import_id, "now": timezone.now()}
    if form.is_bound and form.succeeded(lambda: services.cancel_import(**named)):
        messages.success(request, _("The file is read no further. What is in stays, and stands here."))
        return redirect("import", request.organisation.slug, import_id)
    return render(request, "ingest/import_cancel.html", {"form": form, "import": line})


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def import_undo(request: OrganisationRequest, import_id: UUID) -> HttpResponse:
    """Asks first and says what goes and what stays, then has a worker undo the import."""
    line, now = selectors.get_import(organisation=request.organisation, import_id=import_id), timezone.now()
    form = ServiceForm(sent(request))
    named: dict[str, Any] = {"organisation": request.organisation, "import_id": import_id, "now": now}
    if form.is_bound and form.succeeded(lambda: services.ask_undo(user=request.user, **named)):
        messages.success(request, _("The import is being undone. How far it is stands here."))
        return redirect("import", request.organisation.slug, import_id)
    context = {"form": form, "import": line, "is_open": line.can_be_undone(now=now)}
    return render(request, "ingest/import_undo.html", context)


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def mapping_delete(request: OrganisationRequest, mapping_id: UUID) -> HttpResponse:
    """Asks first, then forgets what a kind of file was read by."""
    row = services.get_mapping(organisation=request.organisation, mapping_id=mapping_id)
    form = ServiceForm(sent(request))
    named: dict[str, Any] = {"organisation": request.organisation, "mapping_id": mapping_id}
    if form.is_bound and form.succeeded(lambda: services.delete_mapping(**named)):
        messages.success(request, _("“{name}” is forgotten. Files that were read by it stay.").format(name=row.name))
        return redirect("imports", request.organisation.slug)
    return render(request, "ingest/mapping_delete.html", {"form": form, "mapping": row})
