"""Pages of findings, and the list that findings and steps share."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.cases import selectors, services
from engagement.cases.forms import CasesFilter, FindingForm, ReasonForm
from engagement.cases.models import Finding
from engagement.cases.present.findings import finding_row, heading
from engagement.cases.present.steps import step_row
from engagement.insights.selectors.limited import keys_within
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.permissions import Permission


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def cases(request: OrganisationRequest) -> HttpResponse:
    """What was seen and what is done about it: what is open first."""
    organisation, keys = client_of(request), keys_within(request.reach.limit)
    form = CasesFilter(request.GET, keys=keys)
    asked, terms = form.asked(), terms_of(organisation=organisation, run=None)
    found = selectors.findings(keys=keys, state=asked["state"], segment_key=asked["segment"])
    steps = selectors.initiatives(keys=keys, state=asked["step"], segment_key=asked["segment"])
    context = {"form": form, "is_filtered": any(asked.values()), "heading": heading(findings=found, steps=steps)}
    context["is_limited"] = bool(request.reach.limit)
    context["findings"] = [finding_row(one, terms=terms, slug=organisation.slug) for one in found]
    context["steps"] = [step_row(one, terms=terms) for one in steps]
    return render(request, "cases/cases.html", context)


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def finding(request: OrganisationRequest, finding_id: UUID) -> HttpResponse:
    """One finding with its frozen figures and the steps that answer it."""
    organisation, keys = client_of(request), keys_within(request.reach.limit)
    found = selectors.finding(finding_id=finding_id, keys=keys)
    row = finding_row(found, terms=terms_of(organisation=organisation, run=None), slug=organisation.slug)
    return render(request, "cases/finding.html", {"finding": row})


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def finding_new(request: OrganisationRequest) -> HttpResponse:
    """Record what was seen; an address may fill the form in."""
    organisation, now = client_of(request), timezone.now()
    form = FindingForm.asked(sent(request), query=request.GET, today=organisation.today(now))
    if form.is_bound and form.succeeded(lambda: _record(request, form)):
        messages.success(request, _("The finding is recorded. Plan a step that answers it."))
        return redirect("finding", organisation.slug, form.outcome.pk)
    return render(request, "cases/finding_new.html", {"form": form})


def _record(request: OrganisationRequest, form: FindingForm) -> Finding:
    return services.record_finding(
        organisation=request.organisation,
        words=form.finding(),
        origin=form.origin(),
        user=request.actor.user,
        now=timezone.now(),
    )


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def finding_change(request: OrganisationRequest, finding_id: UUID) -> HttpResponse:
    """Say a finding otherwise."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    found = selectors.finding(finding_id=finding_id)
    form = FindingForm.of(sent(request), finding=found)
    if form.is_bound and form.succeeded(
        lambda: services.change_finding(
            organisation=organisation, finding_id=finding_id, words=form.finding(), user=user, now=now
        )
    ):
        messages.success(request, _("The finding has changed."))
        return redirect("finding", organisation.slug, finding_id)
    return render(request, "cases/finding_change.html", {"form": form, "finding": found})


@organisation_view(get=Permission.EDIT_CASES, post=Permission.EDIT_CASES)
def finding_close(request: OrganisationRequest, finding_id: UUID) -> HttpResponse:
    """Be done with a finding, with the reason."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    found, form = selectors.finding(finding_id=finding_id), ReasonForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.close_finding(
            organisation=organisation, finding_id=finding_id, user=user, now=now, **form.cleaned_data
        )
    ):
        messages.success(request, _("The finding is closed."))
        return redirect("finding", organisation.slug, finding_id)
    back = reverse("finding", args=[organisation.slug, finding_id])
    return render(request, "cases/over.html", _closing(found.title) | {"form": form, "back_url": back})


def _closing(title: str) -> dict[str, str]:
    return {
        "heading": _("Close “{title}”?").format(title=title),
        "standfirst": _("It stays on record with its figures, and can be opened again."),
        "button": _("Close the finding"),
    }


@organisation_view(post=Permission.EDIT_CASES)
def finding_reopen(request: OrganisationRequest, finding_id: UUID) -> HttpResponse:
    """Take a finding up again."""
    organisation, user, now = client_of(request), request.actor.user, timezone.now()
    said = {"organisation": organisation, "finding_id": finding_id, "user": user, "now": now}
    press(request, lambda: services.reopen_finding(**said), done=_("The finding is open again."))  # type: ignore[arg-type]
    return redirect("finding", organisation.slug, finding_id)
