"""Pages that say how companions are measured, what months cost, and that take survey answers in."""

from __future__ import annotations

from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagement.companions import services
from engagement.companions.forms import MeasuringForm, MoneyForm, UploadForm
from engagement.companions.selectors import answers as answer_selectors
from engagement.companions.selectors import current_setting, money_history, money_lines, proposed, setting_history
from engagement.companions.services.uploads import MOST_REJECTED, looked_at
from engagement.companions.views import file_of
from engagement.insights.views import client_of
from engagement.look.charts.table import ChartTable
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.bodies import takes_files
from tenants.forms import press, sent
from tenants.models import Organisation
from tenants.permissions import Permission

_PREVIEW = 10

# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_ACTIONS)
def companion_settings(request: OrganisationRequest) -> HttpResponse:
    """How companions are measured: what holds, or a proposal before anybody has decided."""
    organisation, now, setting = client_of(request), timezone.now(), current_setting()
    measuring = setting.measuring if setting else proposed(organisation=organisation)
    form = MeasuringForm(sent(request), measuring=measuring)
    if form.is_bound and form.succeeded(
        lambda: services.set_measuring(
            organisation=organisation, measuring=form.measuring(), user=request.user, now=now
        )
    ):
        messages.success(request, _("Saved. The figures are computed now and will stand here in a moment."))
        return redirect("companions", organisation.slug)
    return render(request, "companions/settings.html", {"form": form, "setting": setting, "history": setting_history()})


@organisation_view(post=Permission.RUN_SCORES)
def companions_refresh(request: OrganisationRequest) -> HttpResponse:
    """Read what has come in and compute what has changed."""
    organisation, now = client_of(request), timezone.now()
    press(
        request,
        lambda: services.ask_for_figures(organisation=organisation, user=request.user, now=now),
        done=_("What has come in is read now, and what has changed is computed."),
    )
    return redirect("companions", organisation.slug)


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_ACTIONS)
def companion_money(request: OrganisationRequest) -> HttpResponse:
    """What months cost and brought in besides, and the form that enters it."""
    organisation, now = client_of(request), timezone.now()
    form = MoneyForm(sent(request), month=organisation.last_finished_day(now))
    if form.is_bound and form.succeeded(
        lambda: services.enter_money(organisation=organisation, user=request.user, now=now, **form.entry())
    ):
        messages.success(request, _("Entered. Profit and return follow it at once."))
        return redirect("companion-money", organisation.slug)
    return render(request, "companions/money.html", {"form": form, "lines": money_lines(), "history": money_history()})


@organisation_view(get=Permission.VIEW)
def companion_money_csv(request: OrganisationRequest) -> HttpResponse:
    """Every entry, with who and when, as a file."""
    organisation = client_of(request)
    with override("en"):
        rows = tuple(
            (f"{one.month:%Y-%m}", one.segment_key, one.kind, one.amount, one.currency, one.note, one.entered_by,
             one.entered_at.isoformat())
            for one in money_history(limit=100_000)
        )  # fmt: skip
    header = ("month", "segment", "kind", "amount", "currency", "source", "entered by", "entered at")
    return file_of(organisation, ChartTable(header=header, rows=rows), name=f"{organisation.slug}-money", what="money")


# ── survey answers ───────────────────────────────────────────────────────────────────────────────────────────


@takes_files
@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def survey_answers(request: OrganisationRequest) -> HttpResponse:
    """What has come in, and a file to look at before it is taken in."""
    organisation = client_of(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.succeeded(lambda: _look(request, organisation, form)):
        return redirect("survey-upload", organisation.slug, form.outcome.pk)
    page = {
        "form": form, "lines": answer_selectors.answer_lines(), "uploads": answer_selectors.uploads(),
        "unusable": answer_selectors.unusable_events(), "setting": current_setting(),
    }  # fmt: skip
    return render(request, "companions/answers.html", page)


def _look(request: OrganisationRequest, organisation: Organisation, form: UploadForm) -> object:
    data = form.cleaned_data
    return services.look_at_file(
        organisation=organisation, file=data["file"], kind=data["kind"], user=request.user, now=timezone.now()
    )


@organisation_view(get=Permission.IMPORT_DATA)
def survey_upload(request: OrganisationRequest, upload_id: UUID) -> HttpResponse:
    """A file: its first rows, what cannot be used and why, and the button that takes it in."""
    organisation, upload = client_of(request), answer_selectors.upload(upload_id=upload_id)
    rows: list[dict[str, Any]] = []
    if upload.content:
        looked = looked_at(upload.content, organisation=organisation, kind=upload.kind, now=timezone.now())
        rows = [{"line": one.line, "answer": one.answer} for one in islice(looked.good, _PREVIEW)]
    page = {"upload": upload, "rows": rows, "bad": upload.rejected[:_PREVIEW], "most": MOST_REJECTED}
    return render(request, "companions/upload.html", page)


@organisation_view(post=Permission.IMPORT_DATA)
def survey_upload_take_in(request: OrganisationRequest, upload_id: UUID) -> HttpResponse:
    """Have the good rows taken in."""
    organisation, now = client_of(request), timezone.now()
    press(
        request,
        lambda: services.take_in(organisation=organisation, upload_id=upload_id, user=request.user, now=now),
        done=_("The answers are taken in now; each counts once."),
    )
    return redirect("survey-upload", organisation.slug, upload_id)


@organisation_view(post=Permission.IMPORT_DATA)
def survey_upload_withdraw(request: OrganisationRequest, upload_id: UUID) -> HttpResponse:
    """Throw a file away that has not been taken in."""
    organisation = client_of(request)
    press(
        request,
        lambda: services.withdraw_upload(organisation=organisation, upload_id=upload_id),
        done=_("The file is gone; nothing of it counted."),
    )
    return redirect("survey-answers", organisation.slug)


@organisation_view(get=Permission.IMPORT_DATA)
def survey_upload_rejected(request: OrganisationRequest, upload_id: UUID) -> HttpResponse:
    """The rejected rows with their reasons, to be mended and uploaded again."""
    organisation, upload = client_of(request), answer_selectors.upload(upload_id=upload_id)
    table = ChartTable(header=("line", "reason", "original"), rows=upload.rejected)
    return file_of(organisation, table, name=f"rejected-{upload.id}", what="rejected answers")
