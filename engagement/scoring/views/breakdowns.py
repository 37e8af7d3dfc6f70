"""The page that names the event properties by which points are divided."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.scoring.forms.breakdowns import BreakdownsForm
from engagement.scoring.selectors.breakdowns import latest_work, property_names
from engagement.scoring.services.breakdowns import name_properties
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission


@organisation_view(get=Permission.EDIT_ACTIONS, post=Permission.EDIT_ACTIONS)
def breakdowns(request: OrganisationRequest) -> HttpResponse:
    """Up to three properties, and how far what they give is."""
    form = BreakdownsForm(sent(request), names=property_names())
    if form.is_bound and form.succeeded(lambda: _name(request, form)):
        messages.success(request, _("Saved. The latest run is divided now; the scorecard shows it in a moment."))
        return redirect("breakdowns", request.organisation.slug)
    return render(request, "scoring/breakdowns.html", {"form": form, "work": latest_work()})


def _name(request: OrganisationRequest, form: BreakdownsForm) -> list[str]:
    return name_properties(organisation=request.organisation, names=form.names(), user=request.user, now=timezone.now())
