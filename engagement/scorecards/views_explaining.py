"""The page that says why a number moved."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from engagement.insights.selectors import limited
from engagement.insights.selectors.comparing import viewing
from engagement.insights.selectors.explaining import explanation
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.scorecards.forms import ExplanationFilter, view_asked
from engagement.scorecards.present.explaining import MEASURE_NAMES, explanation_panel
from engagement.scorecards.present.mixing import mix_panels
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission


@organisation_view(limits=True, get=Permission.VIEW_REPORTS)
def explained(request: OrganisationRequest) -> HttpResponse:
    """Why a segment's number moved from one finished period to the next."""
    organisation, keys = client_of(request), limited.keys_within(request.reach.limit)
    form = ExplanationFilter(request.GET, keys=keys)
    limited.check_key(form.asked()["segment_key"], keys=keys)
    view = viewing(organisation=organisation, now=timezone.now(), **view_asked(request.GET))
    found = explanation(organisation=organisation, view=view, **form.asked())
    terms = terms_of(organisation=organisation, run=None)
    context = {"form": form, "found": found, "measure": MEASURE_NAMES[found.measure]}
    context |= {"panel": explanation_panel(found=found, terms=terms), "mixes": mix_panels(found=found, terms=terms)}
    return render(request, "scorecards/explained.html", context)
