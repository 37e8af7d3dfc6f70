"""Keeping what a connection to another system brings: durable like a request, in the caller's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from engagement.errors import SuspendedError
from engagement.ingest.models import IngestBatch, RejectedEvent, WorkState
from engagement.ingest.services.room import note_taken
from engagement.ingest.services.waking import TASK, wake_for
from engagement.ingest.types import Rejection
from tenants.models import Organisation
from tenants.scope import organisation_scope, require_write
from tenants.wake import wake

_AT_ONCE: Final = 1_000
_BYTES_AT_ONCE: Final = 2 * 1024 * 1024
_SAME_WITHIN: Final = timedelta(days=7)
_EMPTY: Final = b'{"batch":[]}'


@dataclass(frozen=True, slots=True)
class Brought:
    """Which connection brings something in, and which fetching of it; None for what another system sends by itself."""

    connection_id: UUID
    sync_id: UUID | None = None


def keep_pulled(
    *, by: Brought, messages: Iterable[bytes], rejections: Sequence[Rejection] = (), now: datetime
) -> list[UUID]:
    """Batches of the messages, in the form of client libraries, and one that is done with what cannot be a message.

    Within the scope of the organisation: the caller moves its cursor in the same transaction, so that neither is kept
    without the other. Workers are woken when it commits. Returns the ids of the batches that wait.

    A record that surprised within the last week already is not kept again: who looks again at the same hour, to find
    what came late, finds the same surprises. Raises SuspendedError.
    """
    waiting = _keep(by, messages, now=now)
    _keep_rejections(by, rejections, now=now)
    for batch in waiting:
        wake(TASK, require_write(), batch.pk)
    return [batch.pk for batch in waiting]


def keep_sent(*, organisation_id: int, by: Brought, message: bytes, now: datetime) -> None:
    """One message that another system sent by itself, committed; a worker is woken as for a client library's.

    After `check_limits`, and outside any scope. Raises SuspendedError.
    """
    with organisation_scope(organisation_id):
        (batch,) = _keep(by, [message], now=now)
    note_taken(organisation_id, size=len(message))
    wake_for(organisation_id=organisation_id, batch_id=batch.pk, now=now)


def _keep(by: Brought, messages: Iterable[bytes], *, now: datetime) -> list[IngestBatch]:
    if Organisation.objects.filter(pk=require_write(), suspended_at__isnull=False).exists():
        raise SuspendedError("This organisation is suspended and takes nothing in. Its admin can resume it.")
    waiting = [_batch(by, raw=raw, now=now) for raw in _bodies(messages)]
    IngestBatch.objects.bulk_create(waiting)
    return waiting


def _bodies(messages: Iterable[bytes]) -> Iterator[bytes]:
    part: list[bytes] = []
    size = 0
    for message in messages:
        if part and (len(part) >= _AT_ONCE or size + len(message) > _BYTES_AT_ONCE):
            yield b'{"batch":[' + b",".join(part) + b"]}"
            part, size = [], 0
        part.append(message)
        size += len(message)
    if part:
        yield b'{"batch":[' + b",".join(part) + b"]}"


def _batch(by: Brought, *, raw: bytes, now: datetime) -> IngestBatch:
    return IngestBatch(
        organisation_id=require_write(), connection_id=by.connection_id, sync_id=by.sync_id, kind="batch", raw=raw,
        received_at=now,
    )  # fmt: skip


def _keep_rejections(by: Brought, rejections: Sequence[Rejection], *, now: datetime) -> None:
    """In a batch of their own: each record of a vendor is counted in exactly one place."""
    unique = {(one.code, one.original): one for one in rejections}
    known = _known(by, unique.keys(), now=now) if unique else set()
    new = [one for key, one in unique.items() if key not in known]
    if not new:
        return
    batch = _batch(by, raw=_EMPTY, now=now)
    batch.state, batch.rejected, batch.finished_at = WorkState.DONE, len(new), now
    batch.save(force_insert=True)
    RejectedEvent.objects.bulk_create(
        RejectedEvent(
            organisation_id=batch.organisation_id, batch=batch, position=position, line=None, code=one.code,
            reason=one.reason, remedy=one.remedy, original=one.original, created_at=now,
        )
        for position, one in enumerate(new, start=1)
    )  # fmt: skip


def _known(by: Brought, wanted: Iterable[tuple[str, bytes]], *, now: datetime) -> set[tuple[str, bytes]]:
    lately = RejectedEvent.objects.filter(
        batch__connection_id=by.connection_id, created_at__gte=now - _SAME_WITHIN,
        original__in=[original for _, original in wanted],
    )  # fmt: skip
    return {(code, bytes(original)) for code, original in lately.values_list("code", "original")}
