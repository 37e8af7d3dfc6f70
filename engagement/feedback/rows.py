"""A CSV file of feedback, plain or gzip, row by row: what was said, or why the row cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from types import MappingProxyType
from typing import Final

from engagement.feedback.models import FeedbackFile
from engagement.feedback.services.items import digest_of_saying
from engagement.feedback.types import Said
from engagement.ingest.contracts.instants import moment_of
from engagement.ingest.contracts.values import RefusedError
from engagement.ingest.files import ByteSource, CountedSource
from engagement.ingest.files.columns import Columns
from engagement.ingest.files.records import Record
from engagement.ingest.files.rows import open_rows, read_rows
from engagement.ingest.services.uploads import upload_path
from engagement.ingest.types import Rejection
from engagement.language import noop
from tenants.models import Organisation

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "text": ("text", "feedback", "comment", "answer", "message", "review", "verbatim"),
        "day": ("day", "date", "submitted_at", "created_at", "occurred_at", "timestamp"),
        "kind": ("kind", "feedback_kind"),
        "language": ("language", "lang"),
        "customer": ("customer_id", "customer", "user_id", "client_id", "household_key"),
        "segment": ("segment", "segment_key"),
        "source": ("source", "survey"),
        "id": ("feedback_id", "response_id", "message_id", "id"),
    }
)
"""Role to accepted names of columns, the surest first. Columns that mean none of them are left out."""
_DIGEST_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row that could be read: the original is kept for whoever has to mend it, should it be refused later."""

    position: int
    line: int
    said: Said
    original: bytes


def read_feedback(
    source: ByteSource, *, kind: str, named: str, language: str, zone: tzinfo
) -> Iterator[FileRow | Rejection]:
    """The rows in order; what a row does not say is as given here. Raises InvalidInputError for an unusable header.

    Rows without an id that say the same are counted (`Said.repeat`), so that the same file again adds nothing and two
    customers who wrote the same both count. That takes about 100 bytes for each such row.
    """
    records, columns = open_rows(source, names=COLUMNS, required=("text", "day"))
    repeats: dict[bytes, int] = {}
    lines: list[tuple[int, bytes]] = []

    def watched() -> Iterator[Record]:
        for record in records:
            lines[:] = [(record.line, record.original)]
            yield record

    def read(fields: Sequence[str], position: int) -> FileRow:
        said = _said(fields, columns, kind=kind, named=named, language=language, zone=zone)
        line, original = lines[0]
        return FileRow(position, line, _counted(said, repeats), original)

    return read_rows(watched(), columns=columns, read=read)


def _said(fields: Sequence[str], columns: Columns, *, kind: str, named: str, language: str, zone: tzinfo) -> Said:
    cell = {role: fields[place].strip() for role, place in columns.roles.items()}
    return Said(
        text=cell["text"],
        day=_day(cell["day"], zone),
        kind=cell.get("kind", "").lower() or kind,
        source=cell.get("source") or named,
        language=cell.get("language") or language,
        customer=cell.get("customer", ""),
        segment=cell.get("segment", ""),
        id=cell.get("id", ""),
    )


def _day(text: str, zone: tzinfo) -> date:
    """The local day of a day or an instant; a time without an offset is local already."""
    try:
        moment = moment_of(text)
    except ValueError as error:
        raise RefusedError(
            "unreadable_day",
            noop("The day cannot be read."),
            noop("Write it as 2025-12-31, or with a time as 2025-12-31T18:30:00+01:00."),
        ) from error
    return moment.astimezone(zone).date() if moment.tzinfo else moment.date()


def _counted(said: Said, repeats: dict[bytes, int]) -> Said:
    if said.id:
        return said
    mark = bytes.fromhex(digest_of_saying(said))[:_DIGEST_BYTES] + said.source.encode()[:_DIGEST_BYTES]
    repeats[mark] = repeats.get(mark, -1) + 1
    return replace(said, repeat=repeats[mark])


# ── the rows of an uploaded file ─────────────────────────────────────────────────────────────────────────────


def rows_of(row: FeedbackFile, *, organisation: Organisation) -> Iterator[FileRow | Rejection]:
    """The rows of a file from its beginning; raises FileNotFoundError where it does not lie here any more."""
    with upload_path(row.stored_as).open("rb") as file:
        yield from rows_in(CountedSource(file), row=row, organisation=organisation)


def rows_in(source: ByteSource, *, row: FeedbackFile, organisation: Organisation) -> Iterator[FileRow | Rejection]:
    """The rows that a source gives, read as the file's own kind, source and language say."""
    return read_feedback(source, kind=row.kind, named=row.source, language=row.language, zone=organisation.zone)
