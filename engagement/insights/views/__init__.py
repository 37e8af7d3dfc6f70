"""Pages of this step: targets and runs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from engagement.errors import NotFoundError
from engagement.insights import selectors, services
from engagement.insights.asking import ask_for_run
from engagement.insights.forms import RunForm, SuggestionForm, TargetForm
from engagement.insights.present import TargetLine, run_rows, target_line
from engagement.insights.terms import terms_of
from engagement.look.components import Confirm
from engagement.look.dates import day_text
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.models import Organisation
from tenants.permissions import Permission


def client_of(request: OrganisationRequest) -> Organisation:
    """The organisation of the address; raises NotFoundError in a firm, which has no customers of its own."""
    if request.reach.is_firm:
        raise NotFoundError
    return request.organisation


# ── targets ──────────────────────────────────────────────────────────────────────────────────────────────────


def _targets(organisation: Organisation, now: datetime) -> tuple[TargetLine, ...]:
    terms = terms_of(organisation=organisation, run=None)
    found = selectors.targets(organisation=organisation, now=now)
    return tuple(target_line(target=target, terms=terms) for target in found)


@organisation_view(get=Permission.VIEW, post=Permission.EDIT_TARGETS)
def targets(request: OrganisationRequest) -> HttpResponse:
    """All targets in force, and the form that sets one."""
    organisation, now = client_of(request), timezone.now()
    asked = SuggestionForm(request.GET)
    value = selectors.suggested_target(organisation=organisation, segment_key=asked.key, now=now)
    initial = {"segment": asked.key, "value": value, "owner": request.user.pk}
    form = TargetForm(sent(request), user=request.user, initial=initial)
    if form.is_bound and form.succeeded(lambda: _set_target(request, form, now)):
        messages.success(request, "The target is in force.")
        return redirect("targets", organisation.slug)
    context = {"form": form, "suggestion": asked, "suggested": value, "targets": _targets(organisation, now)}
    return render(request, "insights/targets.html", context)


def _set_target(request: OrganisationRequest, form: TargetForm, now: datetime) -> None:
    services.set_target(organisation=request.organisation, user=request.user, now=now, **form.target())


@organisation_view(get=Permission.EDIT_TARGETS, post=Permission.EDIT_TARGETS)
def target_retire(request: OrganisationRequest, target_id: UUID) -> HttpResponse:
    """Asks first, then ends a target."""
    organisation, now = client_of(request), timezone.now()
    target = next((line for line in _targets(organisation, now) if line.id == str(target_id)), None)
    if target is None:
        raise NotFoundError("There is no such target.")
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _confirm(organisation, target)})
    services.retire_target(organisation=organisation, target_id=target_id, now=now)
    messages.success(request, f"The target for {target.segment_name} has ended.")
    return redirect("targets", organisation.slug)


def _confirm(organisation: Organisation, target: TargetLine) -> Confirm:
    return Confirm(
        question=f"End the target of {target.value} for {target.segment_name}?",
        consequence="It stays on record, and pages no longer measure against it. A new one can be set at any time.",
        button="End the target",
        back="Keep it",
        back_url=reverse("targets", args=[organisation.slug]),
    )


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(get=Permission.VIEW, post=Permission.RUN_SCORES)
def runs(request: OrganisationRequest) -> HttpResponse:
    """The latest runs and what waits, and the button that asks for one."""
    organisation, now = client_of(request), timezone.now()
    form = RunForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: ask_for_run(organisation=organisation, user=request.user, as_of=form.cleaned_data["as_of"], now=now)
    ):
        terms = terms_of(organisation=organisation, run=None)
        messages.success(request, f"{day_text(form.outcome.as_of, locale=terms.locale)} will be scored.")
        return redirect("runs", organisation.slug)
    lines = selectors.runs(organisation=organisation, limit=50)
    rows = run_rows(lines=lines, terms=terms_of(organisation=organisation, run=None))
    context = {"form": form, "runs": rows, "is_busy": any(row.is_unfinished for row in rows)}
    return render(request, "insights/runs.html", context)
