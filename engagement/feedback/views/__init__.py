"""Pages of what was said: the summary, one piece of it, a new one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.feedback import services
from engagement.feedback.forms import FeedbackForm, FilterForm, ToneForm
from engagement.feedback.present import FILE_HEADER, file_row, first_month, item_page, item_rows, summary, themes_table
from engagement.feedback.selectors.counts import has_feedback, kind_counts, theme_counts
from engagement.feedback.selectors.items import item, items_of, items_page, stream_items
from engagement.feedback.selectors.themes import theme_names
from engagement.feedback.services.exporting import record_feedback_export
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Confirm
from engagement.look.dates import day_text
from engagement.look.files import csv_stream, in_english
from engagement.look.locales import spoken
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission


@organisation_view(get=Permission.VIEW)
def feedback(request: OrganisationRequest) -> HttpResponse:
    """What was said in twelve months: how it sounds, what it is about, the newest, and what fits a filter."""
    organisation = client_of(request)
    if not has_feedback(organisation=organisation):
        return render(request, "feedback/empty.html")
    return render(request, "feedback/summary.html", _summary(request, organisation.today(timezone.now())))


def _summary(request: OrganisationRequest, today: date) -> dict[str, Any]:
    organisation, terms = request.organisation, terms_of(organisation=request.organisation, run=None)
    form = FilterForm(request.GET, themes=theme_names())
    asked, first = form.asked(), first_month(today)
    counts = theme_counts(organisation=organisation, first_day=first, last_day=today, segment=asked.segment)
    lines, page = items_page(asked=asked, page=request.GET.get("page", ""))
    return {
        "page_of": summary(counts, kinds=kind_counts(first_day=first, last_day=today), terms=terms),
        "items": item_rows(lines, terms=terms),
        "page": page,
        "form": form,
        "query": _without_page(request),
        "is_filtered": asked != type(asked)(),
        "segment": asked.segment,
    }


def _without_page(request: OrganisationRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


@organisation_view(get=Permission.VIEW)
@in_english
def feedback_csv(request: OrganisationRequest) -> StreamingHttpResponse:
    """What fits a filter, as a file."""
    organisation = client_of(request)
    asked = FilterForm(request.GET, themes=theme_names()).asked()
    record_feedback_export(organisation=organisation, table="items", rows=items_of(asked).count())
    rows = (file_row(line) for line in stream_items(asked))
    return csv_stream(header=FILE_HEADER, rows=rows, name=f"{organisation.slug}-feedback")


@organisation_view(get=Permission.VIEW)
@in_english
def feedback_themes_csv(request: OrganisationRequest) -> StreamingHttpResponse:
    """Themes by month and tone, as a file."""
    organisation, today = client_of(request), request.organisation.today(timezone.now())
    asked = FilterForm(request.GET, themes={}).asked()
    table = themes_table(
        theme_counts(organisation=organisation, first_day=first_month(today), last_day=today, segment=asked.segment)
    )
    record_feedback_export(organisation=organisation, table="themes", rows=len(table.rows))
    return csv_stream(header=table.header, rows=table.rows, name=f"{organisation.slug}-themes")


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def feedback_new(request: OrganisationRequest) -> HttpResponse:
    """Enter one thing that was said."""
    organisation, now = client_of(request), timezone.now()
    form = FeedbackForm(sent(request), today=organisation.today(now))
    said: dict[str, Any] = {"organisation": organisation, "user": request.user, "now": now}
    if form.is_bound and form.succeeded(lambda: services.add_item(said=form.said(), **said)):
        messages.success(request, _("It is kept.") if form.outcome else _("The very same was there already."))
        return redirect(*(("feedback-item", organisation.slug, form.outcome) if form.outcome else _home(request)))
    return render(request, "feedback/new.html", {"form": form})


def _home(request: OrganisationRequest) -> tuple[str, str]:
    return "feedback", request.organisation.slug


@organisation_view(get=Permission.VIEW, post=Permission.ANSWER)
def feedback_item(request: OrganisationRequest, item_id: UUID) -> HttpResponse:
    """One thing that was said; posting says how it sounds to a person."""
    organisation, line = client_of(request), item(item_id)
    form = ToneForm(sent(request), item=line)
    said: dict[str, Any] = {"organisation": organisation, "item_id": item_id, "user": request.user}
    if form.is_bound and form.succeeded(
        lambda: services.correct_tone(tone=form.cleaned_data["tone"], now=timezone.now(), **said)
    ):
        messages.success(request, _("It counts as you said."))
        return redirect("feedback-item", organisation.slug, item_id)
    terms = terms_of(organisation=organisation, run=None)
    return render(request, "feedback/item.html", {"item": item_page(line, terms=terms), "form": form})


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def feedback_item_remove(request: OrganisationRequest, item_id: UUID) -> HttpResponse:
    """Asks first, then takes one piece of feedback out."""
    organisation, line = client_of(request), item(item_id)
    if request.method != "POST":
        confirm = Confirm(
            question=_("Remove this feedback of {day}?").format(day=day_text(line.day, locale=spoken())),
            consequence=_("It goes for good, and counts in no theme any more. Another file with it brings it back."),
            button=_("Remove it"), back=_("Keep it"),
            back_url=reverse("feedback-item", args=[organisation.slug, item_id]),
        )  # fmt: skip
        return render(request, "components/confirm_page.html", {"confirm": confirm})
    services.remove_item(organisation=organisation, item_id=item_id)
    messages.success(request, _("It is gone."))
    return redirect("feedback", organisation.slug)
