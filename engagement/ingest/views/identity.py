"""Pages that take two merged customers apart, and merge them again: each asks first and says what happens."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.ingest import selectors, services
from engagement.ingest.forms import MergeAgainForm, TakeApartForm
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def take_apart(request: OrganisationRequest, number: int) -> HttpResponse:
    """Asks first, then lets somebody stand for themselves again."""
    organisation = request.organisation
    row, target = selectors.pair_merged(organisation=organisation, number=number)
    form = TakeApartForm(sent(request), initial={"target": target.number})
    said: dict[str, Any] = {"organisation": organisation, "number": number, "user": request.user, "now": timezone.now()}
    if form.is_bound and form.succeeded(lambda: services.undo_merge(**said, **form.cleaned_data)):
        done = _("{customer} is taken apart from {target}, from the next scoring on.")
        messages.success(request, done.format(customer=row.external_id, target=target.external_id))
        return redirect("customer", organisation.slug, target.number)
    return render(request, "ingest/take_apart.html", {"form": form, "row": row, "target": target})


@organisation_view(get=Permission.EDIT_SEGMENTS, post=Permission.EDIT_SEGMENTS)
def merge_again(request: OrganisationRequest, number: int, target: int) -> HttpResponse:
    """Asks first, then lets somebody count for a customer from whom they were taken apart."""
    organisation = request.organisation
    row, other = selectors.pair_apart(organisation=organisation, number=number, target=target)
    form = MergeAgainForm(sent(request))
    said: dict[str, Any] = {"organisation": organisation, "number": number, "user": request.user, "now": timezone.now()}
    if form.is_bound and form.succeeded(
        lambda: services.merge_again(**said, target=target, reason=form.cleaned_data["reason"])
    ):
        done = _("{customer} counts for {target} again, from the next scoring on.")
        messages.success(request, done.format(customer=row.external_id, target=other.external_id))
        return redirect("customer", organisation.slug, target)
    return render(request, "ingest/merge_again.html", {"form": form, "row": row, "target": other})
