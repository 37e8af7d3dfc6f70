"""Uploaded files: how far each is, what came of it, and until when it can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.ingest.models import FileImport, ImportState, RejectedEvent, SavedMapping
from engagement.ingest.quarantine_words import TITLES, group_words
from engagement.ingest.services.deciding import undo_until
from engagement.look.remaining import seconds_left
from engagement.retelling import retold
from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One uploaded file and how far it is. `found` is what a dry run, or an undo, came to."""

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
    task: str
    rows: int
    stored: int
    duplicates: int
    conflicts: int  # of the duplicates
    rejected: int
    error: str
    uploaded_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    mapping: Mapping[str, Any]
    mapping_name: str
    found: Mapping[str, Any]
    taken_out: int
    cancel_asked_at: datetime | None
    undone_at: datetime | None
    undone_by: str
    undo_until: datetime | None

    @property
    def is_running(self) -> bool:
        return self.state == ImportState.WAITING

    @property
    def is_undoing(self) -> bool:
        return self.is_running and self.task == FileImport.Task.UNDO

    @property
    def is_trying(self) -> bool:
        return self.is_running and self.task == FileImport.Task.TRY

    @property
    def can_be_cancelled(self) -> bool:
        is_reading = self.is_running and not self.is_undoing and self.cancel_asked_at is None
        return is_reading or self.state == ImportState.DRAFT

    def can_be_undone(self, *, now: datetime) -> bool:
        return self.undo_until is not None and now <= self.undo_until

    def seconds_left(self, *, now: datetime) -> int | None:
        """By the pace since a worker began to read it; None where that says too little, and once it is over."""
        if not self.is_running or self.started_at is None or self.is_undoing:
            return None
        return seconds_left(elapsed=now - self.started_at, done=self.bytes_read, total=self.size_bytes)

    def rows_per_second(self, *, now: datetime) -> int | None:
        """Whole rows, since a worker began to read it; None before that, and within the first second."""
        if self.started_at is None or not self.rows or self.is_undoing:
            return None
        seconds = int(((self.finished_at or now) - self.started_at).total_seconds())
        return self.rows // seconds if seconds > 0 and (self.is_running or self.finished_at) else None


def imports_of(organisation: Organisation) -> QuerySet[FileImport]:
    """Every import of the organisation, the latest first."""
    return (
        FileImport.objects.filter(organisation=organisation)
        .select_related("created_by", "undo_asked_by")
        .order_by("-created_at")
    )


def imports(*, organisation: Organisation, limit: int = 50) -> tuple[ImportLine, ...]:
    return tuple(import_line(row) for row in imports_of(organisation)[:limit])


def import_row(*, organisation: Organisation, import_id: UUID) -> FileImport:
    """The row of one import; raises NotFoundError."""
    row = imports_of(organisation).filter(pk=import_id).first()
    if row is None:
        raise NotFoundError
    return row


def get_import(*, organisation: Organisation, import_id: UUID) -> ImportLine:
    """One import; raises NotFoundError."""
    return import_line(import_row(organisation=organisation, import_id=import_id))


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
        task=row.task,
        rows=row.position,
        stored=row.stored,
        duplicates=row.duplicates,
        conflicts=row.conflicts,
        rejected=row.rejected,
        error=retold(row.error),
        uploaded_by=row.created_by.name if row.created_by else "",
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        mapping=row.mapping,
        mapping_name=row.mapping_name,
        found=row.found,
        taken_out=row.taken_out,
        cancel_asked_at=row.cancel_asked_at,
        undone_at=row.undone_at,
        undone_by=row.undo_asked_by.name if row.undone_at and row.undo_asked_by else "",
        undo_until=undo_until(row),
    )


def _state_name(row: FileImport) -> str:
    if row.state != ImportState.WAITING:
        return str(ImportState(row.state).label)
    if row.task == FileImport.Task.UNDO:
        return _("Being undone")
    if row.started_at:
        return _("Dry run") if row.task == FileImport.Task.TRY else _("Reading")
    return str(ImportState.WAITING.label)


def found_reasons(line: ImportLine) -> list[tuple[str, int]]:
    """Why a dry run would reject rows and how many, most first, in the words of the page of what was rejected.

    The rows it rejected stand there, too; of those that are deleted by age a title is left, or the reason's code.
    """
    codes = line.found.get("codes", []) if line.state == ImportState.DRAFT else []
    if not codes:
        return []
    rows = RejectedEvent.objects.filter(file_import_id=line.id).values("code")
    said = {row["code"]: row for row in rows.annotate(one=Min("reason"), other=Max("reason"))}
    return [(_reason(code, said.get(code)), n) for code, n in codes]


def _reason(code: str, said: Mapping[str, Any] | None) -> str:
    if said is None:
        return _(TITLES[code]) if code in TITLES else code
    first, other = said["one"], said["other"]
    reason, reasons = first and _(first), 1 + (first != other)
    return group_words(code=code, reason=reason, remedy="", reasons=reasons, remedies=1)[0] or code


def saved_mappings(*, organisation: Organisation) -> list[SavedMapping]:
    """Every mapping that is kept, by kind and name."""
    rows = SavedMapping.objects.filter(organisation=organisation).select_related("created_by")
    return list(rows.order_by("kind", "name"))
