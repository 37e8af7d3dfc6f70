"""Reads of this step, in the organisation in scope."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.connections.models import Connection, Sync
from engagement.connections.services.settling import counted
from engagement.errors import NotFoundError

LISTED: Final = 50


def connections() -> list[tuple[Connection, Sync | None]]:
    """Those that were not removed, by name, each with its latest fetching."""
    rows = list(Connection.objects.filter(removed_at__isnull=True).order_by("name", "pk"))
    wanted = Sync.objects.filter(connection__in=rows).order_by("connection_id", "-started_at", "-pk")
    latest = {sync.connection_id: sync for sync in wanted.distinct("connection_id")}
    return [(row, with_counts(latest.get(row.pk))) for row in rows]


def one_connection(*, connection_id: UUID) -> Connection:
    """One of them; raises NotFoundError."""
    found = Connection.objects.filter(pk=connection_id, removed_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such connection."))
    return found


def syncs(*, connection_id: UUID) -> list[Sync]:
    """The last LISTED times of fetching, the latest first."""
    found = Sync.objects.filter(connection_id=connection_id).select_related("asked_by")
    return [sync for row in found.order_by("-started_at", "-pk")[:LISTED] if (sync := with_counts(row)) is not None]


def with_counts(sync: Sync | None) -> Sync | None:
    """The counts so far, where not everything is worked through yet."""
    if sync is not None and not sync.settled:
        sync.stored, sync.duplicates, sync.rejected = counted(sync)[0]
    return sync
