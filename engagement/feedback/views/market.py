"""Pages of competitors and the market: figures with their sources, one measure over time, the own score beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.feedback import services
from engagement.feedback.forms import MarketForm
from engagement.feedback.present_market import (
    MarketCharts,
    is_score,
    lines_drawn,
    market_charts,
    market_row,
    market_table,
    value_text,
)
from engagement.feedback.selectors.market import market_figure, market_figures, own_scores
from engagement.feedback.services.exporting import record_market_export
from engagement.feedback.types import MarketLine
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Choice, Confirm
from engagement.look.files import csv_stream, in_english
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission

CHOICES: Final = 12


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_TARGETS)
def market(request: OrganisationRequest) -> HttpResponse:
    """Every figure in force, one measure over time, and the form that enters one."""
    organisation = client_of(request)
    form = MarketForm(sent(request))
    said: dict[str, Any] = {"organisation": organisation, "user": request.user}
    if form.is_bound and form.succeeded(
        lambda: services.add_figure(words=form.words(), now=timezone.now(), **said)
    ):  # fmt: skip
        messages.success(request, _("The figure is kept, with its source."))
        return redirect("market", organisation.slug)
    return render(
        request, "feedback/market.html", {"form": form, **_listed(request, market_figures(organisation=organisation))}
    )


def _listed(request: OrganisationRequest, lines: Sequence[MarketLine]) -> dict[str, object]:
    terms, drawn = terms_of(organisation=request.organisation, run=None), list(lines_drawn(lines).items())[:CHOICES]
    asked = request.GET.get("line", "")
    at = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 3 and int(asked) < len(drawn) else 0  # noqa: PLR2004
    choices = [
        Choice(label=f"{about}: {measure}", url=f"?line={place}", current=place == at)
        for place, ((measure, about, _unit), _points) in enumerate(drawn)
    ]
    return {
        "rows": [market_row(line, terms=terms) for line in lines],
        "choices": choices if len(choices) > 1 else [],
        "charts": _charts(request, drawn[at][1]) if drawn else None,
    }


def _charts(request: OrganisationRequest, points: Sequence[MarketLine]) -> MarketCharts:
    organisation, terms = request.organisation, terms_of(organisation=request.organisation, run=None)
    days = [line.last_day for line in points if is_score(line)]
    own = own_scores(organisation=organisation, days=days) if days else {}
    return market_charts(points, own=own, terms=terms)


@organisation_view(get=Permission.VIEW)
@in_english
def market_csv(request: OrganisationRequest) -> StreamingHttpResponse:
    """Every figure in force, as a file."""
    organisation = client_of(request)
    table = market_table(market_figures(organisation=organisation))
    record_market_export(organisation=organisation, rows=len(table.rows))
    return csv_stream(header=table.header, rows=table.rows, name=f"{organisation.slug}-market")


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_TARGETS)
def market_figure_page(request: OrganisationRequest, figure_id: UUID) -> HttpResponse:
    """One figure with its former versions; posting puts a new version in its place."""
    organisation, line = client_of(request), market_figure(organisation=request.organisation, figure_id=figure_id)
    form = MarketForm.of(sent(request), figure=line)
    said: dict[str, Any] = {"organisation": organisation, "figure_id": figure_id, "user": request.user}
    if form.is_bound and form.succeeded(
        lambda: services.change_figure(words=form.words(), now=timezone.now(), **said)
    ):  # fmt: skip
        messages.success(request, _("The figure has changed; the former one is kept."))
        return redirect("market-figure", organisation.slug, form.outcome.pk)
    return render(request, "feedback/market_figure.html", {"form": form, **_figure(request, line)})


def _figure(request: OrganisationRequest, line: MarketLine) -> dict[str, object]:
    terms = terms_of(organisation=request.organisation, run=None)
    return {"row": market_row(line, terms=terms), "former": [market_row(one, terms=terms) for one in line.former]}


@organisation_view(get=Permission.EDIT_TARGETS, post=Permission.EDIT_TARGETS)
def market_figure_remove(request: OrganisationRequest, figure_id: UUID) -> HttpResponse:
    """Asks first, then takes a figure away."""
    organisation, line = client_of(request), market_figure(organisation=request.organisation, figure_id=figure_id)
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _confirm(request, line)})
    services.remove_figure(figure_id=figure_id, now=timezone.now())
    messages.success(request, _("The figure is gone."))
    return redirect("market", organisation.slug)


def _confirm(request: OrganisationRequest, line: MarketLine) -> Confirm:
    value = value_text(line, terms=terms_of(organisation=request.organisation, run=None))
    said = _("Remove {value}, {measure} of {about}?")
    return Confirm(
        question=said.format(value=value, measure=line.measure, about=line.about),
        consequence=_("It goes from this list, from the chart and from reports to come. The record keeps its value."),
        button=_("Remove the figure"),
        back=_("Keep it"),
        back_url=reverse("market-figure", args=[request.organisation.slug, line.id]),
    )
