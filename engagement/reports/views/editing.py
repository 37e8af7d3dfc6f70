"""The editor of a draft: its texts, its figures, publishing."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError
from engagement.insights.calendars import By, period_name
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Confirm
from engagement.reports import services
from engagement.reports.assembly import kind_names
from engagement.reports.document import Json
from engagement.reports.forms import TextForm
from engagement.reports.models import Block, Report
from engagement.reports.present import about, report_row, section_rows, text_rows
from engagement.reports.selectors import drafts
from engagement.reports.services import OutdatedTextError
from engagement.reports.views import published_message
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, press, sent
from tenants.models import Organisation
from tenants.permissions import Permission

_WRITE = Permission.WRITE_REPORTS


@organisation_view(get=_WRITE)
def report_edit(request: OrganisationRequest, report_id: UUID) -> HttpResponse:
    """Texts to edit in place, between the figures as they would be frozen now."""
    organisation, report = client_of(request), drafts.report(report_id=report_id)
    document, missing = _as_of_now(organisation, report)
    row = report_row(report, terms=terms_of(organisation=organisation, run=None))
    sections = section_rows(drafts.blocks_of(report), document)
    context = {"report": row, "sections": sections, "document": document, "missing": missing}
    return render(request, "reports/edit.html", context)


def _as_of_now(organisation: Organisation, report: Report) -> tuple[Json | None, str]:
    """What would be frozen now, or why nothing can be: the texts can be edited all the same."""
    number = (report.latest or 0) + 1  # type: ignore[attr-defined]
    try:
        return services.document_of(organisation=organisation, report=report, number=number, now=timezone.now()), ""
    except ConflictError as error:
        return None, error.message


@organisation_view(get=_WRITE, post=_WRITE)
def report_text(request: OrganisationRequest, report_id: UUID, block_id: UUID) -> HttpResponse:
    """Keeps a text; asked for, it shows what stood there before. An old version answers 409 with both texts."""
    report = drafts.report(report_id=report_id)
    block = drafts.block(report=report, block_id=block_id)
    if request.method != "POST":
        return _history(request, report_id, block)
    form = TextForm(request.POST)
    if not form.is_valid():
        raise InvalidInputError(_("Send the text and the version that it was made from."))
    try:
        saved = _save(request, report_id, block_id, form)
    except OutdatedTextError as error:
        return _both(request, report_id, block, form, error)
    return _saved(request, report_id, saved)


def _save(request: OrganisationRequest, report_id: UUID, block_id: UUID, form: TextForm) -> Block:
    said = form.cleaned_data
    return services.save_text(
        block_id=block_id, report_id=report_id, text=said["text"], version=said["version"], user=request.actor.user,
        now=timezone.now(),
    )  # fmt: skip


def _saved(request: OrganisationRequest, report_id: UUID, block: Block) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, "reports/_saved.html", {"version": block.version})
    messages.success(request, _("The text is saved."))
    return redirect(reverse("report-edit", args=[request.organisation.slug, report_id]) + f"#b-{block.pk}")


def _both(
    request: OrganisationRequest, report_id: UUID, block: Block, form: TextForm, error: OutdatedTextError
) -> HttpResponse:
    """Nothing is lost: both texts stand there, and either can be saved, or one made of both."""
    context = {
        "report_id": report_id, "part": block, "name": kind_names()[block.kind], "yours": form.cleaned_data["text"],
        "theirs": error.current, "version": error.version, "message": error.message,
    }  # fmt: skip
    if request.headers.get("HX-Request"):
        # The words stay in their field and the version stays old: typing on never overwrites what was not seen.
        return render(request, "reports/_outdated.html", {**context, "version": form.cleaned_data["version"]})
    return render(request, "reports/outdated.html", context, status=error.status)


def _history(request: OrganisationRequest, report_id: UUID, block: Block) -> HttpResponse:
    terms = terms_of(organisation=request.organisation, run=None)
    rows = text_rows(drafts.texts_of(block), terms=terms)
    context = {"report_id": report_id, "name": kind_names()[block.kind], "rows": rows}
    return render(request, "reports/texts.html", context)


@organisation_view(post=_WRITE)
def report_block(request: OrganisationRequest, report_id: UUID, block_id: UUID) -> HttpResponse:
    """Leaves figures out of the report, or puts them back."""
    is_hidden = request.POST.get("hide") == "yes"
    done = _("These figures are left out.") if is_hidden else _("These figures are back.")
    drafts.report(report_id=report_id)
    said = {"block_id": block_id, "report_id": report_id}
    press(request, lambda: services.show_block(**said, is_hidden=is_hidden), done=done)
    return redirect(reverse("report-edit", args=[request.organisation.slug, report_id]) + f"#b-{block_id}")


@organisation_view(get=_WRITE, post=_WRITE)
def report_publish(request: OrganisationRequest, report_id: UUID) -> HttpResponse:
    """Asks first, then freezes the draft as it stands."""
    organisation, report = client_of(request), drafts.report(report_id=report_id)
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(lambda: _publish(request, report_id)):
        published_message(request, form.outcome.number)
        return redirect("report", organisation.slug, report_id)
    if form.is_bound:
        messages.error(request, " ".join(map(str, form.non_field_errors())))
        return redirect("report-edit", organisation.slug, report_id)
    confirm = _confirm(organisation.slug, report_id, period_name(report.last_day, by=By(report.by)), about(report))
    return render(request, "components/confirm_page.html", {"confirm": confirm})


def _publish(request: OrganisationRequest, report_id: UUID) -> object:
    return services.publish_report(
        organisation=request.organisation, report_id=report_id, user=request.actor.user, now=timezone.now()
    )


def _confirm(slug: str, report_id: UUID, period: str, whom: str) -> Confirm:
    return Confirm(
        question=_("Publish the report of {period}, {whom}?").format(period=period, whom=whom),
        consequence=_(
            "Figures, texts and drawings are frozen as they stand now. Later scorings are noted beside them and change"
            " nothing. You can go on editing and publish another version."
        ),
        button=_("Publish the report"),
        back=_("Go on editing"),
        back_url=reverse("report-edit", args=[slug, report_id]),
        is_destructive=False,
    )
