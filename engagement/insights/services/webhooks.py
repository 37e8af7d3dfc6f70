"""Webhook endpoints: made, their secrets replaced, switched off and on, removed. A secret is shown once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.models import SegmentPush, WebhookDelivery, WebhookEndpoint
from engagement.insights.services.pushing import end_push
from engagement.insights.webhook_signing import new_secret
from tenants.accounts.sealing import seal, unseal
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.outgoing import check_url
from tenants.scope import require_write

MOST_ENDPOINTS: Final = 20
OVERLAP: Final = timedelta(days=1)
"""How long messages carry the signature of the replaced secret, too: time to put the new one in."""
_LONGEST_NAME: Final = 80


def add_endpoint(
    *, organisation: Organisation, name: str, url: str, takes_alerts: bool, user: User | None, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is shown this once. Raises InvalidInputError with fields."""
    name, url = name.strip(), url.strip()
    problems: dict[str, list[str]] = {}
    if not name or len(name) > _LONGEST_NAME or "\0" in name:
        said = _("Give it a name of 1 to {most} characters, like “Mailing tool”.")
        problems["name"] = [said.format(most=_LONGEST_NAME)]
    problems |= _check_address(url)
    if WebhookEndpoint.objects.filter(removed_at__isnull=True).count() >= MOST_ENDPOINTS:
        problems["name"] = [_("There are {most} webhooks. Remove one first.").format(most=MOST_ENDPOINTS)]
    if problems:
        raise InvalidInputError(fields=problems)
    secret = new_secret()
    endpoint = WebhookEndpoint.objects.create(
        organisation_id=require_write(), name=name, url=url, takes_alerts=takes_alerts, secret_sealed=seal(secret),
        created_by=user, created_at=now,
    )  # fmt: skip
    audit_append(act="webhook.added", object_kind="webhook", object_id=endpoint.pk, new={"takes_alerts": takes_alerts})
    return endpoint, secret


def _check_address(url: str) -> dict[str, list[str]]:
    """https, by its looks; where it leads is looked at each time it is asked. Inner hosts may be named for http."""
    try:
        parts = check_url(url)
    except InvalidInputError as error:
        return {"url": error.fields.get("url", [error.message])}
    inner = f"{parts.hostname}:{parts.port or 80}".lower() in settings.OUTGOING_ALLOWED
    if parts.scheme != "https" and not inner:
        return {"url": [_("It must begin with https://, so that nobody on the way reads along.")]}
    return {}


def rotate_secret(*, organisation: Organisation, endpoint_id: UUID, now: datetime) -> tuple[WebhookEndpoint, str]:
    """Another secret, shown this once; messages carry both signatures for OVERLAP. Raises NotFoundError."""
    endpoint, secret = known_endpoint(endpoint_id), new_secret()
    endpoint.former_sealed, endpoint.former_until = endpoint.secret_sealed, now + OVERLAP
    endpoint.secret_sealed = seal(secret)
    endpoint.save(update_fields=["secret_sealed", "former_sealed", "former_until"])
    audit_append(
        act="webhook.secret_replaced", object_kind="webhook", object_id=endpoint.pk,
        new={"former_until": endpoint.former_until},
    )  # fmt: skip
    return endpoint, secret


def secrets_of(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """What messages are signed with now, the new one first."""
    sealed = [endpoint.secret_sealed]
    if endpoint.former_sealed and endpoint.former_until is not None and now < endpoint.former_until:
        sealed.append(endpoint.former_sealed)
    return [unseal(one) for one in sealed]


def switch_endpoint(*, organisation: Organisation, endpoint_id: UUID, on: bool, now: datetime) -> WebhookEndpoint:
    """Switch it off, or on again: what waited meanwhile is sent then. Raises NotFoundError, ConflictError."""
    endpoint = known_endpoint(endpoint_id)
    if on == (endpoint.off_at is None):
        raise ConflictError(_("It is on already.") if on else _("It is off already."))
    endpoint.off_at, endpoint.off_by_failure, endpoint.failing_since = (None if on else now), False, None
    endpoint.off_told_at = None
    endpoint.save(update_fields=["off_at", "off_by_failure", "failing_since", "off_told_at"])
    audit_append(act="webhook.switched", object_kind="webhook", object_id=endpoint.pk, new={"on": on})
    return endpoint


def remove_endpoint(*, organisation: Organisation, endpoint_id: UUID, now: datetime) -> None:
    """Nothing is sent any more; its secrets are gone. Raises NotFoundError."""
    endpoint = known_endpoint(endpoint_id)
    endpoint.removed_at, endpoint.secret_sealed, endpoint.former_sealed = now, "", ""
    endpoint.save(update_fields=["removed_at", "secret_sealed", "former_sealed"])
    standing = SegmentPush.objects.filter(endpoint=endpoint, ended_at__isnull=True).select_related("segment")
    # All of them before the first message is touched, and before the record is: the order of locks (pushing.py).
    pushes = list(standing.select_for_update(of=("self",)).order_by("pk"))
    waiting = Q(endpoint=endpoint, state=WebhookDelivery.State.WAITING)
    WebhookDelivery.objects.filter(waiting).update(
        state=WebhookDelivery.State.FAILED, error=noop("The webhook was removed.")
    )
    for push in pushes:
        end_push(push=push, now=now)
    audit_append(act="webhook.removed", object_kind="webhook", object_id=endpoint_id)


def known_endpoint(endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint to change; raises NotFoundError for one that is not there, or not any more."""
    found = locked_endpoints().filter(pk=endpoint_id, removed_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such webhook."))
    return found


def locked_endpoints() -> QuerySet[WebhookEndpoint]:
    """To be changed. Not their keys: a message to one may be written meanwhile, by whoever holds what it is made of."""
    return WebhookEndpoint.objects.select_for_update(no_key=True)


def host_of(url: str) -> str:
    """What may be said of an address: its host. The rest may hold a secret of the receiver's."""
    return urlsplit(url).hostname or ""
