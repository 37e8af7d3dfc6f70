"""What came in: imports, requests by source, what was rejected, write keys, the last event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.ingest import queries
from engagement.ingest.models import FileImport, IngestBatch, RejectedEvent, WorkState, WriteKey
from engagement.look.remaining import seconds_left
from tenants.models import Organisation

RECENT_BATCHES: Final = 1_000  # requests looked at for “recently”; a bound, so that a busy client's page is as quick
REJECTED_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One uploaded file and how far it is."""

    id: UUID
    kind: str
    kind_name: str
    sameness: str
    sameness_name: str
    file_name: str
    size_bytes: int
    bytes_read: int
    state: str
    state_name: str
    rows: int
    stored: int
    duplicates: int
    rejected: int
    error: str
    uploaded_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_running(self) -> bool:
        return self.state == WorkState.WAITING

    def seconds_left(self, *, now: datetime) -> int | None:
        """By the pace since a worker began to read it; None where that says too little, and once it is over."""
        if not self.is_running or self.started_at is None:
            return None
        return seconds_left(elapsed=now - self.started_at, done=self.bytes_read, total=self.size_bytes)


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
class RejectedPage:
    """One page of rejected messages; `page` knows its place among the others."""

    lines: tuple[RejectedLine, ...]
    page: Page[RejectedEvent]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What one write key sent among the latest requests."""

    name: str
    hint: str
    requests: int
    waiting: int
    failed: int
    stored: int
    duplicates: int
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


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────


def imports_of(organisation: Organisation) -> QuerySet[FileImport]:
    """Every import of the organisation, the latest first."""
    return FileImport.objects.filter(organisation=organisation).select_related("created_by").order_by("-created_at")


def imports(*, organisation: Organisation, limit: int = 50) -> tuple[ImportLine, ...]:
    return tuple(import_line(row) for row in imports_of(organisation)[:limit])


def get_import(*, organisation: Organisation, import_id: UUID) -> ImportLine:
    """One import; raises NotFoundError."""
    row = imports_of(organisation).filter(pk=import_id).first()
    if row is None:
        raise NotFoundError
    return import_line(row)


def import_line(row: FileImport) -> ImportLine:
    return ImportLine(
        id=row.pk,
        kind=row.kind,
        kind_name=str(FileImport.Kind(row.kind).label),
        sameness=row.sameness,
        sameness_name=str(FileImport.Sameness(row.sameness).label),
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        bytes_read=min(row.bytes_read, row.size_bytes),
        state=row.state,
        state_name=_state_name(row),
        rows=row.position,
        stored=row.stored,
        duplicates=row.duplicates,
        rejected=row.rejected,
        error=_(row.error) if row.error else "",  # as far as it has no numbers of its own
        uploaded_by=row.created_by.name if row.created_by else "",
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _state_name(row: FileImport) -> str:
    if row.state == WorkState.WAITING and row.started_at:
        return _("Reading")
    return str(WorkState(row.state).label)


# ── what was rejected ────────────────────────────────────────────────────────────────────────────────────────


def _rejected_rows(*, organisation: Organisation, import_id: UUID) -> QuerySet[RejectedEvent]:
    rows = RejectedEvent.objects.filter(organisation=organisation, file_import_id=import_id)
    return rows.order_by("position")


def _rejected_line(row: RejectedEvent, *, source: str = "") -> RejectedLine:
    return RejectedLine(
        position=row.position,
        line=row.line,
        code=row.code,
        reason=row.reason,
        remedy=row.remedy,
        original=bytes(row.original).decode("utf-8", errors="replace"),
        received_at=row.created_at,
        source=source,
    )


def rejected_rows(
    *, organisation: Organisation, import_id: UUID, limit: int = REJECTED_SHOWN
) -> tuple[RejectedLine, ...]:
    """The first rejected rows of a file, in its order."""
    rows = _rejected_rows(organisation=organisation, import_id=import_id)[:limit]
    return tuple(_in_words(_rejected_line(row)) for row in rows)


def _in_words(line: RejectedLine) -> RejectedLine:
    """In the reader's language where both are known there; with a value of the row in them they stay in English."""
    reason, remedy = (_(text) if text else "" for text in (line.reason, line.remedy))
    if reason == line.reason or remedy == line.remedy:
        return line
    return replace(line, reason=reason, remedy=remedy)


def stream_rejected_rows(*, organisation: Organisation, import_id: UUID) -> Iterator[RejectedLine]:
    """All of them, a few hundred at a time: read it inside a scope that lasts as long."""
    for row in _rejected_rows(organisation=organisation, import_id=import_id).iterator(chunk_size=500):
        yield _rejected_line(row)


def rejected_messages(*, organisation: Organisation, page: str) -> RejectedPage:
    """Rejected messages of client libraries, the latest first; an impossible page is the first or the last."""
    rows = RejectedEvent.objects.filter(organisation=organisation, batch__isnull=False).order_by(
        "-created_at", "position"
    )
    shown = Paginator(rows, REJECTED_SHOWN).get_page(page)
    found = list(shown.object_list)
    names = _key_names(organisation, {row.batch_id for row in found})
    return RejectedPage(
        lines=tuple(_in_words(_rejected_line(row, source=names.get(row.batch_id, ""))) for row in found),
        page=shown,
    )


def _key_names(organisation: Organisation, batch_ids: set[Any]) -> dict[Any, str]:
    keys = {key.pk: key.name for key in WriteKey.objects.filter(organisation=organisation)}
    batches = IngestBatch.objects.filter(organisation=organisation, pk__in=batch_ids).values_list("pk", "key_id")
    return {batch_id: keys.get(key_id, "") for batch_id, key_id in batches}


# ── requests and their keys ──────────────────────────────────────────────────────────────────────────────────


def sources(*, organisation: Organisation) -> tuple[SourceLine, ...]:
    """Who sent the latest thousand requests and what became of them, the latest sender first."""
    recent = (
        IngestBatch.objects.filter(organisation=organisation)
        .order_by("-received_at")
        .values_list("key_id", "state", "stored", "duplicates", "rejected", "received_at")[:RECENT_BATCHES]
    )
    by_key: dict[Any, list[tuple[Any, ...]]] = {}
    for key_id, *rest in recent:
        by_key.setdefault(key_id, []).append(tuple(rest))
    keys = {key.pk: key for key in WriteKey.objects.filter(organisation=organisation, pk__in=by_key)}
    return tuple(_source_line(keys.get(key_id), batches) for key_id, batches in by_key.items())


def _source_line(key: WriteKey | None, batches: list[tuple[Any, ...]]) -> SourceLine:
    states = [batch[0] for batch in batches]
    return SourceLine(
        name=key.name if key else "",
        hint=key.hint if key else "",
        requests=len(batches),
        waiting=states.count(WorkState.WAITING),
        failed=states.count(WorkState.FAILED),
        stored=sum(batch[1] for batch in batches),
        duplicates=sum(batch[2] for batch in batches),
        rejected=sum(batch[3] for batch in batches),
        last_received_at=batches[0][4],
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
