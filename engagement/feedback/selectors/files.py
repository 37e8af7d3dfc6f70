"""Reads of uploaded files: the list, the first rows of one before it is taken in, and what was rejected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError, RapportError
from engagement.feedback.models import FeedbackFile, FeedbackRejection
from engagement.feedback.rows import FileRow, rows_of
from engagement.ingest.types import Rejection
from engagement.retelling import retold
from tenants.models import Organisation

LISTED: Final = 20
PREVIEWED: Final = 10
REJECTED_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One of the first rows as it would be taken in; `reason` says why it cannot be read."""

    line: int
    day: date | None
    kind: str
    customer: str
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    line: int
    reason: str
    remedy: str
    original: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """An uploaded file and how far it is."""

    id: UUID
    file_name: str
    kind: str
    source: str
    language: str
    state: str
    size_bytes: int
    rows: int
    stored: int
    duplicates: int
    rejected: int
    error: str
    uploaded_by: str
    created_at: datetime


def files() -> tuple[FileLine, ...]:
    """The latest files, the last one first."""
    found = FeedbackFile.objects.select_related("created_by").order_by("-created_at", "-id")
    return tuple(_line(row) for row in found[:LISTED])


def file(file_id: UUID) -> FileLine:
    """One file; raises NotFoundError."""
    return _line(_row(file_id))


def preview(*, organisation: Organisation, file_id: UUID) -> tuple[PreviewRow, ...] | None:
    """The first rows as they would be read; None where the file does not lie here any more. Raises NotFoundError."""
    try:
        return tuple(map(_preview, islice(rows_of(_row(file_id), organisation=organisation), PREVIEWED)))
    except (OSError, RapportError):
        return None


def rejected_rows(file_id: UUID, *, limit: int | None = None) -> Iterator[RejectedRow]:
    """The rows of a file that could not be used, in its order; raises NotFoundError for an unknown file."""
    rows = FeedbackRejection.objects.filter(file=_row(file_id)).order_by("position")[:limit]
    return (
        RejectedRow(row.line, retold(row.reason), retold(row.remedy), _text(row))
        for row in rows.iterator(chunk_size=500)
    )


def _text(row: FeedbackRejection) -> str:
    return bytes(row.original).decode("utf-8", errors="replace").rstrip("\r\n")


def _row(file_id: UUID) -> FeedbackFile:
    found = FeedbackFile.objects.select_related("created_by").filter(pk=file_id).first()
    if found is None:
        raise NotFoundError(_("There is no such file."))
    return found


def _preview(one: FileRow | Rejection) -> PreviewRow:
    if isinstance(one, FileRow):
        said = one.said
        return PreviewRow(one.line, said.day, said.kind, said.customer, said.text)
    text = one.original.decode("utf-8", errors="replace").strip()
    return PreviewRow(one.line or 0, None, "", "", text, f"{retold(one.reason)} {retold(one.remedy)}")


def _line(row: FeedbackFile) -> FileLine:
    return FileLine(
        id=row.pk,
        file_name=row.file_name,
        kind=row.kind,
        source=row.source,
        language=row.language,
        state=row.state,
        size_bytes=row.size_bytes,
        rows=row.position,
        stored=row.stored,
        duplicates=row.duplicates,
        rejected=row.rejected,
        error=row.error,
        uploaded_by=row.created_by.name if row.created_by else "",
        created_at=row.created_at,
    )
