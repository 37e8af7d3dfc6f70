"""Pages about publishing a set that exists: approve, send back, withdraw, return at once, restate the past."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.scoring import services
from engagement.scoring.forms.publishing import ApproveForm, RestateForm, ReturnForm, SendBackForm
from engagement.scoring.selectors import publishing as reads
from engagement.scoring.selectors import weights as weight_reads
from engagement.scoring.types import WeightSetView
from engagement.scoring.views import publishing_words as words
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import ServiceForm, sent
from tenants.permissions import Permission


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def approve(request: OrganisationRequest, number: int) -> HttpResponse:
    """A second person reads what was proposed and puts it in force; who proposed it cannot."""
    view, now = weight_reads.weight_set(organisation=request.organisation, number=number), timezone.now()
    form = ApproveForm(sent(request), initial={"changed_at": view.changed_at.isoformat()})
    if form.is_bound and form.succeeded(lambda: _approve(request, form, number, now)):
        messages.success(request, words.outcome(form.outcome))
        return redirect("weights", request.organisation.slug)
    if view.state != "proposed" and not form.is_bound:
        return redirect("weight-set", request.organisation.slug, number)
    return render(request, "scoring/weights_approve.html", _proposal_page(request, view, form, now))


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def send_back(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks for the reason, then makes a proposal the draft again."""
    view, now = weight_reads.weight_set(organisation=request.organisation, number=number), timezone.now()
    is_own = view.proposed_by_id == request.user.pk
    form = SendBackForm(sent(request), initial={"changed_at": view.changed_at.isoformat()}, is_own=is_own)
    if form.is_bound and form.succeeded(lambda: _send_back(request, form, number, now)):
        messages.success(request, _("Set {number} is the draft again.").format(number=number))
        return redirect("weights-draft", request.organisation.slug)
    if view.state != "proposed" and not form.is_bound:
        return redirect("weight-set", request.organisation.slug, number)
    return render(request, "scoring/weights_send_back.html", {"set": view, "form": form, "is_own": is_own})


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def withdraw(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks first, then keeps a scheduled set from coming in force."""
    view, now = weight_reads.weight_set(organisation=request.organisation, number=number), timezone.now()
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.withdraw(organisation=request.organisation, number=number, user=request.user, now=now)
    ):
        said = _("Set {number} is withdrawn. What counts now stays as it is.")
        messages.success(request, said.format(number=number))
        return redirect("weights", request.organisation.slug)
    if view.state != "scheduled" and not form.is_bound:
        return redirect("weight-set", request.organisation.slug, number)
    confirm = words.withdraw_question(view=view, problems=_problems(form), back_url=_set_url(request, number))
    return render(request, "components/confirm_page.html", {"confirm": confirm})


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def return_now(request: OrganisationRequest, number: int) -> HttpResponse:
    """One button: an earlier set counts again, as a new one; says first what that means."""
    view, now = weight_reads.weight_set(organisation=request.organisation, number=number), timezone.now()
    current = weight_reads.published_view(organisation=request.organisation)
    if view.state != "retired" or current is None:
        return redirect("weight-set", request.organisation.slug, number)
    note = _("Return to set {number}").format(number=number)
    form = ReturnForm(sent(request), initial={"note": note, "in_force": current.number})
    if form.is_bound and form.succeeded(lambda: _return(request, form, number, now)):
        messages.success(request, words.outcome(form.outcome))
        return redirect("weights", request.organisation.slug)
    return render(request, "scoring/weights_return_now.html", _return_page(request, view, current, form))


@organisation_view(get=Permission.VIEW)
def past(request: OrganisationRequest, number: int) -> HttpResponse:
    """The part of a set's page that changes: how far a restatement is. It asks for itself again while one runs."""
    view = weight_reads.weight_set(organisation=request.organisation, number=number)
    return render(request, "scoring/_past.html", past_part(request, view, timezone.now()))


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def restate(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks from which day on, says how many days there are, then has the past scored again."""
    view, now = weight_reads.weight_set(organisation=request.organisation, number=number), timezone.now()
    found = reads.past_of(organisation=request.organisation, number=number, now=now)
    form = RestateForm(sent(request), initial={"first_day": found.days[-1] if found.days else None})
    if form.is_bound and form.succeeded(lambda: _restate(request, form, number, now)):
        messages.success(request, words.scored_again_soon(form.outcome))
        return redirect("weight-set", request.organisation.slug, number)
    if view.state != "published" and not form.is_bound:
        return redirect("weight-set", request.organisation.slug, number)
    return render(request, "scoring/weights_restate.html", {"set": view, "form": form, "past": found})


@organisation_view(get=Permission.PUBLISH_WEIGHTS, post=Permission.PUBLISH_WEIGHTS)
def take_back(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks first, then lets every day count as before the restatement."""
    weight_reads.weight_set(organisation=request.organisation, number=number)
    latest, now = reads.restatement_of(organisation=request.organisation, number=number), timezone.now()
    form = ServiceForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.take_back(organisation=request.organisation, number=number, user=request.user, now=now)
    ):
        messages.success(request, words.counts_as_before(form.outcome))
        return redirect("weight-set", request.organisation.slug, number)
    if latest is None or (latest.state == "cancelled" and not form.is_bound):
        return redirect("weight-set", request.organisation.slug, number)
    confirm = words.take_back_question(line=latest, problems=_problems(form), back_url=_set_url(request, number))
    return render(request, "components/confirm_page.html", {"confirm": confirm})


def past_part(request: OrganisationRequest, view: WeightSetView, now: datetime) -> dict[str, object]:
    """What the part about the past takes."""
    found = reads.past_of(organisation=request.organisation, number=view.number, now=now)
    running = reads.running_restatement(organisation=request.organisation)
    slug = request.organisation.slug
    progress = None
    if found.latest is not None and found.latest.state != "cancelled":
        urls = (reverse("weights-past", args=[slug, view.number]), _set_url(request, view.number))
        progress = words.restating_progress(line=found.latest, urls=urls)
    return {"set": view, "past": found, "progress": progress, "running": running}


def _set_url(request: OrganisationRequest, number: int) -> str:
    return reverse("weight-set", args=[request.organisation.slug, number])


def _problems(form: ServiceForm) -> list[str]:
    return [str(text) for text in form.non_field_errors()] if form.is_bound else []


def _approve(request: OrganisationRequest, form: ApproveForm, number: int, now: datetime) -> WeightSetView:
    return services.approve(
        organisation=request.organisation, number=number, user=request.user, now=now, **form.cleaned_data
    )


def _send_back(request: OrganisationRequest, form: SendBackForm, number: int, now: datetime) -> WeightSetView:
    return services.send_back(
        organisation=request.organisation, number=number, user=request.user, now=now, **form.cleaned_data
    )


def _return(request: OrganisationRequest, form: ReturnForm, number: int, now: datetime) -> WeightSetView:
    return services.return_at_once(
        organisation=request.organisation, number=number, user=request.user, now=now, **form.cleaned_data
    )


def _restate(request: OrganisationRequest, form: RestateForm, number: int, now: datetime) -> int:
    return services.restate(
        organisation=request.organisation, number=number, user=request.user, now=now, **form.cleaned_data
    )


def _proposal_page(
    request: OrganisationRequest, view: WeightSetView, form: ApproveForm, now: datetime
) -> dict[str, object]:
    panel = words.preview_part(organisation=request.organisation, now=now)
    return {
        "preview": panel.preview,
        "preview_rows": panel.rows,
        "published": panel.published,
        "set": view,
        "form": form,
        "is_own": view.proposed_by_id == request.user.pk,
        "consequences": words.approval_consequences(view=view, today=request.organisation.today(now)),
    }


def _return_page(
    request: OrganisationRequest, view: WeightSetView, current: WeightSetView, form: ReturnForm
) -> dict[str, object]:
    missing = reads.left_out(organisation=request.organisation, number=view.number)
    return {
        "set": view,
        "current": current,
        "form": form,
        "needs_approval": request.organisation.second_approver,
        "consequences": words.return_consequences(
            view=view,
            current=current,
            left_out=missing,
            needs_approval=request.organisation.second_approver,
        ),
    }
