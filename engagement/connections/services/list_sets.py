"""Which run a list is brought up to: the one that is being sent, or a newer one, and who is sent of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from engagement.connections.models import Connection, ListPush
from engagement.connections.services.leases import LEASE
from engagement.connections.services.list_ends import end_list
from engagement.connections.services.list_unmatched import Unmatched, come_late
from engagement.insights.selectors.membership import knows, latest_finished, members, moved
from engagement.scoring.models import ScoreRun
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.scope import organisation_scope

_LOOK_AGAIN: Final = timedelta(minutes=10)
"""Where the latest run does not know the segment yet."""


def claim_list(*, organisation_id: int, push_id: UUID, now: datetime) -> ListPush | None:
    """What is to be sent, leased; None where nothing is, it is not due, or somebody else is at it.

    Ends what belongs to a segment that was archived.
    """
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        is_due = Q(state=Connection.State.READY) & (Q(next_at__isnull=True) | Q(next_at__lte=now))
        due = ListPush.objects.filter(
            free, is_due | Q(segment__archived_at__isnull=False), pk=push_id, ended_at__isnull=True,
            connection__removed_at__isnull=True, connection__paused_at__isnull=True,
            organisation__suspended_at__isnull=True,
        )  # fmt: skip
        # Skipping a locked row: who holds it changes it, and the next look finds what is left.
        locked = due.select_for_update(of=("self",), skip_locked=True)
        push = locked.select_related("connection", "segment", "run", "begun", "since").first()
        if push is None:
            return None
        if push.segment.archived_at is not None:
            end_list(push, now=now)
            return None
        has_set = _has_set(push, now=now)
        push.lease_until, push.attempts = now + LEASE if has_set else None, push.attempts + 1
        push.next_at = push.next_at if has_set else now + _LOOK_AGAIN
        push.save(update_fields=["lease_until", "attempts", "next_at"])
    return push if has_set else None


def _has_set(push: ListPush, *, now: datetime) -> bool:
    """Whether there is something to send: the rest of a set, or a new one, which is begun."""
    key = push.segment.key
    runs = [run for run in (push.begun, push.since) if run is not None]
    if push.begun is not None and push.unmatched is not None and all(knows(run=run, key=key) for run in runs):
        return True
    organisation = Organisation.objects.get(pk=push.organisation_id)
    run = latest_finished(organisation=organisation, now=now)
    if run is None or not knows(run=run, key=key):
        return False
    # A set that cannot be finished, because its run is kept as sums only by now, has left the list half changed.
    is_whole = push.wants_all or push.begun is not None or push.run is None or not knows(run=push.run, key=key)
    is_whole = is_whole or push.unmatched is None
    if not is_whole and not _is_newer(run, push.run):
        return _begin_late(push)
    _begin(push, run=run, since=None if is_whole else push.run)
    return True


def _begin_late(push: ListPush) -> bool:
    """Of the run that was sent, whoever had no contact then and has one now; whether there is somebody."""
    if push.run is None:
        return False
    if not len(come_late(push, inside=members(run=push.run, key=push.segment.key), is_newer=False)):
        return False
    _begin(push, run=push.run, since=push.run)
    return True


def _is_newer(run: ScoreRun, sent: ScoreRun | None) -> bool:
    return sent is None or (run.pk != sent.pk and run.as_of >= sent.as_of)


def _begin(push: ListPush, *, run: ScoreRun, since: ScoreRun | None) -> None:
    """On record as an export, with all its rows."""
    push.begun, push.since, push.wants_all, push.cursor = run, since, False, {}
    push.unmatched = Unmatched().to_bytes() if since is None else push.unmatched
    push.save(update_fields=["begun", "since", "wants_all", "cursor", "unmatched"])
    late = come_late(push, inside=members(run=run, key=push.segment.key), is_newer=run != since)
    total = len(late) + sum(len(part) for part in moved(run=run, since=since, key=push.segment.key))
    audit_append(
        act="customers.exported", object_kind="segment", object_id=push.segment_id,
        new={
            "table": "list", "rows": total, "emails": False, "as_of": run.as_of, "run": run.number,
            "connection": push.connection_id,
        },
    )  # fmt: skip
