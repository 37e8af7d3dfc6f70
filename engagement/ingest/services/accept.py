"""Accepting a request: one durable row, then the answer. What is in it is looked at later."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from engagement.errors import SuspendedError
from engagement.ingest import contracts, queries
from engagement.ingest.services.room import check_refused, check_room, note_taken
from engagement.ingest.services.waking import wake_for
from engagement.ingest.write_keys import KeyHolder, key_digest, resolve_write_key
from tenants.rates import spend
from tenants.scope import organisation_scope
from tenants.tenancy import new_id


def accept_batch(
    *, body: bytes, kind: str, content_encoding: str | None, authorization: str | None, now: datetime
) -> UUID:
    """Keep the request as it came, its key apart, committed, for a worker that is woken; returns the id of the batch.

    Raises TooLargeError, UnauthenticatedError, TooManyError, InvalidInputError, SuspendedError. A key in the header is
    looked at before the body: who is over a limit is told so without unpacking anything.
    """
    key = contracts.find_write_key(authorization=authorization, body=b"") or ""
    holder = _holder_with_room(key, now=now) if key else None
    plain = contracts.decode_body(body, content_encoding=content_encoding, limit_bytes=settings.INGEST_LIMIT_BYTES)
    if holder is None:
        key = contracts.find_write_key(authorization=authorization, body=plain) or ""
        holder = _holder_with_room(key, now=now)
    if kind == "batch":
        contracts.check_list(plain)
    contracts.check_readable(plain, kind=kind)
    plain = contracts.without_keys(plain, key=key)
    batch_id = _keep(plain, kind=kind, holder=holder, now=now)
    note_taken(holder.organisation_id, size=len(plain))
    wake_for(organisation_id=holder.organisation_id, batch_id=batch_id, now=now)
    return batch_id


def _keep(raw: bytes, *, kind: str, holder: KeyHolder, now: datetime) -> UUID:
    """Commit it; one statement for the row and for the question whether it may be."""
    batch_id: UUID = new_id()
    with organisation_scope(holder.organisation_id):
        kept = queries.fetch(
            "keep_batch",
            organisation_id=holder.organisation_id,
            id=batch_id,
            key_id=holder.key_id,
            kind=kind,
            raw=raw,
            now=now,
        )
        if not kept:
            raise SuspendedError("This organisation is suspended and takes nothing in. Its admin can resume it.")
    return batch_id


def _holder_with_room(key: str, *, now: datetime) -> KeyHolder:
    """Whose key it is, counted against the organisation's limits, all its keys together."""
    digest = key_digest(key)
    check_refused(digest, now=now)
    holder = resolve_write_key(key, now=now)
    check_limits(holder.organisation_id, digest=digest, now=now)
    return holder


def check_limits(organisation_id: int, *, digest: bytes, now: datetime) -> None:
    """Count one request against what this organisation may send, by whatever door, and look whether there is room.

    Before any transaction of the request: counters are shared by all. Raises TooManyError, UnavailableError.
    """
    spend("ingest", f"organisation {organisation_id}", now=now)
    check_room(organisation_id, digest=digest, now=now)
