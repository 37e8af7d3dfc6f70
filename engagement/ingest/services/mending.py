"""Rejected rows on their way out and back: a file of them says which rows they were, and mended it says so again.

The file has the columns of the original first, then columns of ours. `rapport_row` names the row of the original, so a
mended row has the id it would have had there: sent twice, or once more within another file of mended rows, it is in
once. Columns of ours are never a property or trait.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from msgspec import structs

from engagement.ingest.files import Format, Table, TableRow
from engagement.ingest.files.records import DELIMITERS
from engagement.ingest.models import FileImport
from engagement.ingest.types import EventIn

ROW: Final = "rapport_row"
OURS: Final = (ROW, "rapport_line", "rapport_reason", "rapport_remedy", "rapport_original")
FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")
_DIGEST_LENGTH: Final = 32
_NAMED_ROW: Final = re.compile(r"[0-9a-f]{32}:[0-9]{1,18}")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; one that had such a mark already gets another one."""
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA_MARKS) else cell


def as_it_was(cell: object) -> object:
    """The cell without the mark that made it harmless.

    >>> [as_it_was(harmless(cell)) for cell in ("=1", "'=1", "'1")]
    ['=1', "'=1", "'1"]
    """
    if isinstance(cell, str) and cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_MARKS):
        return cell[1:]
    return cell


def is_mended(columns: Iterable[str]) -> bool:
    """Whether a file with these columns is one of rejected rows that we gave."""
    return ROW in columns


class MendedTable(Table):
    """A file of rejected rows without the columns of ours; `origins` says of rows being read which ones they were."""

    def __init__(self, table: Table) -> None:
        self._table, self.format = table, table.format
        self.header, self.delimiter = table.columns, table.delimiter
        self._kept = [place for place, name in enumerate(table.columns) if name not in OURS]
        self._row = table.columns.index(ROW)
        # JSON lines are opened by no spreadsheet: what begins with an apostrophe there is meant so.
        self._read = (lambda cell: cell) if table.format is Format.JSONL else as_it_was
        self.columns = tuple(str(self._read(table.columns[place])) for place in self._kept)
        self.origins: dict[int, str] = {}

    @property
    def bytes_read(self) -> int:
        return self._table.bytes_read

    def close(self) -> None:
        self._table.close()

    def rows(self, *, after: int = 0) -> Iterator[TableRow]:
        width = len(self._table.columns)
        for row in self._table.rows(after=after):
            if len(row.cells) != width:
                yield replace(row, cells=(*row.cells, *[""] * (len(self.columns) + 1)))  # refused for its fields
                continue
            origin = str(row.cells[self._row]).strip()
            if _NAMED_ROW.fullmatch(origin):
                self.origins[row.position] = origin
            yield replace(row, cells=tuple(self._read(row.cells[place]) for place in self._kept))


def layout_of(table: Table) -> dict[str, object]:
    """What is kept of an open file, so that its rejected rows can be taken apart when it is gone (`Layout`)."""
    header = table.header if isinstance(table, MendedTable) else table.columns
    return {"header": list(header), "delimiter": table.delimiter}


def as_original(items: Iterable[Any], *, table: MendedTable, digest: str) -> Iterator[Any]:
    """The items, those without an id of their own with the id their row would have had in the original file."""
    prefix = f"file:{digest[:_DIGEST_LENGTH]}:"
    for item in items:
        origin = table.origins.pop(item.position, "")
        if origin and isinstance(item, EventIn) and item.message_id.startswith(prefix):
            yield structs.replace(item, message_id=f"file:{origin}")
        else:
            yield item


def origin_of(*, digest: str, position: int) -> str:
    """How a row of a file is named in a file of rejected rows."""
    return f"{digest[:_DIGEST_LENGTH]}:{position}"


@dataclass(frozen=True, slots=True)
class Taken:
    """A rejected row taken apart: its cells as they were, in the order of the columns, and how it is named."""

    cells: list[str]
    origin: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rejected rows of one file are taken apart. `header` are its columns as the file names them, ours too."""

    columns: Sequence[str]
    header: Sequence[str]
    delimiter: str
    digest: str

    @classmethod
    def of(cls, row: FileImport) -> Layout:
        kept = row.layout  # empty of files read before it was noted
        return cls(row.columns, kept.get("header", row.columns), kept.get("delimiter", ""), row.digest)

    def origin_of(self, position: int) -> str:
        return origin_of(digest=self.digest, position=position)

    def taken(self, original: str, *, position: int) -> Taken | None:
        """The row; None where it cannot be taken apart, or could be in more than one way."""
        found = cells_of(original, columns=self.header, delimiter=self.delimiter)
        if found is None or ROW not in self.header:
            return None if found is None else Taken(found, self.origin_of(position))
        said = dict(zip(self.header, found, strict=True))
        is_json = original.lstrip().startswith("{")
        cells = [text for name, text in zip(self.header, found, strict=True) if name not in OURS]
        cells = cells if is_json else [str(as_it_was(cell)) for cell in cells]
        return Taken(cells, self.named(said[ROW], position=position))

    def named(self, said: object, *, position: int) -> str:
        """How the row is named: as the file says of a row that was rejected before, else by where it stands."""
        is_named = isinstance(said, str) and _NAMED_ROW.fullmatch(said.strip())
        return str(said).strip() if is_named else self.origin_of(position)


def cells_of(original: str, *, columns: Sequence[str], delimiter: str = "") -> list[str] | None:
    """The cells of a rejected row as they were, in the order of the columns; None where it cannot be taken apart.

    Without the delimiter of its file, None as well where two of them give other cells.
    """
    text = original.rstrip("\r\n")
    if text.lstrip().startswith("{"):
        return _cells_of_object(text, columns=columns)
    found = []
    for mark in (delimiter,) if delimiter else DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
        except csv.Error:
            continue
        if len(rows) == 1 and len(rows[0]) == len(columns) and rows[0] not in found:
            found.append(rows[0])
    return found[0] if len(found) == 1 else None


def _cells_of_object(text: str, *, columns: Sequence[str]) -> list[str] | None:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not isinstance(found, dict) or not found.keys() <= set(columns):
        return None
    return [_cell_text(found.get(name)) for name in columns]


def _cell_text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode()
