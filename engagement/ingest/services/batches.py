"""Working through one accepted request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from engagement.ingest import queries
from engagement.ingest.contracts import parse
from engagement.ingest.models import IngestBatch, WorkState
from engagement.ingest.services.customers import identities_of, resolve_customers
from engagement.ingest.services.erased import without_erased
from engagement.ingest.services.leases import LeaseLostError, claim, hold, is_passing, note_failure, put_back
from engagement.ingest.services.storing import Counts, Source, store_items
from engagement.ingest.types import Rejection
from tenants.models import Organisation
from tenants.scope import organisation_scope

log = structlog.get_logger(__name__)


def process_batch(*, organisation_id: int, batch_id: UUID, now: datetime) -> Counts | None:
    """Turn a request into events, each stored exactly once however often this is called.

    Returns None when the batch is done, unknown, in other hands, or cannot be stored right now (it then waits on).
    An unexpected exception is raised; the batch is tried again when its lease ends, and has failed after five attempts.
    """
    batch = claim(IngestBatch, organisation_id=organisation_id, row_id=batch_id, now=now)
    if batch is None:
        return None
    try:
        return _store(batch, now=now)
    except LeaseLostError:
        return None
    except Exception as error:
        if is_passing(error):
            put_back(batch)
            return None
        log.exception("batch_failed", batch_id=str(batch_id), attempt=batch.attempts)
        note_failure(batch, now=now)
        raise


def _store(batch: IngestBatch, *, now: datetime) -> Counts:
    parsed = parse(bytes(batch.raw), kind=batch.kind, received_at=batch.received_at)
    items = without_erased(
        organisation_id=batch.organisation_id, items=[*parsed.events, *parsed.traits, *parsed.rejections]
    )
    numbers, new_numbers = resolve_customers(
        organisation_id=batch.organisation_id,
        identities=identities_of(item for item in items if not isinstance(item, Rejection)),
        now=now,
    )
    with organisation_scope(batch.organisation_id):
        queries.run("limit_waiting")
        hold(batch)
        queries.fetch("lock_storing_shared", organisation_id=batch.organisation_id)
        counts = store_items(
            organisation=Organisation.objects.get(pk=batch.organisation_id),
            source=Source(row=batch, received_at=batch.received_at),
            items=items,
            numbers=numbers,
            new_numbers=new_numbers,
            now=now,
        )
        _finish(batch, counts=counts, now=now)
    return counts


def _finish(batch: IngestBatch, *, counts: Counts, now: datetime) -> None:
    batch.state = WorkState.DONE
    batch.stored, batch.duplicates, batch.rejected = counts.stored, counts.duplicates, counts.rejected
    batch.finished_at = now
    batch.lease_until = None
    batch.save(update_fields=["state", "stored", "duplicates", "rejected", "finished_at", "lease_until"])
