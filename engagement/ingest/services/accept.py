"""Accepting a request: one durable row, then the answer. What is in it is looked at later."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from engagement.errors import SuspendedError
from engagement.ingest import contracts
from engagement.ingest.models import IngestBatch
from engagement.ingest.write_keys import resolve_write_key
from tenants.models import Organisation
from tenants.rates import spend
from tenants.scope import organisation_scope
from tenants.wake import wake


def accept_batch(
    *, body: bytes, kind: str, content_encoding: str | None, authorization: str | None, now: datetime
) -> UUID:
    """Keep the request as it came, its key apart, committed, and wake a worker; returns the id of the batch.

    Raises TooLargeError, UnauthenticatedError, TooManyError, InvalidInputError, SuspendedError, in this order.
    """
    plain = contracts.decode_body(body, content_encoding=content_encoding, limit_bytes=settings.INGEST_LIMIT_BYTES)
    key = contracts.find_write_key(authorization=authorization, body=plain) or ""
    holder = resolve_write_key(key, now=now)
    spend("ingest", str(holder.key_id), now=now)
    contracts.check_readable(plain, kind=kind)
    plain = contracts.without_keys(plain, key=key)
    with organisation_scope(holder.organisation_id):
        if Organisation.objects.filter(pk=holder.organisation_id, suspended_at__isnull=False).exists():
            raise SuspendedError("This organisation is suspended and takes nothing in. Its admin can resume it.")
        batch = IngestBatch(
            organisation_id=holder.organisation_id, key_id=holder.key_id, kind=kind, raw=plain, received_at=now
        )
        batch.save(force_insert=True)
    wake("ingest.batch", holder.organisation_id, batch.pk)
    return batch.pk
