"""All clients of a firm on one page, and up to six of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engagement.insights import selectors
from engagement.insights.terms import Terms, terms_of_line
from engagement.insights.types import PortfolioLine
from engagement.scorecards.exports import record_portfolio
from engagement.scorecards.files import csv_response, in_english
from engagement.scorecards.forms import PortfolioFilter
from engagement.scorecards.present.compared import FEWEST, MOST, compared_page
from engagement.scorecards.present.ordering import client_order
from engagement.scorecards.present.portfolio import Needs, lines_shown, needs_by_client, portfolio_page, portfolio_table
from tenants.access import signed_in_view
from tenants.actor import Reach, SignedInRequest
from tenants.permissions import Permission
from tenants.selectors import organisation_line


class PortfolioRequest(SignedInRequest):
    """The middleware has found the firm of the address and opened it and its clients for reading."""

    reach: Reach


@dataclass(frozen=True, slots=True)
class Clients:
    """A firm's clients as its pages show them; `resting` are the names of those that are suspended."""

    lines: tuple[PortfolioLine, ...]
    terms: dict[str, Terms]
    resting: tuple[str, ...]

    def needs(self, *, now: datetime) -> Needs:
        """What waits, by organisation."""
        return needs_by_client(lines=self.lines, terms=self.terms, now=now)


def clients_of(request: PortfolioRequest, *, now: datetime) -> Clients:
    """Everything about the clients, whose own rows are read once."""
    reaches = request.actor.clients_of(request.reach.organisation_id)
    rows = selectors.client_rows(clients=reaches)
    lines = selectors.portfolio(firm=request.reach, rows=rows, now=now)
    told = {row.slug: organisation_line(organisation=row, actor=request.actor) for row in rows}
    return Clients(
        lines,
        {slug: terms_of_line(line) for slug, line in told.items()},
        tuple(row.name for row in rows if row.suspended_at is not None),
    )


@signed_in_view
@require_safe
def portfolio(request: SignedInRequest, slug: str) -> HttpResponse:
    """All clients of a firm, what waits for somebody first; ?format=csv as a file, ?compare=… some side by side."""
    now, inside = timezone.now(), cast("PortfolioRequest", request)
    if request.GET.get("format") == "csv":
        return _file(inside, now)
    found, order = clients_of(inside, now=now), client_order(request.GET)
    form, needs = PortfolioFilter(request.GET, lines=found.lines, user=request.actor.user), found.needs(now=now)
    told: Any = {"terms": found.terms, "needs": needs, "order": order}
    if compared := _compared(request, found.lines):
        return render(request, "scorecards/compared.html", {"page": compared_page(lines=compared, terms=found.terms)})
    page = portfolio_page(lines=found.lines, shown=form.shows, **told)
    beside = {"form": form, "now": now, **_beside(inside, found)}
    return render(request, "scorecards/portfolio.html", {"page": page, **beside})


@in_english
def _file(request: PortfolioRequest, now: datetime) -> HttpResponse:
    found, order = clients_of(request, now=now), client_order(request.GET)
    form, needs = PortfolioFilter(request.GET, lines=found.lines, user=request.actor.user), found.needs(now=now)
    lines = lines_shown(lines=found.lines, needs=needs, shown=form.shows)
    record_portfolio(firm_id=request.reach.organisation_id, lines=lines)
    table = portfolio_table(lines=lines, terms=found.terms, needs=needs, order=order)
    return csv_response(table, name=f"{request.reach.slug}-portfolio")


def _beside(request: PortfolioRequest, found: Clients) -> dict[str, object]:
    """What the page says besides: whether one may add a client, and who rests."""
    return {"may_add": request.reach.may(Permission.CREATE_CLIENT), "suspended": found.resting}


def _compared(request: SignedInRequest, lines: Sequence[PortfolioLine]) -> list[PortfolioLine]:
    """The clients to put side by side, in the order of their names; none, with a word about it, for too few or many."""
    asked = set(request.GET.getlist("compare"))
    if not asked:
        return []
    found = [line for line in lines if line.slug in asked]
    if FEWEST <= len(found) <= MOST:
        return found
    said = _("Tick {least} to {most} clients to put them side by side. You ticked {n}.")
    messages.error(request, said.format(least=FEWEST, most=MOST, n=len(found)))
    return []
