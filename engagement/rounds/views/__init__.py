"""Pages of a firm's round: every client of a month, and what is done for several of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.errors import NotFoundError
from engagement.rounds.calendars import latest_round, month_asked, month_code
from engagement.rounds.forms import TimesForm, WhenForm
from engagement.rounds.models import Plan
from engagement.rounds.present import RoundPage, past_rows, progress_of, round_page
from engagement.rounds.selectors.rounds import firm_round, past_rounds
from engagement.rounds.services.approving_all import AllApproved, approve_all
from engagement.rounds.services.planning import set_plan
from engagement.rounds.services.preparing import ask_to_prepare_all, writing_reaches
from engagement.rounds.types import Standing
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest, Reach
from tenants.forms import sent
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import Scope, tenant

_WRITE = Permission.WRITE_REPORTS


def firm_of(request: OrganisationRequest) -> Organisation:
    """The firm of the address; raises NotFoundError at a client."""
    if not request.reach.is_firm:
        raise NotFoundError
    return request.organisation


def month_of(request: OrganisationRequest, now: datetime) -> date:
    """The last day of the month that the address names, by default the last finished one; raises NotFoundError."""
    code = request.GET.get("month") or request.POST.get("month") or ""
    found = month_asked(code, latest=latest_round(request.organisation.today(now)))
    if found is None:
        raise NotFoundError(_("There is no round of this month."))
    return found


def query_of(request: OrganisationRequest, last_day: date) -> str:
    """The month and whose clients, as they stand in an address."""
    mine = {"of": "mine"} if _is_mine(request) else {}
    return urlencode({"month": month_code(last_day), **mine})


def _is_mine(request: OrganisationRequest) -> bool:
    return "mine" in {request.GET.get("of"), request.POST.get("of")}


def clients_in(request: OrganisationRequest, last_day: date, now: datetime) -> tuple[Standing, ...]:
    """The clients that the address asks for, read together; nothing is written in this scope."""
    firm = firm_of(request)
    reaches = writing_reaches(actor=request.actor, firm_id=firm.pk)
    with _reading(firm, reaches):
        return _firm_round(request, reaches, last_day, now)


def _reading(firm: Organisation, reaches: Sequence[Reach]) -> AbstractContextManager[Scope]:
    return tenant(read=[firm.pk, *(one.organisation_id for one in reaches)])


def _firm_round(
    request: OrganisationRequest, reaches: Sequence[Reach], last_day: date, now: datetime
) -> tuple[Standing, ...]:
    minded_by = request.user.pk if _is_mine(request) else None
    return firm_round(reaches=reaches, firm=request.organisation, last_day=last_day, minded_by=minded_by, now=now)


@organisation_view(get=_WRITE)
def rounds(request: OrganisationRequest) -> HttpResponse:
    """The round of a month: where each client stands; ?of=mine those one minds, ?part=progress how far drafts are."""
    firm, now = firm_of(request), timezone.now()
    last_day, reaches = month_of(request, now), writing_reaches(actor=request.actor, firm_id=firm.pk)
    query = query_of(request, last_day)
    with _reading(firm, reaches):
        found, past = _firm_round(request, reaches, last_day, now), past_rounds()
    page = round_page(firm_slug=firm.slug, last_day=last_day, found=found, query=query)
    if request.GET.get("part") == "progress":
        return _progress(request, page, query)
    context = {"page": page, "query": query, "is_mine": _is_mine(request)}
    context["past"] = past_rows(past, shown=last_day)
    return render(request, "rounds/rounds.html", context)


def _progress(request: OrganisationRequest, page: RoundPage, query: str) -> HttpResponse:
    n, here = len(page.rows), f"{reverse('rounds', args=[request.organisation.slug])}?{query}"
    progress = page.progress or progress_of(done=n, all_of_them=n, here=here)
    return render(request, "rounds/_progress.html", {"progress": progress})


@organisation_view(post=_WRITE)
def rounds_prepare(request: OrganisationRequest) -> HttpResponse:
    """Has every client prepared that has no draft yet; workers do it."""
    firm, now = firm_of(request), timezone.now()
    last_day = month_of(request, now)
    query = query_of(request, last_day)
    page = round_page(firm_slug=firm.slug, last_day=last_day, found=clients_in(request, last_day, now), query=query)
    said = {"actor": request.actor, "firm": firm, "last_day": last_day, "slugs": page.to_prepare, "now": now}
    n = ask_to_prepare_all(**said)  # type: ignore[arg-type]
    none = _("Nothing is to be prepared: what has no draft says why.")
    some = ngettext("{n} draft is being prepared.", "{n} drafts are being prepared.", n)
    messages.success(request, some.format(n=n) if n else none)
    return redirect(f"{reverse('rounds', args=[firm.slug])}?{query}")


@organisation_view(get=_WRITE, post=_WRITE)
def rounds_approve(request: OrganisationRequest) -> HttpResponse:
    """Says how many mails go to whom, then approves those clients that were ready when it was asked."""
    firm, now = firm_of(request), timezone.now()
    last_day = month_of(request, now)
    form, query = WhenForm(sent(request)), query_of(request, last_day)
    if form.is_bound and form.succeeded(lambda: _approve(request, form, last_day, now)):
        _say(request, form.outcome)
        return redirect(f"{reverse('rounds', args=[firm.slug])}?{query}")
    found = [one for one in clients_in(request, last_day, now) if one.state == "ready"]
    page = round_page(firm_slug=firm.slug, last_day=last_day, found=found, query=query)
    mails = sum(len(one.recipients) for one in found)
    context = {"form": form, "page": page, "ready": found, "mails": mails, "query": query}
    return render(request, "rounds/approve_all.html", context)


def _approve(request: OrganisationRequest, form: WhenForm, last_day: date, now: datetime) -> AllApproved:
    return approve_all(
        actor=request.actor, firm=request.organisation, last_day=last_day, when=form.moment(), now=now,
        slugs=request.POST.getlist("client"),
    )  # fmt: skip


def _say(request: OrganisationRequest, outcome: AllApproved) -> None:
    n = len(outcome.approved)
    if n:
        messages.success(request, ngettext("{n} report is approved.", "{n} reports are approved.", n).format(n=n))
    for name, why in outcome.refused:
        messages.error(request, _("{name} is not approved. {why}").format(name=name, why=why))
    if not n and not outcome.refused:
        messages.error(request, _("Nothing was approved: no client was chosen."))


@organisation_view(get=_WRITE, post=_WRITE)
def rounds_plan(request: OrganisationRequest) -> HttpResponse:
    """When rounds of the firm's clients are prepared and sent."""
    firm = firm_of(request)
    form = TimesForm(sent(request), plan=Plan.objects.first())
    if form.is_bound and form.succeeded(lambda: set_plan(organisation=firm, changes=form.changes())):
        messages.success(request, _("The plan is kept. It counts for every client without times of its own."))
        return redirect("rounds", firm.slug)
    return render(request, "rounds/plan.html", {"form": form})
