"""Accepting a request: one durable row, then the answer. What is in it is looked at later."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from engagement.ingest import contracts
from engagement.ingest.models import IngestBatch
from engagement.ingest.wake import wake
from engagement.ingest.write_keys import resolve_write_key
from tenants.scope import organisation_scope


def accept_batch(
    *, body: bytes, kind: str, content_encoding: str | None, authorization: str | None, now: datetime
) -> UUID:
    """Keep the request as it came, committed, and wake a worker; returns the id of the batch.

    Raises TooLargeError, UnauthenticatedError, InvalidInputError, in this order.
    """
    plain = contracts.decode_body(body, content_encoding=content_encoding, limit_bytes=settings.INGEST_LIMIT_BYTES)
    holder = resolve_write_key(contracts.find_write_key(authorization=authorization, body=plain))
    contracts.check_readable(plain, kind=kind)
    with organisation_scope(holder.organisation_id):
        batch = IngestBatch(
            organisation_id=holder.organisation_id, key_id=holder.key_id, kind=kind, raw=plain, received_at=now
        )
        batch.save(force_insert=True)
    wake("ingest.batch", holder.organisation_id, batch.pk)
    return batch.pk
