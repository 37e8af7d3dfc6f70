"""Who of a firm minds its client."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import MinderForm, sent
from tenants.permissions import Permission
from tenants.selectors_minding import Minder, minders_of
from tenants.services import mind_client


@organisation_view(get=Permission.MIND_CLIENTS, post=Permission.MIND_CLIENTS)
def minder(request: OrganisationRequest) -> HttpResponse:
    """One person of the firm, or nobody; there is no such page for who does not reach the firm."""
    client = request.organisation
    form = MinderForm(sent(request), known=_known(request), now=client.minded_by)
    if form.is_bound and form.succeeded(
        lambda: mind_client(actor=request.actor, client=client, email=form.cleaned_data["minded_by"])
    ):
        messages.success(request, _("It is kept.") if form.outcome else _("Nothing was different."))
        return redirect("minder", client.slug)
    return render(request, "tenants/minder.html", {"form": form})


def _known(request: OrganisationRequest) -> tuple[Minder, ...]:
    known = minders_of(actor=request.actor, client=request.organisation)
    if known is None:
        raise NotFoundError
    return known
