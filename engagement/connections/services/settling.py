"""What a time of fetching brought, counted from its batches once all of them are worked through."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q, Sum

from engagement.connections.models import Sync
from engagement.ingest.models import IngestBatch, WorkState
from tenants.scope import organisation_scope


def settle(*, organisation_id: int, connection_id: UUID) -> int:
    """Write the counts of everything of the connection that has ended and is worked through; returns how many times."""
    with organisation_scope(organisation_id):
        ended = Sync.objects.filter(connection_id=connection_id, settled=False).exclude(state=Sync.State.RUNNING)
        return sum(_settle(sync) for sync in ended.select_for_update(skip_locked=True))


def _settle(sync: Sync) -> bool:
    counts, waiting = counted(sync)
    sync.stored, sync.duplicates, sync.rejected = counts
    sync.settled = not waiting
    sync.save(update_fields=["stored", "duplicates", "rejected", "settled"])
    return sync.settled


def counted(sync: Sync) -> tuple[tuple[int, int, int], int]:
    """Stored, there already and rejected so far, and how many of its batches wait."""
    mine = IngestBatch.objects.filter(connection_id=sync.connection_id, sync_id=sync.pk)
    found = mine.aggregate(
        stored=Sum("stored"), duplicates=Sum("duplicates"), rejected=Sum("rejected"),
        waiting=Count("pk", filter=Q(state=WorkState.WAITING)),
    )  # fmt: skip
    return (found["stored"] or 0, found["duplicates"] or 0, found["rejected"] or 0), found["waiting"]
