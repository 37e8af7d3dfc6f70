"""Sending signed messages: a row waits, a worker claims and sends it, and tries again later and later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, OutgoingError
from engagement.insights import queries
from engagement.insights.models import Alert, WebhookDelivery, WebhookEndpoint
from engagement.insights.services.pushing import go_on, lock_push, may_send, page_of
from engagement.insights.services.webhook_bodies import body_of
from engagement.insights.services.webhooks import known_endpoint, locked_endpoints, secrets_of
from engagement.insights.webhook_signing import signed_headers
from tenants import outgoing
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import organisation_scope, require_write
from tenants.wake import wake, wake_each

TASK: Final = "insights.deliver"
OFF_TASK: Final = "insights.webhook_off"
# After the first try, the second and so on: some three days in all.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60, 24 * 60))
FAILS_FOR: Final = timedelta(days=5)
"""So long nothing has got through, and the last try failed: the endpoint is switched off, and admins are told."""
_LEASE: Final = timedelta(minutes=5)
_TIMEOUT_SECONDS: Final = 15
_ANSWER_BYTES: Final = 64 * 1024
_GONE: Final = 410  # "do not send any more", the form says
_FIRST_OF_OK, _FIRST_OF_REST = 200, 300
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one try: a status, or why there is none."""

    answered: int | None
    error: str = ""

    @property
    def is_ok(self) -> bool:
        return self.answered is not None and _FIRST_OF_OK <= self.answered < _FIRST_OF_REST


# ── what is to be sent ───────────────────────────────────────────────────────────────────────────────────────


def send_alerts(*, alerts: Iterable[Alert], now: datetime) -> int:
    """A message for every new alert to every endpoint that takes them, where the rule says so; returns how many."""
    wanted = [alert for alert in alerts if alert.rule.by_webhook]
    takers = WebhookEndpoint.objects.filter(takes_alerts=True, off_at__isnull=True, removed_at__isnull=True)
    made = [
        _waiting(endpoint, WebhookDelivery.Kind.ALERT, now, alert=alert)
        for endpoint in (takers if wanted else ())
        for alert in wanted
    ]
    WebhookDelivery.objects.bulk_create(made, ignore_conflicts=True)
    for delivery in made:
        wake(TASK, delivery.organisation_id, delivery.pk)
    return len(made)


def send_test(*, organisation: Organisation, endpoint_id: UUID, user: User | None, now: datetime) -> WebhookDelivery:
    """A message that says nothing but that it is one. Raises NotFoundError, ConflictError where the endpoint is off."""
    endpoint = known_endpoint(endpoint_id)
    must_be_on(endpoint)
    delivery = _waiting(endpoint, WebhookDelivery.Kind.TEST, now)
    delivery.save(force_insert=True)
    audit_append(act="webhook.tested", object_kind="webhook", object_id=endpoint.pk, new={"delivery": delivery.pk})
    wake(TASK, delivery.organisation_id, delivery.pk)
    return delivery


def redeliver(*, organisation: Organisation, delivery_id: UUID, now: datetime) -> WebhookDelivery:
    """Send a message again that was given up or arrived already, under the same id.

    Raises NotFoundError, ConflictError for one that waits, where the endpoint is off, and for one about members that
    something newer was sent after.
    """
    delivery = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("endpoint")
    found = delivery.filter(pk=delivery_id, endpoint__removed_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such message."))
    must_be_on(found.endpoint)
    if found.state == WebhookDelivery.State.WAITING:
        raise ConflictError(_("It waits already and is sent in a moment."))
    _must_be_last(found)
    found.state, found.attempts, found.due_at, found.lease_until = WebhookDelivery.State.WAITING, 0, now, None
    found.save(update_fields=["state", "attempts", "due_at", "lease_until"])
    audit_append(
        act="webhook.sent_again", object_kind="webhook", object_id=found.endpoint_id, new={"delivery": found.pk}
    )
    wake(TASK, found.organisation_id, found.pk)
    return found


def must_be_on(endpoint: WebhookEndpoint) -> None:
    """Raises ConflictError for a webhook that is off."""
    if endpoint.off_at is not None:
        raise ConflictError(_("The webhook is off. Switch it on first."))


def _must_be_last(delivery: WebhookDelivery) -> None:
    """A page that went through, or of a set before, would overtake what came after it."""
    page = page_of(delivery)
    if page is None:
        return
    is_last = page.of_set == page.push.sets and page.push.ended_at is None
    if not is_last or delivery.state != WebhookDelivery.State.FAILED:
        raise ConflictError(_("Members are sent in order: send everybody instead."))


def _waiting(endpoint: WebhookEndpoint, kind: str, now: datetime, *, alert: Alert | None = None) -> WebhookDelivery:
    return WebhookDelivery(
        organisation_id=require_write(), endpoint=endpoint, kind=kind, alert=alert, made_at=now, due_at=now
    )


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────


def wake_pending(*, now: datetime) -> int:
    """Wake a worker for each message that is due and that nobody has in hand; returns how many."""
    left = queries.STATEMENTS.fetch("pending_deliveries", due_until=now)
    return wake_each(TASK, left)


def deliver(*, organisation_id: int, delivery_id: UUID, now: datetime) -> bool:
    """Send one message that is due; whether it arrived.

    Called outside any scope: while the other side thinks, no transaction is open. A worker that dies in between leaves
    a lease that runs out, and the message goes once more under the same id, by which a receiver tells it.
    """
    claimed = _claim(organisation_id, delivery_id, now)
    if claimed is None:
        return False
    delivery, body, keys = claimed
    headers = signed_headers(keys=keys, message_id=str(delivery.pk), at=now, body=body)
    outcome = _send(delivery.endpoint.url, headers, body)
    with organisation_scope(organisation_id):
        _note(delivery_id, outcome, now)
    log.info("webhook_sent", organisation_id=organisation_id, delivery=str(delivery_id), status=outcome.answered)
    return outcome.is_ok


def _claim(organisation_id: int, delivery_id: UUID, now: datetime) -> tuple[WebhookDelivery, bytes, list[str]] | None:
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        wanted = WebhookDelivery.objects.filter(
            free, pk=delivery_id, state=WebhookDelivery.State.WAITING, due_at__lte=now,
            endpoint__off_at__isnull=True, endpoint__removed_at__isnull=True,
            organisation__suspended_at__isnull=True,
        )  # fmt: skip
        if not wanted.exists() or not _can_be_made(delivery_id, now):
            return None
        if not wanted.update(lease_until=now + _LEASE, attempts=F("attempts") + 1, tried_at=now):
            return None
        delivery = WebhookDelivery.objects.select_related("endpoint").get(pk=delivery_id)
        return delivery, body_of(delivery), secrets_of(delivery.endpoint, now=now)


def _can_be_made(delivery_id: UUID, now: datetime) -> bool:
    may, instead = may_send(delivery=WebhookDelivery.objects.get(pk=delivery_id), now=now)
    if instead is not None:
        wake(TASK, instead.organisation_id, instead.pk)
    return may


def _send(url: str, headers: dict[str, str], body: bytes) -> _Outcome:
    try:
        answer = outgoing.fetch(
            url, method="POST", body=body, headers=headers, timeout_seconds=_TIMEOUT_SECONDS,
            limit_bytes=_ANSWER_BYTES,
        )  # fmt: skip
    except InvalidInputError as error:
        return _Outcome(None, " ".join(text for texts in error.fields.values() for text in texts)[:200])
    except OutgoingError as error:
        return _Outcome(None, error.message[:200])
    return _Outcome(
        answer.status, "" if answer.status < _FIRST_OF_REST else noop("It answered with {n}.").format(n=answer.status)
    )


def _note(delivery_id: UUID, outcome: _Outcome, now: datetime) -> None:
    """What came of a try, on the message and on its endpoint; locked in the order of pushing.py."""
    delivery = WebhookDelivery.objects.get(pk=delivery_id)
    endpoint = locked_endpoints().get(pk=delivery.endpoint_id)
    page = page_of(delivery)
    if page is not None:
        lock_push(page.push)
    _note_message(delivery_id, outcome, now)
    if outcome.is_ok:
        endpoint.failing_since = None
    else:
        endpoint.failing_since = endpoint.failing_since or now
        if outcome.answered == _GONE or now - endpoint.failing_since >= FAILS_FOR:
            _switch_off(endpoint, now)
    endpoint.save(update_fields=["failing_since", "off_at", "off_by_failure"])


def _note_message(delivery_id: UUID, outcome: _Outcome, now: datetime) -> None:
    delivery = WebhookDelivery.objects.select_for_update(of=("self",)).get(pk=delivery_id)
    delivery.answered, delivery.error, delivery.lease_until = outcome.answered, outcome.error, None
    if outcome.is_ok:
        delivery.state = WebhookDelivery.State.DONE
    elif delivery.attempts > len(WAITS):
        delivery.state = WebhookDelivery.State.FAILED
    else:
        delivery.due_at = now + WAITS[delivery.attempts - 1]
    delivery.save(update_fields=["answered", "error", "lease_until", "state", "due_at"])
    following = go_on(delivery=delivery, now=now) if outcome.is_ok else None
    if following is not None:
        wake(TASK, following.organisation_id, following.pk)


def _switch_off(endpoint: WebhookEndpoint, now: datetime) -> None:
    if endpoint.off_at is None:
        endpoint.off_at, endpoint.off_by_failure = now, True
        audit_append(act="webhook.switched", object_kind="webhook", object_id=endpoint.pk, new={"on": False})
        wake(OFF_TASK, endpoint.organisation_id, endpoint.pk)
