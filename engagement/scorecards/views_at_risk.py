"""Pages of customers at risk: the list, its file, the rule, and outreach."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.ingest.models import Customer
from engagement.ingest.selectors import customers_of, get_customer
from engagement.insights.risk_types import KEPT, OutreachLine
from engagement.insights.selectors import at_risk as reads
from engagement.insights.selectors.outreach import one_outreach
from engagement.insights.services import at_risk as services
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.scorecards.exports import record_at_risk
from engagement.scorecards.files import csv_response, in_english
from engagement.scorecards.forms_at_risk import ContactForm, OutcomeForm, RiskFilter, RuleForm, customers_asked
from engagement.scorecards.present.at_risk import at_risk_page, outreach_row, risk_table, rule_row
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.models import Organisation
from tenants.permissions import Permission

PER_PAGE = 50


@organisation_view(get=Permission.VIEW)
def at_risk(request: OrganisationRequest) -> HttpResponse:
    """Who fell against their own baseline, who minds them, and what became of past outreach."""
    organisation, now = client_of(request), timezone.now()
    form = RiskFilter(request.GET, user=request.user)
    found = reads.at_risk(organisation=organisation, now=now, per_page=PER_PAGE, **form.asked())
    became = reads.became(organisation=organisation, now=now)
    terms = terms_of(organisation=organisation, run=found.run)
    page = at_risk_page(found=found, became=became, today=organisation.today(now), terms=terms)
    return render(request, "scorecards/at_risk.html", {"page": page, "form": form, "run": found.run})


@organisation_view(get=Permission.VIEW)
@in_english
def at_risk_csv(request: OrganisationRequest) -> HttpResponse:
    """The list as a file, by the same filters: everybody who is kept on it."""
    organisation, now = client_of(request), timezone.now()
    asked = RiskFilter(request.GET, user=request.user).asked() | {"page": 1}
    found = reads.at_risk(organisation=organisation, now=now, per_page=KEPT, **asked)
    if found.run is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    table = risk_table(found=found)
    record_at_risk(organisation=organisation, table=table, run=found.run)
    return csv_response(table, name=f"{organisation.slug}-at-risk-{found.run.as_of}")


@organisation_view(get=Permission.VIEW, post=Permission.RECORD_OUTREACH)
def at_risk_rule(request: OrganisationRequest) -> HttpResponse:
    """The rule that holds, the form that sets another, and the rules before."""
    organisation, now = client_of(request), timezone.now()
    form = RuleForm(sent(request), rule=reads.fall_rule())
    if form.is_bound and form.succeeded(lambda: _set_rule(request, form, now)):
        messages.success(request, _("The rule holds from now on, also for the list of today."))
        return redirect("at-risk", organisation.slug)
    terms = terms_of(organisation=organisation, run=None)
    rules = [rule_row(rule=rule, terms=terms) for rule in reads.fall_rules()]
    context = {"form": form, "rules": rules, "now": rule_row(rule=reads.fall_rule(), terms=terms)}
    return render(request, "scorecards/at_risk_rule.html", context)


def _set_rule(request: OrganisationRequest, form: RuleForm, now: datetime) -> None:
    services.set_fall_rule(organisation=request.organisation, user=request.user, now=now, **form.cleaned_data)


# ── outreach ─────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.RECORD_OUTREACH, post=Permission.RECORD_OUTREACH)
def outreach_new(request: OrganisationRequest) -> HttpResponse:
    """Take customers up: an owner, or how somebody got in touch, for all of them at once."""
    organisation, now, numbers = client_of(request), timezone.now(), customers_asked(request.GET)
    customers = _customers(organisation, numbers)
    form = ContactForm(sent(request), user=request.user)
    if form.is_bound and form.succeeded(lambda: _take_up(request, numbers, form, now)):
        messages.success(request, _taken_up(form))
        return redirect("at-risk", organisation.slug)
    context = {"form": form, "customers": customers, "most": services.MOST_AT_ONCE}
    return render(request, "scorecards/outreach_new.html", context)


def _taken_up(form: ContactForm) -> str:
    if form.cleaned_data.get("how"):
        return _("Noted: how they were contacted, and who minds them.")
    return _("Noted who minds them. Nothing is said yet about how they were contacted.")


def _customers(organisation: Organisation, numbers: tuple[int, ...]) -> list[Customer]:
    found = list(customers_of(organisation=organisation).filter(number__in=numbers).order_by("number"))
    if len(found) != len(numbers):
        raise NotFoundError(_("There is no such customer."))
    return found


def _take_up(request: OrganisationRequest, numbers: tuple[int, ...], form: ContactForm, now: datetime) -> None:
    services.take_up(
        organisation=request.organisation, numbers=numbers, contact=form.contact(), user=request.user, now=now
    )


@organisation_view(get=Permission.VIEW, post=Permission.RECORD_OUTREACH)
def outreach(request: OrganisationRequest, outreach_id: UUID) -> HttpResponse:
    """One outreach: what is noted, and while it is open the form that goes on with it."""
    organisation, now = client_of(request), timezone.now()
    line = one_outreach(outreach_id=outreach_id)
    form = OutcomeForm(sent(request), user=request.user, outreach=line)
    if form.is_bound and form.succeeded(lambda: _change(request, outreach_id, form, now)):
        messages.success(request, _("Noted."))
        return redirect("at-risk", organisation.slug)
    return render(request, "scorecards/outreach.html", {"form": form, **_one(organisation, line, now)})


def _change(request: OrganisationRequest, outreach_id: UUID, form: OutcomeForm, now: datetime) -> None:
    services.change_outreach(
        organisation=request.organisation, outreach_id=outreach_id, contact=form.contact(), user=request.user, now=now
    )


def _one(organisation: Organisation, line: OutreachLine, now: datetime) -> dict[str, object]:
    terms = terms_of(organisation=organisation, run=None)
    customer = get_customer(organisation=organisation, number=line.customer_number)
    return {"customer": customer, "outreach": outreach_row(line=line, today=organisation.today(now), terms=terms)}
