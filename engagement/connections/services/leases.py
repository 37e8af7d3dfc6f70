"""Who is at a connection or a list: one worker at a time. The number of the attempt is the token of the holder.

Leases of ingest (ingest/services/leases.py) are of work that ends, once and for all; these rows come due again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q

from engagement.connections.models import Connection, ListPush, Sync
from tenants.scope import organisation_scope

LEASE: Final = timedelta(minutes=20)
"""Longer than any wait for a page; each page that is kept makes it new."""


class LeaseLostError(Exception):
    """Within this step only: the lease ran out and somebody else is at it, or the connection was changed or removed."""


def claim(*, organisation_id: int, connection_id: UUID, now: datetime) -> tuple[Connection, Sync] | None:
    """The connection, leased, and a new time of fetching; None where it is not due, paused or in other hands."""
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        due = Connection.objects.filter(
            free, pk=connection_id, next_at__lte=now, removed_at__isnull=True, paused_at__isnull=True,
            organisation__suspended_at__isnull=True,
        )  # fmt: skip
        if not due.update(lease_until=now + LEASE, attempts=F("attempts") + 1):
            return None
        connection = Connection.objects.get(pk=connection_id)
        # What a worker that died left behind is not running any more.
        Sync.objects.filter(connection=connection, state=Sync.State.RUNNING).update(
            state=Sync.State.FAILED, finished_at=now, error="The worker was stopped. It goes on where it stood."
        )
        sync = Sync.objects.create(organisation_id=organisation_id, connection=connection, started_at=now)
    return connection, sync


def renew_lease(row: Connection | ListPush, *, now: datetime, **columns: Any) -> None:
    """Lock the row for the rest of the transaction, make the lease new and write these columns; raises LeaseLostError.

    Whoever changes, pauses, removes or ends a row raises `attempts`, so what is under way then keeps nothing more.
    """
    if not type(row).objects.filter(pk=row.pk, attempts=row.attempts).update(lease_until=now + LEASE, **columns):
        raise LeaseLostError
