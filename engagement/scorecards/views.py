"""Pages of this step. A view asks one selector and hands the answer to the words; nothing is calculated here."""

from __future__ import annotations

import re
from datetime import datetime
from typing import cast

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement.errors import NotFoundError
from engagement.insights import selectors
from engagement.insights.customer_types import CustomerLine
from engagement.insights.selectors.comparing import known_run
from engagement.insights.terms import Terms, terms_of, terms_of_line
from engagement.insights.types import PortfolioLine, Scorecard, SegmentRow
from engagement.insights.views import client_of
from engagement.look.charts.table import ChartTable
from engagement.scorecards import downloads
from engagement.scorecards.forms import CustomerFilter, day_asked, run_asked, trend_asked
from engagement.scorecards.present.customer import customer_detail
from engagement.scorecards.present.customers import customers_page
from engagement.scorecards.present.first_run import first_run_page
from engagement.scorecards.present.portfolio import portfolio_page, portfolio_table
from engagement.scorecards.present.scorecard import scorecard_page
from engagement.scorecards.present.segment import segment_page
from tenants.access import organisation_view, signed_in_view
from tenants.actor import OrganisationRequest, Reach, SignedInRequest
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.selectors import organisations

LISTED = 10
PER_PAGE = 50


class PortfolioRequest(SignedInRequest):
    """The middleware has found the firm of the address and opened it and its clients for reading."""

    reach: Reach


def csv_response(table: ChartTable, *, name: str) -> HttpResponse:
    """A table as a file to save."""
    response = HttpResponse(table.csv(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^a-z0-9.-]+", "-", name.lower())}.csv"'
    return response


# ── portfolio ────────────────────────────────────────────────────────────────────────────────────────────────


def _clients(request: PortfolioRequest, *, now: datetime) -> tuple[tuple[PortfolioLine, ...], dict[str, Terms]]:
    clients = request.actor.clients_of(request.reach.organisation_id)
    lines = selectors.portfolio(firm=request.reach, clients=clients, now=now)
    return lines, {line.slug: terms_of_line(line) for line in organisations(actor=request.actor)}


@signed_in_view
@require_safe
def portfolio(request: SignedInRequest, slug: str) -> HttpResponse:
    """All clients of a firm, what waits for somebody first; with ?format=csv the same as a file."""
    now, inside = timezone.now(), cast("PortfolioRequest", request)
    lines, terms = _clients(inside, now=now)
    if request.GET.get("format") == "csv":
        return csv_response(portfolio_table(lines=lines, terms=terms, now=now), name=f"{slug}-portfolio")
    page = portfolio_page(lines=lines, terms=terms, now=now)
    may_add = inside.reach.may(Permission.CREATE_CLIENT)
    return render(request, "scorecards/portfolio.html", {"page": page, "now": now, "may_add": may_add})


# ── one organisation ─────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.VIEW)
def scorecard(request: OrganisationRequest) -> HttpResponseBase:
    """The scorecard of a client, or the steps to its first one; a firm's own address leads to its portfolio."""
    if request.reach.is_firm:
        return redirect("portfolio", request.reach.slug)
    card = selectors.scorecard(organisation=request.organisation, now=timezone.now(), **trend_asked(request.GET))
    return _first_run(request) if card is None else _scorecard(request, card)


def _first_run(request: OrganisationRequest) -> HttpResponse:
    organisation = request.organisation
    page = first_run_page(
        organisation=organisation,
        steps=selectors.first_steps(organisation=organisation),
        may={permission.value: request.reach.may(permission) for permission in Permission},
        terms=terms_of(organisation=organisation, run=None),
    )
    return render(request, "scorecards/first_run.html", {"page": page})


def _scorecard(request: OrganisationRequest, card: Scorecard) -> HttpResponse:
    page = scorecard_page(
        card=card,
        set_key=request.GET.get("set", ""),
        line=request.GET.get("line", ""),
        industry=request.organisation.get_industry_display(),
        terms=terms_of(organisation=request.organisation, run=card.run),
    )
    return render(request, "scorecards/scorecard.html", {"page": page})


@organisation_view(get=Permission.VIEW)
def scorecard_csv(request: OrganisationRequest) -> HttpResponse:
    """A table of the scorecard as a file: ?table=segments (all sets), trend or actions."""
    organisation = client_of(request)
    card = selectors.scorecard(organisation=organisation, now=timezone.now(), **trend_asked(request.GET))
    if card is None:
        raise NotFoundError("Nothing has been scored yet.")
    name = request.GET.get("table", "segments")
    table = downloads.scorecard_table(card=card, name=name)
    return csv_response(table, name=f"{organisation.slug}-{name}-{card.run.as_of}")


@organisation_view(get=Permission.VIEW)
def segment(request: OrganisationRequest, key: str) -> HttpResponse:
    """One segment: where its points come from, how its customers spread, who is at either end."""
    organisation = client_of(request)
    row, run, trend, spread, comparison = selectors.segment_figures(
        organisation=organisation, segment_key=key, now=timezone.now(), **trend_asked(request.GET)
    )
    most, fewest = _ends(organisation, run_number=run.number, row=row)
    page = segment_page(
        row=row, run=run, trend=trend, spread=spread, comparison=comparison, most=most, fewest=fewest,
        terms=terms_of(organisation=organisation, run=run), line=request.GET.get("line", ""),
    )  # fmt: skip
    return render(request, "scorecards/segment.html", {"page": page})


def _ends(
    organisation: Organisation, *, run_number: int, row: SegmentRow
) -> tuple[tuple[CustomerLine, ...], tuple[CustomerLine, ...]]:
    """The most and the least engaged; a segment that one list shows whole needs no second one."""

    def top(*, most: bool) -> tuple[CustomerLine, ...]:
        key = row.figures.segment_key
        return selectors.top_customers(
            organisation=organisation, run_number=run_number, segment_key=key, most=most, limit=LISTED
        )

    return top(most=True), top(most=False) if row.figures.n > LISTED else ()


@organisation_view(get=Permission.VIEW)
def segment_csv(request: OrganisationRequest, key: str) -> HttpResponse:
    """A table of one segment as a file: ?table=trend or actions."""
    organisation = client_of(request)
    row, run, trend, *_ = selectors.segment_figures(
        organisation=organisation, segment_key=key, now=timezone.now(), **trend_asked(request.GET)
    )
    name = request.GET.get("table", "trend")
    table = downloads.segment_table(figures=row.figures, trend=trend, name=name)
    return csv_response(table, name=f"{organisation.slug}-{key}-{name}-{run.as_of}")


@organisation_view(get=Permission.VIEW)
def customers(request: OrganisationRequest) -> HttpResponse:
    """Everybody with a score, by search, segment and order."""
    organisation = client_of(request)
    form = CustomerFilter(request.GET)
    asked = form.asked()
    found = selectors.customers(organisation=organisation, now=timezone.now(), per_page=PER_PAGE, **asked)
    terms = terms_of(organisation=organisation, run=found.run)
    is_filtered, kept = bool(asked["search"] or asked["segment_key"]), asked["run_number"] is not None
    known = known_run(organisation=organisation, run_number=asked["run_number"])
    page = customers_page(found=found, is_filtered=is_filtered, is_kept_run=kept, terms=terms, known=known)
    return render(request, "scorecards/customers.html", {"page": page, "form": form})


@organisation_view(get=Permission.VIEW)
def customer(request: OrganisationRequest, number: int) -> HttpResponse:
    """One customer: parts that add up, score, what is known, what happened."""
    organisation, run = client_of(request), run_asked(request.GET)
    card = selectors.customer_card(
        organisation=organisation, number=number, now=timezone.now(), as_of=day_asked(request.GET), run_number=run
    )
    terms = terms_of(organisation=organisation, run=card.run)
    known = known_run(organisation=organisation, run_number=run)
    page = customer_detail(card=card, is_kept_run=run is not None, terms=terms, known=known)
    return render(request, "scorecards/customer.html", {"page": page})
