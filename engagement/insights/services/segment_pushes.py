"""Which segments' members a webhook hears of: begun, sent whole on demand, ended; and runs that are to be sent."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights import queries
from engagement.insights.models import PushPage, SegmentPush, WebhookDelivery
from engagement.insights.selectors.membership import latest_finished
from engagement.insights.services.deliveries import TASK, must_be_on
from engagement.insights.services.pushing import begin_set, drop_waiting, end_push, lock_push
from engagement.insights.services.webhooks import locked_endpoints
from engagement.scoring.models import Segment
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import organisation_scope, require_write
from tenants.wake import wake, wake_each

MOST_PUSHES: Final = 50
PUSH_TASK: Final = "insights.push"


def subscribe(
    *, organisation: Organisation, endpoint_id: UUID, segment_key: str, user: User | None, now: datetime
) -> SegmentPush:
    """A webhook hears of a segment from now on, of everybody first. Raises InvalidInputError with fields."""
    endpoint = locked_endpoints().filter(pk=endpoint_id, removed_at__isnull=True).first()
    segment = Segment.objects.filter(key=segment_key, archived_at__isnull=True).first()
    standing = SegmentPush.objects.filter(ended_at__isnull=True)
    problems: dict[str, list[str]] = {}
    if endpoint is None:
        problems["endpoint"] = [_("Choose a webhook.")]
    elif endpoint.off_at is not None:
        problems["endpoint"] = [_("This webhook is off. Switch it on first.")]
    if segment is None:
        problems["segment"] = [_("Choose a segment.")]
    elif standing.filter(endpoint=endpoint, segment=segment).exists():
        problems["segment"] = [_("This webhook hears of this segment already.")]
    if standing.count() >= MOST_PUSHES:
        problems["segment"] = [_("{most} segments are sent. End one first.").format(most=MOST_PUSHES)]
    if problems or endpoint is None or segment is None:
        raise InvalidInputError(fields=problems)
    push = SegmentPush.objects.create(
        organisation_id=require_write(), endpoint=endpoint, segment=segment, created_by=user, created_at=now
    )
    audit_append(act="webhook.segment_added", object_kind="webhook", object_id=endpoint.pk, new={"segment": segment.pk})
    _wake(begin_set(push=push, now=now))
    return push


def send_all(*, organisation: Organisation, push_id: UUID, now: datetime) -> SegmentPush:
    """Send everybody of the latest finished run, instead of what waits.

    Raises NotFoundError, ConflictError where the webhook is off, a message is just on its way or there is no run.
    """
    push = known_push(push_id)
    must_be_on(push.endpoint)
    waiting = WebhookDelivery.objects.filter(pages__push=push, state="waiting")
    if any(one.lease_until is not None and one.lease_until >= now for one in waiting):
        raise ConflictError(_("A message is just on its way. Try again in a few minutes."))
    drop_waiting(push=push, error=noop("Everybody is sent instead."))
    made = begin_set(push=push, now=now, why=PushPage.Why.ASKED)
    if made is None:
        raise ConflictError(_("There is no finished run yet that says who belongs to the segment."))
    audit_append(
        act="webhook.segment_sent_all", object_kind="webhook", object_id=push.endpoint_id,
        new={"segment": push.segment_id},
    )  # fmt: skip
    _wake(made)
    return push


def unsubscribe(*, organisation: Organisation, push_id: UUID, now: datetime) -> None:
    """The webhook hears of the segment no more. Raises NotFoundError."""
    end_push(push=known_push(push_id), now=now)


def known_push(push_id: UUID) -> SegmentPush:
    """One that has not ended, to change; raises NotFoundError."""
    found = SegmentPush.objects.select_for_update(of=("self",)).filter(pk=push_id, ended_at__isnull=True)
    push = found.select_related("segment", "endpoint", "run", "begun").first()
    if push is None:
        raise NotFoundError(_("Nothing like this is sent."))
    return push


def _wake(delivery: WebhookDelivery | None) -> None:
    if delivery is not None:
        wake(TASK, delivery.organisation_id, delivery.pk)


# ── runs that are to be sent ─────────────────────────────────────────────────────────────────────────────────


def wake_pushes(*, now: datetime) -> int:
    """Wake a worker for everything that is behind: a newer run of a finished day, and nothing that waits."""
    left = queries.STATEMENTS.fetch("pushes_behind", at_instant=now)
    return wake_each(PUSH_TASK, left)


def push_run(*, organisation_id: int, push_id: UUID, now: datetime) -> WebhookDelivery | None:
    """Begin to send the latest finished run, if it is newer than the one begun last and nothing waits.

    Called outside any scope; where the organisation rests or the webhook is off nothing is begun. After a message that
    was given up everybody is sent: the other side may know half of a set.
    """
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.filter(pk=organisation_id, suspended_at=None).first()
        found = SegmentPush.objects.filter(
            pk=push_id, ended_at=None, endpoint__off_at=None, endpoint__removed_at=None
        ).first()
        if organisation is None or found is None:
            return None
        push = lock_push(found)
        if push.segment.archived_at is not None:
            end_push(push=push, now=now)
            return None
        of_last = WebhookDelivery.objects.filter(pages__push=push, pages__of_set=push.sets)
        states = set(of_last.values_list("state", flat=True))
        if WebhookDelivery.State.WAITING in states or not _is_newer(push, organisation, now):
            return None
        given_up = WebhookDelivery.State.FAILED in states and push.run_id is not None
        made = begin_set(push=push, now=now, why=PushPage.Why.GIVEN_UP if given_up else "")
        _wake(made)
        return made


def _is_newer(push: SegmentPush, organisation: Organisation, now: datetime) -> bool:
    run = latest_finished(organisation=organisation, now=now)
    if run is None:
        return False
    return push.begun is None or (run.pk != push.begun_id and run.as_of >= push.begun.as_of)
