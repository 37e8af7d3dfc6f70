"""What came in: imports, requests by source, what was rejected, write keys, the last event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from engagement.ingest import queries
from engagement.ingest.models import FileImport, IngestBatch, RejectedEvent, WorkState, WriteKey
from engagement.ingest.selectors.brought import Bringer, bringers
from engagement.retelling import retold
from tenants.actor import Reach
from tenants.models import Organisation

RECENT_BATCHES: Final = 1_000  # requests looked at for “recently”; a bound, so that a busy client's page is as quick
REJECTED_SHOWN: Final = 50
_OF_REQUESTS: Final = ("state", "stored", "duplicates", "conflicts", "rejected", "received_at")


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """One row or message that could not be used; undecodable bytes of the original show as replacement marks."""

    position: int
    line: int | None
    code: str
    reason: str
    remedy: str
    original: str
    received_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What one write key, or one connection, brought among the latest requests."""

    name: str
    url: str
    hint: str
    requests: int
    waiting: int
    failed: int
    stored: int
    duplicates: int
    conflicts: int  # of the duplicates
    rejected: int
    last_received_at: datetime


@dataclass(frozen=True, slots=True)
class WriteKeyLine:
    id: UUID
    name: str
    hint: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    is_over: bool  # revoked, or run out


def failed_requests(*, organisation: Organisation) -> int:
    """How many requests of the organisation have failed, and wait for somebody to let them be tried again."""
    return IngestBatch.objects.filter(organisation=organisation, state=WorkState.FAILED).count()


# ── the last event ───────────────────────────────────────────────────────────────────────────────────────────


def last_event_at(organisation: Organisation) -> datetime | None:
    """When a request or a file of events last brought anything new; None when none ever did.

    Needs the organisation among those in scope for reading. Requests are kept for some weeks only; an organisation
    silent for longer is answered from an event of its latest day.
    """
    batch = (
        IngestBatch.objects.filter(organisation=organisation, stored__gt=0)
        .order_by("-received_at")
        .values_list("received_at", flat=True)
        .first()
    )
    upload = (
        FileImport.objects.filter(organisation=organisation, kind=FileImport.Kind.EVENTS, stored__gt=0)
        .order_by("-created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    known = [moment for moment in (batch, upload) if moment is not None]
    if known:
        return max(known)
    rows = queries.fetch("latest_event", organisation_id=organisation.pk)
    return rows[0][0] if rows else None


# ── what was rejected ────────────────────────────────────────────────────────────────────────────────────────


def _rejected_rows(*, organisation: Organisation, import_id: UUID) -> QuerySet[RejectedEvent]:
    rows = RejectedEvent.objects.filter(organisation=organisation, file_import_id=import_id)
    return rows.order_by("position")


def _rejected_line(row: RejectedEvent, *, source: str = "") -> RejectedLine:
    return RejectedLine(
        position=row.position,
        line=row.line,
        code=row.code,
        reason=retold(row.reason),
        remedy=retold(row.remedy),
        original=bytes(row.original).decode("utf-8", errors="replace"),
        received_at=row.created_at,
        source=source,
    )


def rejected_rows(
    *, organisation: Organisation, import_id: UUID, limit: int = REJECTED_SHOWN
) -> tuple[RejectedLine, ...]:
    """The first rejected rows of a file, in its order."""
    rows = _rejected_rows(organisation=organisation, import_id=import_id)[:limit]
    return tuple(_rejected_line(row) for row in rows)


def stream_rejected_rows(*, organisation: Organisation, import_id: UUID) -> Iterator[RejectedLine]:
    """All of them, a few hundred at a time: read it inside a scope that lasts as long."""
    for row in _rejected_rows(organisation=organisation, import_id=import_id).iterator(chunk_size=500):
        yield _rejected_line(row)


# ── requests and their keys ──────────────────────────────────────────────────────────────────────────────────


def sources(*, organisation: Organisation, reach: Reach) -> tuple[SourceLine, ...]:
    """Who sent the latest thousand requests and what became of them, the latest sender first."""
    recent = (
        IngestBatch.objects.filter(organisation=organisation)
        .order_by("-received_at")
        .values_list(
            "key_id", "connection_id", "state", "stored", "duplicates", "conflicts", "rejected", "received_at"
        )[:RECENT_BATCHES]
    )
    by_sender: dict[tuple[UUID | None, UUID | None], list[tuple[Any, ...]]] = {}
    for key_id, connection_id, *rest in recent:
        by_sender.setdefault((key_id, connection_id), []).append(tuple(rest))
    keys = WriteKey.objects.filter(organisation=organisation, pk__in=[one for one, _connection in by_sender if one])
    named: dict[UUID | None, tuple[Bringer, str]] = {key.pk: (Bringer(key.name), key.hint) for key in keys}
    brought = bringers((one for _key, one in by_sender), reach=reach)
    nobody = Bringer(""), ""
    return tuple(
        _source_line(*((brought[connection_id], "") if connection_id else named.get(key_id, nobody)), batches)
        for (key_id, connection_id), batches in by_sender.items()
    )


def _source_line(sender: Bringer, hint: str, batches: list[tuple[Any, ...]]) -> SourceLine:
    states = [batch[0] for batch in batches]
    return SourceLine(
        name=sender.name,
        url=sender.url,
        hint=hint,
        requests=len(batches),
        waiting=states.count(WorkState.WAITING),
        failed=states.count(WorkState.FAILED),
        stored=sum(batch[1] for batch in batches),
        duplicates=sum(batch[2] for batch in batches),
        conflicts=sum(batch[3] for batch in batches),
        rejected=sum(batch[4] for batch in batches),
        last_received_at=batches[0][5],
    )


def write_keys(*, organisation: Organisation, now: datetime) -> tuple[WriteKeyLine, ...]:
    """Keys in force first, then those that have ended; each the latest first."""
    rows = WriteKey.objects.filter(organisation=organisation).select_related("created_by").order_by("-created_at")
    lines = [
        WriteKeyLine(
            id=row.pk,
            name=row.name,
            hint=row.hint,
            created_by=row.created_by.name if row.created_by else "",
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            is_over=row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now),
        )
        for row in rows
    ]
    return tuple(sorted(lines, key=lambda line: line.is_over))
