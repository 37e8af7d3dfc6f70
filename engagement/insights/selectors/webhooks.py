"""Reads of webhooks and of the messages sent to them, in the organisation in scope."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.models import WebhookDelivery, WebhookEndpoint

LISTED = 50


def endpoints() -> list[WebhookEndpoint]:
    """Those that were not removed, by name."""
    return list(WebhookEndpoint.objects.filter(removed_at__isnull=True).order_by("name", "pk"))


def endpoint(*, endpoint_id: UUID) -> WebhookEndpoint:
    """One of them; raises NotFoundError."""
    found = WebhookEndpoint.objects.filter(pk=endpoint_id, removed_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such webhook."))
    return found


def deliveries(*, endpoint_id: UUID) -> list[WebhookDelivery]:
    """The last LISTED messages to a webhook, the latest first."""
    return list(WebhookDelivery.objects.filter(endpoint_id=endpoint_id).order_by("-made_at", "-pk")[:LISTED])


def delivery(*, delivery_id: UUID) -> WebhookDelivery:
    """One message; raises NotFoundError."""
    found = WebhookDelivery.objects.filter(pk=delivery_id).first()
    if found is None:
        raise NotFoundError(_("There is no such message."))
    return found
