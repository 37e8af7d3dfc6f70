"""Pages of webhooks. A secret stands in the answer that makes it and nowhere else: no redirect, no session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from engagement.insights.forms_alerts import EndpointForm
from engagement.insights.models import WebhookEndpoint
from engagement.insights.present_alerts import delivery_row, endpoint_row
from engagement.insights.selectors import webhooks as reads
from engagement.insights.services import deliveries, webhooks
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Confirm
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import press, sent
from tenants.permissions import Permission

_MAY = Permission.MANAGE_WEBHOOKS


@never_cache
@organisation_view(get=_MAY, post=_MAY)
def webhook_list(request: OrganisationRequest) -> HttpResponse:
    """The webhooks and a form for a new one; the answer to it shows the secret, this once."""
    organisation, form = client_of(request), EndpointForm(sent(request))
    if form.is_bound and form.succeeded(lambda: _add(request, form)):
        return _shown_once(request, *form.outcome)
    rows = [endpoint_row(one) for one in reads.endpoints()]
    return render(request, "insights/webhooks.html", {"form": form, "webhooks": rows, "organisation": organisation})


def _add(request: OrganisationRequest, form: EndpointForm) -> tuple[WebhookEndpoint, str]:
    said: dict[str, Any] = {"organisation": request.organisation, "user": request.user, "now": timezone.now()}
    return webhooks.add_endpoint(**said, **form.cleaned_data)


def _shown_once(request: OrganisationRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    return _one(request, endpoint, secret=secret)


def _one(request: OrganisationRequest, endpoint: WebhookEndpoint, *, secret: str = "") -> HttpResponse:
    terms = terms_of(organisation=request.organisation, run=None)
    context = {
        "webhook": endpoint_row(endpoint),
        "url": endpoint.url,
        "secret": secret,
        "former_until": endpoint.former_until,
        "deliveries": [delivery_row(one, terms=terms) for one in reads.deliveries(endpoint_id=endpoint.pk)],
    }
    return render(request, "insights/webhook.html", context)


@never_cache
@organisation_view(get=_MAY)
def webhook(request: OrganisationRequest, endpoint_id: UUID) -> HttpResponse:
    """One webhook: its last messages with what became of them."""
    client_of(request)
    return _one(request, reads.endpoint(endpoint_id=endpoint_id))


@organisation_view(post=_MAY)
def webhook_test(request: OrganisationRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a message that is one to try with."""
    said: dict[str, Any] = {"organisation": client_of(request), "endpoint_id": endpoint_id, "user": request.user}
    press(
        request, lambda: deliveries.send_test(**said, now=timezone.now()),
        done=_("A test is on its way: look at this page again in a moment."),
    )  # fmt: skip
    return redirect("webhook", request.organisation.slug, endpoint_id)


@never_cache
@organisation_view(get=_MAY, post=_MAY)
def webhook_rotate(request: OrganisationRequest, endpoint_id: UUID) -> HttpResponse:
    """Asks first, then replaces the secret; the answer shows the new one, this once."""
    organisation, endpoint = client_of(request), reads.endpoint(endpoint_id=endpoint_id)
    if request.method == "POST":
        made = webhooks.rotate_secret(organisation=organisation, endpoint_id=endpoint_id, now=timezone.now())
        return _shown_once(request, *made)
    back_url = reverse("webhook", args=[organisation.slug, endpoint_id])
    confirm = _confirm_rotate(endpoint, back_url)
    return render(request, "components/confirm_page.html", {"confirm": confirm})


def _confirm_rotate(endpoint: WebhookEndpoint, back_url: str) -> Confirm:
    return Confirm(
        question=_("Replace the secret of “{webhook}”?").format(webhook=endpoint.name),
        consequence=_("The new one is shown once. For a day messages are signed with both, so that none is refused."),
        button=_("Replace the secret"),
        back=_("Keep it"),
        back_url=back_url,
        is_destructive=False,
    )


@organisation_view(post=_MAY)
def webhook_switch(request: OrganisationRequest, endpoint_id: UUID) -> HttpResponse:
    """Switch it on or off, as the button says."""
    on = request.POST.get("on") == "yes"
    said: dict[str, Any] = {
        "organisation": client_of(request),
        "endpoint_id": endpoint_id,
        "on": on,
        "now": timezone.now(),
    }
    press(request, lambda: webhooks.switch_endpoint(**said), done=_("It is on.") if on else _("It is off."))
    return redirect("webhook", request.organisation.slug, endpoint_id)


@organisation_view(get=_MAY, post=_MAY)
def webhook_remove(request: OrganisationRequest, endpoint_id: UUID) -> HttpResponse:
    """Asks first, then removes a webhook."""
    organisation, endpoint = client_of(request), reads.endpoint(endpoint_id=endpoint_id)
    if request.method == "POST":
        webhooks.remove_endpoint(organisation=organisation, endpoint_id=endpoint_id, now=timezone.now())
        messages.success(request, _("The webhook is removed."))
        return redirect("webhooks", organisation.slug)
    back_url = reverse("webhook", args=[organisation.slug, endpoint_id])
    confirm = _confirm_remove(endpoint, back_url)
    return render(request, "components/confirm_page.html", {"confirm": confirm})


def _confirm_remove(endpoint: WebhookEndpoint, back_url: str) -> Confirm:
    return Confirm(
        question=_("Remove “{name}”?").format(name=endpoint.name),
        consequence=_("Nothing is sent there any more, and its secret is gone for good. What waits is not sent."),
        button=_("Remove the webhook"),
        back=_("Keep it"),
        back_url=back_url,
    )


@organisation_view(post=_MAY)
def webhook_again(request: OrganisationRequest, delivery_id: UUID) -> HttpResponse:
    """Send a message again, under the same id."""
    organisation, delivery = client_of(request), reads.delivery(delivery_id=delivery_id)
    press(
        request, lambda: deliveries.redeliver(organisation=organisation, delivery_id=delivery_id, now=timezone.now()),
        done=_("It is on its way again."),
    )  # fmt: skip
    return redirect("webhook", organisation.slug, delivery.endpoint_id)
