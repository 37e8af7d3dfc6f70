"""What a customer may ask for: everything that is kept about them, and how their score came about."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from engagement.insights import selectors
from engagement.insights.services.customer_export import export_customer
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.scorecards.forms import day_asked, run_asked
from engagement.scorecards.present.explanation import explanation
from tenants.access import open_while_suspended, organisation_view
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission


@open_while_suspended
@organisation_view(get=Permission.EXPORT_CUSTOMER)
def customer_export(request: OrganisationRequest, number: int) -> StreamingHttpResponse:
    """Everything about one customer, as a file."""
    pieces = export_customer(organisation=client_of(request), number=number, now=timezone.now())
    response = StreamingHttpResponse(pieces, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="customer-{number}.json"'
    return response


@organisation_view(get=Permission.VIEW)
def customer_explanation(request: OrganisationRequest, number: int) -> HttpResponse:
    """One page to print and hand over: how the score came about."""
    organisation = client_of(request)
    card = selectors.customer_card(
        organisation=organisation,
        number=number,
        now=timezone.now(),
        as_of=day_asked(request.GET),
        run_number=run_asked(request.GET),
    )
    terms = terms_of(organisation=organisation, run=card.run)
    page = explanation(card=card, organisation_name=organisation.name, terms=terms)
    return render(request, "scorecards/explanation.html", {"page": page})
