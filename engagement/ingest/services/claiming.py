"""Requests taken together: what else of an organisation waits goes with the one that a worker was woken for.

Leases, attempts and failures are those of leases.py, for each request its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from engagement.ingest import queries
from engagement.ingest.models import IngestBatch
from engagement.ingest.services.leases import LeaseLostError, lease_end
from tenants.arrays import integer_array
from tenants.scope import organisation_scope

MOST_BATCHES: Final = 200
_MOST_ATTEMPTS: Final = 2  # the statement says it too
# Of requests as they came. Read they take about five times as much, for as long as the transaction lasts.
MOST_BYTES: Final = 4 * 1024 * 1024
# And where another worker holds more than so much of the organisation: about a thousand events. So of two workers at
# one organisation one is soon free for others, and the first still stores much at once, which costs least.
FEW_BYTES: Final = 128 * 1024


def claim_waiting(*, beside: IngestBatch, now: datetime) -> list[IngestBatch]:
    """The oldest other requests of the organisation that wait, in no order, leased to the caller from now on.

    None beside one that has been begun twice: what may have ended a worker is worked through alone. The rows hold
    what working through them needs, and nothing else.
    """
    room = MOST_BYTES - len(beside.raw)
    if beside.failures or beside.attempts > _MOST_ATTEMPTS or room <= 0:
        return []
    with organisation_scope(beside.organisation_id):
        rows = queries.fetch_binary(
            "claim_waiting",
            organisation_id=beside.organisation_id,
            now=now,
            lease_until=lease_end(now),
            most=MOST_BATCHES - 1,
            most_bytes=room,
            few_bytes=min(room, FEW_BYTES),
            beside=beside.pk,
        )
    return [
        IngestBatch(
            organisation_id=beside.organisation_id,
            id=batch_id,
            kind=kind,
            raw=raw,
            received_at=received_at,
            attempts=attempts,
        )
        for batch_id, kind, raw, received_at, attempts in rows
    ]


def hold_all(batches: Sequence[IngestBatch]) -> None:
    """Lock the rows for the rest of the transaction; raises LeaseLostError when one is not the caller's any more."""
    held = queries.fetch(
        "hold_batches",
        organisation_id=batches[0].organisation_id,
        ids=[batch.pk for batch in batches],
        attempts=integer_array(batch.attempts for batch in batches),
    )
    if len(held) < len(batches):
        raise LeaseLostError
