"""What is sent to lists ends, or stands ready again, with its connection."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from engagement.connections.models import Connection, ListPush
from tenants.audit import audit_append


def standing_lists() -> QuerySet[ListPush]:
    """Those that have not ended."""
    return ListPush.objects.filter(ended_at__isnull=True)


def end_list(push: ListPush, *, now: datetime) -> None:
    """Nothing of it is sent any more; whoever is at it keeps nothing. The list at the vendor stays as it is."""
    push.ended_at, push.attempts, push.lease_until, push.next_at = now, push.attempts + 1, None, None
    push.save(update_fields=["ended_at", "attempts", "lease_until", "next_at"])
    audit_append(
        act="connection.list_ended", object_kind="connection", object_id=push.connection_id,
        new={"segment": push.segment_id},
    )  # fmt: skip


def end_lists(connection: Connection, *, now: datetime) -> None:
    """The connection is removed, and with it what is sent by it."""
    for push in standing_lists().filter(connection=connection).select_for_update():
        end_list(push, now=now)


def ready_lists(connection: Connection) -> None:
    """The connection was changed or resumed: what stood in the way may be gone."""
    mine = standing_lists().filter(connection=connection)
    mine.update(state=Connection.State.READY, error="", failures=0, next_at=None)
