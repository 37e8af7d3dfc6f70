"""Who gets a client's reports, and when and how they go out."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.insights.views import client_of
from engagement.rounds.forms import ClientPlanForm, RecipientForm
from engagement.rounds.models import Plan
from engagement.rounds.selectors.rounds import recipients
from engagement.rounds.selectors.standing import live_recipients
from engagement.rounds.services.planning import set_plan
from engagement.rounds.services.recipients import add_recipient, remove_recipient
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.permissions import Permission

_WRITE = Permission.WRITE_REPORTS


@organisation_view(get=_WRITE, post=_WRITE)
def round_recipients(request: OrganisationRequest) -> HttpResponse:
    """The list, and the form that adds an address."""
    organisation = client_of(request)
    form = RecipientForm(sent(request))
    if form.is_bound and form.succeeded(lambda: _add(request, form)):
        messages.success(request, _("The address is on the list."))
        return redirect("round-recipients", organisation.slug)
    live = set(live_recipients().values_list("pk", flat=True))
    rows = [(one, one.pk in live) for one in recipients()]
    return render(request, "rounds/recipients.html", {"form": form, "rows": rows})


def _add(request: OrganisationRequest, form: RecipientForm) -> object:
    return add_recipient(
        organisation=request.organisation, user=request.actor.user, now=timezone.now(), **form.cleaned_data
    )


@organisation_view(post=_WRITE)
def round_recipient_remove(request: OrganisationRequest, recipient_id: UUID) -> HttpResponse:
    """Takes an address off the list; what waits for it is not sent."""
    organisation = client_of(request)
    said = {"organisation": organisation, "recipient_id": recipient_id}
    done = _("The address is off the list. What waited for it is not sent.")
    press(request, lambda: remove_recipient(**said), done=done)  # type: ignore[arg-type]
    return redirect("round-recipients", organisation.slug)


@organisation_view(get=_WRITE, post=_WRITE)
def round_plan(request: OrganisationRequest) -> HttpResponse:
    """How the client's reports go out, and its own times."""
    organisation = client_of(request)
    form = ClientPlanForm(sent(request), plan=Plan.objects.first())
    if form.is_bound and form.succeeded(lambda: set_plan(organisation=organisation, changes=form.changes())):
        messages.success(request, _("Reports of this client go out like this from now on."))
        return redirect("round", organisation.slug)
    return render(request, "rounds/client_plan.html", {"form": form})
