"""Sets of messages that say who belongs to a segment: begun with a run, page after page, one at a time.

The next page is made when the one before has arrived, and the next set when the last page of this one has: so nothing
overtakes anything, however often something is tried again.

Locks are taken in one order: the webhook, what is sent of segments to it, messages, the record of the organisation.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from django.utils.translation import gettext_noop as noop

from engagement.insights.models import PushPage, SegmentPush, WebhookDelivery
from engagement.insights.selectors.membership import PAGE_IDS, knows, latest_finished, moved
from engagement.scoring.models import ScoreRun
from tenants.audit import audit_append
from tenants.models import Organisation

_Why = PushPage.Why
_State = WebhookDelivery.State
_END = 2**63 - 1  # beyond every number of a customer


def begin_set(*, push: SegmentPush, now: datetime, why: str = "") -> WebhookDelivery | None:
    """The first page of the latest finished run, to be sent: who moved since the run sent last, or everybody.

    `why` asks for everybody. None where no such run knows the segment. On record as an export, with all its rows.
    """
    organisation = Organisation.objects.get(pk=push.organisation_id)
    run, key = latest_finished(organisation=organisation, now=now), push.segment.key
    if run is None or not knows(run=run, key=key):
        return None
    why = why or _why_everybody(push.run, key)
    since = None if why else push.run
    total = sum(len(part) for part in moved(run=run, since=since, key=key))
    push.sets, push.begun = push.sets + 1, run
    push.save(update_fields=["sets", "begun"])
    first = PushPage(push=push, of_set=push.sets, since=since, run=run, why=why, page=0, until=0)
    first.pages = max(1, -(-total // PAGE_IDS))
    audit_append(
        act="customers.exported", object_kind="segment", object_id=push.segment_id,
        new={
            "table": "webhook", "rows": total, "pages": first.pages, "emails": False, "as_of": run.as_of,
            "run": run.number, "webhook": push.endpoint_id,
        },
    )  # fmt: skip
    return _page_after(first, now=now)


def _why_everybody(since: ScoreRun | None, key: str) -> str:
    if since is None:
        return _Why.SUBSCRIBED
    if since.thinned_at is not None:
        return _Why.SUMS_ONLY
    return _Why.NONE if knows(run=since, key=key) else _Why.NOT_KNOWN


def _page_after(last: PushPage, *, now: datetime) -> WebhookDelivery:
    """The message after a page, waiting. Its stretch is as long as holds PAGE_IDS customers, the last one's open."""
    push, page = last.push, last.page + 1
    until = _END
    if page < last.pages:
        both = np.union1d(*moved(run=last.run, since=last.since, key=push.segment.key))
        rest = both[both > last.until][:PAGE_IDS]
        until = int(rest[-1]) if len(rest) else last.until
    kind = WebhookDelivery.Kind.CHANGES if last.since_id else WebhookDelivery.Kind.EVERYBODY
    delivery = WebhookDelivery.objects.create(
        organisation_id=push.organisation_id, endpoint_id=push.endpoint_id, kind=kind, made_at=now, due_at=now
    )
    PushPage.objects.create(
        organisation_id=push.organisation_id, delivery=delivery, push=push, of_set=last.of_set, since=last.since,
        run=last.run, why=last.why, page=page, pages=last.pages, after=last.until, until=until,
    )  # fmt: skip
    return delivery


def page_of(delivery: WebhookDelivery) -> PushPage | None:
    """What a message about members is made of; None for every other message."""
    pages = PushPage.objects.filter(delivery=delivery)
    return pages.select_related("push__segment", "push__endpoint", "run", "since").first()


def may_send(*, delivery: WebhookDelivery, now: datetime) -> tuple[bool, WebhookDelivery | None]:
    """Whether a message can still be made, and what is sent instead of it, if anything.

    An end of the segment ends what is sent of it. A run that is kept as sums only by now has no members any more:
    everybody is sent then.
    """
    page = page_of(delivery)
    if page is None:
        return True, None
    push = lock_push(page.push)
    if push.segment.archived_at is not None and push.ended_at is None:
        end_push(push=push, now=now)
    if push.ended_at is not None or page.of_set != push.sets:
        WebhookDelivery.objects.filter(pk=delivery.pk, state=_State.WAITING).update(
            state=_State.FAILED, error=noop("Something newer is sent instead."), lease_until=None
        )
        return False, None
    if all(knows(run=run, key=push.segment.key) for run in (page.run, page.since) if run is not None):
        return True, None
    drop_waiting(push=push, error=noop("The run is kept as sums only."))
    return False, begin_set(push=push, now=now, why=_Why.SUMS_ONLY)


def go_on(*, delivery: WebhookDelivery, now: datetime) -> WebhookDelivery | None:
    """A message has arrived: the next page of its set, or none where it was the last, and the run is sent whole."""
    page = page_of(delivery)
    if page is None:
        return None
    push = lock_push(page.push)
    if push.ended_at is not None or page.of_set != push.sets:
        return None
    if page.page == page.pages:
        push.run = page.run
        push.save(update_fields=["run"])
        return None
    if not all(knows(run=run, key=push.segment.key) for run in (page.run, page.since) if run is not None):
        return begin_set(push=push, now=now, why=_Why.SUMS_ONLY)
    page.push = push
    return _page_after(page, now=now)


def drop_waiting(*, push: SegmentPush, error: str) -> None:
    """What waits of it is not sent."""
    waiting = WebhookDelivery.objects.filter(pages__push=push, state=_State.WAITING)
    waiting.update(state=_State.FAILED, error=error, lease_until=None)


def end_push(*, push: SegmentPush, now: datetime) -> None:
    """Nothing of the segment is sent there any more."""
    push.ended_at = now
    push.save(update_fields=["ended_at"])
    drop_waiting(push=push, error=noop("Nothing is sent of this segment any more."))
    audit_append(
        act="webhook.segment_ended", object_kind="webhook", object_id=push.endpoint_id,
        new={"segment": push.segment_id},
    )  # fmt: skip


def lock_push(push: SegmentPush) -> SegmentPush:
    """The row as it is now, for whoever changes it."""
    rows = SegmentPush.objects.select_for_update(of=("self",))
    return rows.select_related("segment", "run", "begun").get(pk=push.pk)
