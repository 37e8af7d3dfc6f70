"""A firm's clients under one of its templates: a ranking that says what it does not know."""

from __future__ import annotations

from typing import cast

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement.look.numbers import short_text
from engagement.scorecards.exports import record_portfolio
from engagement.scorecards.files import csv_response, in_english
from engagement.scorecards.forms import YardstickForm
from engagement.scorecards.present.yardstick import Standing, standings, yardstick_page, yardstick_table
from engagement.scorecards.views_portfolio import Clients, PortfolioRequest, clients_of
from engagement.scoring.selectors.templates import template_version, templates
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.selectors.yardsticks import newest_asked, yardstick_lines
from engagement.scoring.templating.types import OfferedTemplate
from engagement.scoring.templating.yardstick import is_yardstick
from tenants.access import signed_in_view
from tenants.actor import SignedInRequest
from tenants.permissions import Permission


@signed_in_view
@require_safe
def portfolio_yardstick(request: SignedInRequest, slug: str) -> HttpResponse:
    """All clients of a firm measured by ?template=…; ?format=csv as a file."""
    inside = cast("PortfolioRequest", request)
    form = YardstickForm(request.GET, offered=templates(firm_id=inside.reach.organisation_id))
    beside = {"form": form, **_rights(inside)}
    if form.chosen is None:
        return render(request, "scorecards/yardstick.html", beside)
    if request.GET.get("format") == "csv":
        return _file(inside, form.chosen)
    clients = clients_of(inside, now=timezone.now())
    shown, found = _measured(inside, form.chosen, clients)
    page = yardstick_page(found=found, terms=clients.terms)
    return render(request, "scorecards/yardstick.html", {**beside, **_template(shown), "page": page})


def _measured(request: PortfolioRequest, key: str, clients: Clients) -> tuple[OfferedTemplate, tuple[Standing, ...]]:
    """The newest version that was asked for, else the newest there is, and every client under it."""
    firm_id = request.reach.organisation_id
    offered, ids = template_version(firm_id=firm_id, key=key), [line.organisation_id for line in clients.lines]
    number = newest_asked(template_id=offered.id, clients=ids)
    if number not in {None, offered.version}:
        offered = template_version(firm_id=firm_id, key=key, number=number)
    of_clients = yardstick_lines(template_id=offered.id, version=offered.version, clients=ids)
    return offered, standings(clients=clients.lines, lines=of_clients, terms=clients.terms)


def _template(shown: OfferedTemplate) -> dict[str, object]:
    actions = [action for action in shown.content.actions if action.weight_thousandths]
    points = shown.content.full_points.thousandths
    return {
        "template": shown,
        "usable": is_yardstick(shown.content),
        "full_points": "" if points is None else short_text(to_points(points)),
        "n_actions": len(actions),
    }


@in_english
def _file(request: PortfolioRequest, key: str) -> HttpResponse:
    shown, found = _measured(request, key, clients_of(request, now=timezone.now()))
    lines = [one.client for one in found]
    record_portfolio(firm_id=request.reach.organisation_id, lines=lines, measured_by=shown)
    table = yardstick_table(found=found, name=shown.name, version=shown.version)
    return csv_response(table, name=f"{request.reach.slug}-{shown.key}-yardstick")


def _rights(request: PortfolioRequest) -> dict[str, bool]:
    rights = {"may_ask": Permission.RUN_SCORES, "may_edit": Permission.EDIT_TEMPLATES}
    return {name: request.reach.may(permission) for name, permission in rights.items()}
