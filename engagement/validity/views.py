"""Pages of validity checks: the newest, one, the outcome, and a draft of what a check suggests."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagement.insights.selectors.limited import keys_within
from engagement.insights.terms import Terms, terms_of
from engagement.insights.views import client_of
from engagement.look.components import Progress
from engagement.look.files import csv_response
from engagement.scoring.selectors.weights import draft_view
from engagement.validity import selectors, words
from engagement.validity.exports import record_check
from engagement.validity.forms import DraftForm, OutcomeForm
from engagement.validity.present import check_page, check_table, history_rows
from engagement.validity.selectors.checks import waiting_job
from engagement.validity.services.asking import ask_check
from engagement.validity.services.drafting import draft_suggested
from engagement.validity.services.outcomes import set_outcome
from engagement.validity.types import CheckFound
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.jobs import job_progress
from tenants.models import Job
from tenants.permissions import Permission


def _terms(request: OrganisationRequest) -> Terms:
    return terms_of(organisation=request.organisation, run=None)


def _asked(request: OrganisationRequest) -> dict[str, Any]:
    """The organisation, the instant, and which segments a limit leaves."""
    keys = keys_within(request.reach.limit)
    return {"organisation": client_of(request), "now": timezone.now(), "keys": keys}


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def validity(request: OrganisationRequest) -> HttpResponse:
    """What the newest check found, what it is held against, and the checks before."""
    asked, terms = _asked(request), _terms(request)
    outcome, job = selectors.outcome_in_force(), waiting_job()
    context = {
        **_said(request, selectors.latest_check(**asked), terms),
        "outcome": words.outcome_words(outcome) if outcome else "",
        "is_monthly": outcome is not None and outcome.is_monthly,
        "history": history_rows(selectors.checks(**asked), terms=terms),
        "progress": _progress(request, job) if job else None,
    }
    return render(request, "validity/checks.html", context)


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def validity_check(request: OrganisationRequest, number: int) -> HttpResponse:
    """What one check found."""
    asked = _asked(request)
    check = selectors.one_check(number=number, **asked)
    return render(request, "validity/check.html", _said(request, check, _terms(request)))


def _said(request: OrganisationRequest, check: CheckFound | None, terms: Terms) -> dict[str, Any]:
    limited = keys_within(request.reach.limit) is not None
    page = check_page(check, terms=terms, segment=request.GET.get("segment", "")) if check else None
    return {
        "check": check.line if check else None,
        "page": page,
        "heading": words.headline(check, limited=limited),
        "standfirst": words.standfirst(check, terms=terms, limited=limited),
    }


def _progress(request: OrganisationRequest, job: Job) -> Progress:
    slug = request.organisation.slug
    return job_progress(
        job=job,
        title=_("A check is on its way"),
        url=reverse("validity-progress", args=[slug]),
        page_url=reverse("validity", args=[slug]),
        now=timezone.now(),
    )


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def validity_progress(request: OrganisationRequest) -> HttpResponse:
    """How far the check is that was asked for last."""
    client_of(request)
    job = waiting_job(latest=True)
    if job is None:
        return HttpResponse()
    return render(request, "components/progress.html", {"progress": _progress(request, job)})


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def validity_csv(request: OrganisationRequest, number: int) -> HttpResponse:
    """What one check found of each segment, as a file."""
    with override("en"):
        check = selectors.one_check(number=number, **_asked(request))
        table = check_table(check)
    record_check(organisation=request.organisation, line=check.line, table=table)
    return csv_response(table, name=f"{request.organisation.slug}-validity-{number}")


# ── what people do ───────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(post=Permission.RUN_SCORES)
def validity_ask(request: OrganisationRequest) -> HttpResponse:
    """Ask for a check of the outcome in force."""
    organisation = client_of(request)
    press(
        request,
        lambda: ask_check(organisation=organisation, user=request.user, now=timezone.now()),
        done=_("The check is on its way."),
    )
    return redirect("validity", organisation.slug)


@organisation_view(get=Permission.RUN_SCORES, post=Permission.RUN_SCORES)
def validity_outcome(request: OrganisationRequest) -> HttpResponse:
    """Say what scores are held against."""
    organisation, outcome = client_of(request), selectors.outcome_in_force()
    form = OutcomeForm(sent(request), outcome=outcome)
    if form.is_bound and form.succeeded(
        lambda: set_outcome(organisation=organisation, user=request.user, now=timezone.now(), **form.said())
    ):
        messages.success(request, _("The outcome is set. The next check is held against it."))
        return redirect("validity", organisation.slug)
    return render(request, "validity/outcome.html", {"form": form, "is_set": outcome is not None})


@organisation_view(get=Permission.EDIT_WEIGHTS, post=Permission.EDIT_WEIGHTS)
def validity_draft(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks first, then makes a draft of the weights that a check suggests."""
    organisation, now = client_of(request), timezone.now()
    check = selectors.one_check(organisation=organisation, number=number, now=now)
    form = DraftForm(sent(request))
    if form.is_bound and form.succeeded(lambda: _make_draft(request, number, form)):
        messages.success(request, _("The draft is there. Look at what it gives before anybody publishes it."))
        return redirect("weights-draft", organisation.slug)
    page, is_open = check_page(check, terms=_terms(request)), draft_view(organisation=organisation) is not None
    return render(request, "validity/draft.html", {"form": form, "page": page, "is_open": is_open})


def _make_draft(request: OrganisationRequest, number: int, form: DraftForm) -> None:
    replaces, now = form.cleaned_data["replaces"], timezone.now()
    draft_suggested(organisation=request.organisation, number=number, replaces=replaces, user=request.user, now=now)
