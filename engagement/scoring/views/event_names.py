"""The page of event names that no action counts, and how much comes in by source and action."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.looking import LOOK_DAYS
from engagement.scoring.selectors.arriving import actions_in_use
from engagement.scoring.selectors.event_names import names_of
from engagement.scoring.selectors.looking import current_look, is_counted_at_once
from engagement.scoring.services.event_names import KIND, ask_look, ignore_event_name, notice_event_name
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press
from tenants.jobs import latest_job
from tenants.models import Job
from tenants.permissions import Permission


@organisation_view(get=Permission.EDIT_ACTIONS, post=Permission.EDIT_ACTIONS)
def event_names(request: OrganisationRequest) -> HttpResponse:
    """Names that no action counts, one click from counting; and names that are passed over."""
    if request.method == "POST":
        return _act(request)
    if to := _chosen_action(request):
        return to
    now = timezone.now()
    actions = actions_in_use()
    found = current_look(organisation=request.organisation, now=now)
    context = look_state(request, now=now)
    if found is not None:
        context["names"] = names_of(organisation=request.organisation, look=found, actions=actions)
    return render(request, "scoring/event_names.html", {"look": found, "actions": actions, **context})


def look_state(request: OrganisationRequest, *, now: datetime) -> dict[str, object]:
    """Whether a worker has to count, and whether one is at it."""
    at_once = is_counted_at_once(organisation=request.organisation, now=now)
    job = None if at_once else latest_job(kind=KIND)
    return {
        "is_at_once": at_once,
        "is_busy": job is not None and job.state == Job.State.WAITING,
        "has_failed": job is not None and job.state == Job.State.FAILED,
        "days": LOOK_DAYS,
    }


def _chosen_action(request: OrganisationRequest) -> HttpResponseRedirect | None:
    """To the form of the action that was chosen for a name, with the name filled in; it is saved there, or not."""
    key, name = request.GET.get("to", ""), request.GET.get("event", "")
    slug = request.organisation.slug
    if not name or "to" not in request.GET:
        return None
    known = key in {action.key for action in actions_in_use()}
    address = reverse("action", args=[slug, key]) if known else reverse("action-new", args=[slug])
    return HttpResponseRedirect(f"{address}?{urlencode({'event': name})}")


def _act(request: OrganisationRequest) -> HttpResponse:
    act, name = request.POST.get("act", ""), request.POST.get("event", "")
    organisation, now = request.organisation, timezone.now()
    if act == "ignore":
        done = _("“{name}” is passed over from now on.").format(name=name.strip())
        press(
            request,
            lambda: ignore_event_name(organisation=organisation, name=name, user=request.user, now=now),
            done=done,
        )
    elif act == "notice":
        done = _("“{name}” is told of again.").format(name=name.strip())
        press(request, lambda: notice_event_name(organisation=organisation, name=name), done=done)
    elif act == "look":
        press(
            request,
            lambda: ask_look(organisation=organisation, user=request.user, now=now),
            done=_("The events are being counted; this page shows them when that is done."),
        )
    else:
        messages.error(
            request, InvalidInputError(_("Choose what to do with a name: use a button of the page.")).message
        )
    return redirect("event-names", organisation.slug)
