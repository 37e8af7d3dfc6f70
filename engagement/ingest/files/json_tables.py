"""JSON lines as a table: one object a line, plain or gzip.

The columns are the names in the first lines. What stands in an object `properties` or `traits` is a column of its own,
`properties.plan`; other objects and lists are kept as they are. A name that only comes up later, or differs from a
column in case, spaces, underscores or dashes only, is no column but is kept all the same (`TableRow.extra`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import BinaryIO, Final

import msgspec

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.mending import mend
from engagement.ingest.contracts.values import NAME_LIMIT
from engagement.ingest.files.columns import plain
from engagement.ingest.files.formats import Format
from engagement.ingest.files.lines import Line, Lines
from engagement.ingest.files.sources import ByteSource, CountedSource
from engagement.ingest.files.tables import Table, TableRow
from engagement.language import noop

SPREAD: Final = ("properties", "traits")
_LOOK_LINES: Final = 1_000
_LOOK_BYTES: Final = 1024 * 1024
_MOST_COLUMNS: Final = 500  # what has more names is no table: the others are kept without being columns
_BLANK: Final = b" \t\r\n"


class JsonTable(Table):
    """Raises InvalidInputError at once where the first lines hold no object."""

    format = Format.JSONL

    def __init__(self, source: ByteSource, *, limit_bytes: int | None = None, file: BinaryIO | None = None) -> None:
        self._file = file
        self._source = source if isinstance(source, CountedSource) else CountedSource(source)
        self._lines = Lines(self._source, limit_bytes=limit_bytes)
        self.columns = self._look()
        self._names = frozenset(self.columns)

    @property
    def bytes_read(self) -> int:
        return self._source.bytes_read

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def rows(self, *, after: int = 0) -> Iterator[TableRow]:
        for position, line in islice(enumerate(self._filled(), start=1), after, None):
            yield self._row(line, position)

    def _filled(self) -> Iterator[Line]:
        while (line := self._lines.next_line()) is not None:
            if line.raw.strip(_BLANK):
                yield line

    def _row(self, line: Line, position: int) -> TableRow:
        found = _object_in(line)
        if isinstance(found, str):
            return TableRow(position, line.number, (), line.raw, found)
        cells = tuple(map(found.get, self.columns))
        extra = {name: value for name, value in found.items() if name not in self._names}
        return TableRow(position, line.number, cells, line.raw, extra=extra or None)

    def _look(self) -> tuple[str, ...]:
        seen: list[Line] = []
        names: dict[str, str] = {}
        size, has_any = 0, False
        while len(seen) < _LOOK_LINES and size < _LOOK_BYTES and (line := self._lines.next_line()) is not None:
            seen.append(line)
            size += len(line.raw)
            found = _object_in(line) if line.raw.strip(_BLANK) else ""
            if not isinstance(found, str):
                has_any = True
                _note_names(names, found)
        self._lines.give_back(seen)
        if not has_any:
            raise InvalidInputError(
                noop("The file is no JSON lines: none of its first lines is an object. Write one object on each line.")
                if size
                else noop("The file is empty. Each of its lines must be one JSON object.")
            )
        return tuple(names.values())


def _note_names(names: dict[str, str], found: Mapping[str, object]) -> None:
    for name in found:
        if len(names) < _MOST_COLUMNS and name == name.strip() and plain(name) and _is_usable(name):
            names.setdefault(plain(name), name)


def _is_usable(name: str) -> bool:
    return len(name) <= NAME_LIMIT and "\0" not in name


def _object_in(line: Line) -> dict[str, object] | str:
    """What a line says, spread out by name; the code of its fault where it cannot be read."""
    if line.is_cut:
        return "too_long"
    text = line.text  # for the words about another encoding
    try:
        found = msgspec.json.decode(text)
    except msgspec.ValidationError:
        return "number_too_large"
    except (msgspec.DecodeError, RecursionError, ValueError):
        return _flaw_of(line.raw)
    return _spread(found) if isinstance(found, dict) else "not_object"


def _flaw_of(raw: bytes) -> str:
    """Why a strict reader cannot take a line: the flaw that is the only thing wrong with it, or that it is no JSON."""
    if b"\0" in raw:
        return "nul_character"
    mended = mend(raw, is_batch=False)
    try:
        msgspec.json.decode(mended.body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return "not_json"
    return mended.flaws[0][0] if mended.flaws else "not_json"


def _spread(found: dict[str, object]) -> dict[str, object]:
    if not any(isinstance(found.get(name), dict) for name in SPREAD):
        return found
    flat: dict[str, object] = {}
    for name, value in found.items():
        if name in SPREAD and isinstance(value, dict):
            flat |= {f"{name}.{inner}": one for inner, one in value.items()}
        else:
            flat[name] = value
    return flat


def property_name(column: str) -> str:
    """What a column is called as a property: `properties.plan` is `plan`."""
    head, _, rest = column.partition(".")
    return rest if head in SPREAD and rest else column
