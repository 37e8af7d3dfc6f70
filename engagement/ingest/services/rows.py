"""The rows of an uploaded file, read as its mapping says: for taking it in, trying it and showing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import InvalidInputError
from engagement.ingest.files import (
    ByteSource,
    Format,
    ReadingOf,
    Table,
    TableRow,
    detect_format,
    digest_of,
    kind_of,
    open_table,
)
from engagement.ingest.files import Mapping as ColumnMapping
from engagement.ingest.files.numbers import POINT
from engagement.ingest.models import FileImport
from engagement.ingest.services.mending import MendedTable, as_original, is_mended
from engagement.ingest.services.uploads import upload_path
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from tenants.models import Organisation

UNPACKED_FACTOR: Final = 10  # a gzip file of CSV holds about so many times its size; more is a mistake or an attack

Row = EventIn | TraitsIn | Rejection

_MENDED_DAYS: Final = gettext_noop(
    "This file holds rows that were rejected and mended. Replacing its days would take out the rows that were stored "
    "the first time: choose that every row is an event of its own."
)


def unpacked_limit_bytes() -> int:
    return int(settings.UPLOAD_LIMIT_BYTES) * UNPACKED_FACTOR


def mapping_of(kept: Mapping[str, Any]) -> ColumnMapping | None:
    """What is kept of a mapping, as readers take it; None for nothing: columns are then known by their names."""
    if not kept:
        return None
    columns = kept.get("kept")
    return ColumnMapping(
        roles=dict(kept.get("roles", {})),
        kept=None if columns is None else tuple(columns),
        constants=dict(kept.get("constants", {})),
        numbers=kept.get("numbers", POINT),  # of mappings kept before there was a choice
    )


def kept_of(mapping: ColumnMapping) -> dict[str, Any]:
    """A mapping as it is kept."""
    columns = None if mapping.kept is None else list(mapping.kept)
    return {
        "roles": dict(mapping.roles),
        "kept": columns,
        "constants": dict(mapping.constants),
        "numbers": mapping.numbers,
    }


def as_read(kept: Mapping[str, Any], *, table: Table) -> dict[str, Any]:
    """What is kept of a mapping, as this file is read by it.

    Numbers with a comma are read in text only, so nothing else keeps them: rejected rows of the other forms are sent
    again as text, in which their decimals have a point.
    """
    return {**kept, "numbers": POINT} if kept.get("numbers") and not table.format.has_text_cells else dict(kept)


def format_of(row: FileImport) -> Format:
    return detect_format(upload_path(row.stored_as), row.file_name)


def digest_of_upload(row: FileImport, *, watched: Callable[[ByteSource], ByteSource]) -> str:
    """The digest of the file's content, which judges the encoding of the whole; reads it to its end."""
    form = format_of(row)
    with upload_path(row.stored_as).open("rb") as file:
        return digest_of(watched(file), limit_bytes=unpacked_limit_bytes(), is_text=form.is_text)


@contextmanager
def opened(row: FileImport, *, path: Path | None = None) -> Iterator[Table]:
    """The file as a table; rejected rows that came back mended without the columns of ours."""
    at = path or upload_path(row.stored_as)
    form = detect_format(at, row.file_name)
    with open_table(at, format=form, limit_bytes=unpacked_limit_bytes()) as table:
        yield MendedTable(table) if is_mended(table.columns) else table


class _Weighed(Table):
    """A table that knows how many bytes the rows had that it gave."""

    def __init__(self, table: Table) -> None:
        self._table, self.format = table, table.format
        self.columns, self.delimiter = table.columns, table.delimiter
        self.weight = 0

    @property
    def bytes_read(self) -> int:
        return self._table.bytes_read

    def close(self) -> None:
        self._table.close()

    def rows(self, *, after: int = 0) -> Iterator[TableRow]:
        for row in self._table.rows(after=after):
            self.weight += len(row.original)
            yield row


@dataclass(frozen=True, slots=True)
class Items:
    """What the rows of a file say, to be gone through once."""

    _found: Iterator[Row]
    _table: _Weighed

    def __iter__(self) -> Iterator[Row]:
        return self._found

    @property
    def weight(self) -> int:
        """How many bytes the rows had, as they came, of which this was read so far."""
        return self._table.weight


@dataclass(frozen=True, slots=True)
class Reader:
    """How the rows of one file are read."""

    row: FileImport
    organisation: Organisation

    def items(self, table: Table, *, digest: str, after: int = 0) -> Items:
        """The rows after that position, each as an item or a rejection; raises InvalidInputError where columns miss."""
        row = self.row
        how = ReadingOf(time_zone=self.organisation.zone, received_at=row.created_at, file_digest=digest, after=after)
        weighed = _Weighed(table)
        found: Iterator[Row] = kind_of(row.kind).read(weighed, mapping_of(row.mapping), how)
        if not isinstance(table, MendedTable):
            return Items(found, weighed)
        if row.sameness == FileImport.Sameness.REPLACE_DAYS:
            raise InvalidInputError(_(_MENDED_DAYS), fields={"sameness": [_(_MENDED_DAYS)]})
        return Items(as_original(found, table=table, digest=digest), weighed)
