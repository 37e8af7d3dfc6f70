"""Records of a CSV file, each with the line it starts on; a broken record costs itself and no other."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engagement.errors import InvalidInputError
from engagement.ingest.files.lines import LINE_LIMIT, Line, Lines
from engagement.ingest.files.sources import ByteSource
from engagement.language import noop

RECORD_LINES: Final = 200  # a text may hold line ends; more than these is a quotation mark that was never closed
DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, or its fault. `line` is where it starts, in physical lines from 1."""

    line: int
    fields: tuple[str, ...]
    original: bytes
    fault: str = ""  # "too_long" or "quotes"


class _TooLongError(Exception):
    """Within reading a record only: it cannot be finished within the limits."""


class Records:
    """Reads records one at a time; `delimiter` is found in the first line that is not blank.

    Raises InvalidInputError, whenever the place is reached, for text that is not UTF-8 and for damaged gzip.
    """

    def __init__(self, source: ByteSource, *, limit_bytes: int | None = None) -> None:
        self._lines = Lines(source, limit_bytes=limit_bytes)
        self._taken: list[Line] = []
        self._size = 0
        self.delimiter = self._find_delimiter()

    def __iter__(self) -> Iterator[Record]:
        reader = csv.reader(self._texts(), delimiter=self.delimiter, strict=True)
        while True:
            self._taken, self._size = [], 0
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                record = self._broken("quotes")
                reader = csv.reader(self._texts(), delimiter=self.delimiter, strict=True)
            except _TooLongError:
                record = self._broken("too_long" if len(self._taken) == 1 else "quotes")
                reader = csv.reader(self._texts(), delimiter=self.delimiter, strict=True)
            else:
                record = self._record(tuple(fields))
            if record.fault or any(field.strip() for field in record.fields):
                yield record

    def _record(self, fields: tuple[str, ...]) -> Record:
        original = b"".join(line.raw for line in self._taken)
        return Record(line=self._taken[0].number, fields=fields, original=original)

    def _broken(self, fault: str) -> Record:
        """The first line of a record that cannot be read; the lines after it are read again as their own
        records.
        """
        first, *others = self._taken
        self._lines.give_back(others)
        return Record(line=first.number, fields=(), original=first.raw, fault=fault)

    def _texts(self) -> Iterator[str]:
        while (line := self._lines.next_line()) is not None:
            self._taken.append(line)
            self._size += len(line.raw)
            if line.is_cut or self._size > LINE_LIMIT or len(self._taken) > RECORD_LINES:
                raise _TooLongError
            yield line.text

    def _find_delimiter(self) -> str:
        """The candidate that splits the first line into most fields; the comma when none does."""
        seen: list[Line] = []
        while (line := self._lines.next_line()) is not None:
            seen.append(line)
            if line.raw.strip() or len(seen) > RECORD_LINES:
                break
        self._lines.give_back(seen)
        if not seen or not seen[-1].raw.strip():
            raise InvalidInputError(noop("The file is empty. Its first line must name the columns."))
        if b"\r" in b"".join(seen[-1].raw.rstrip(b"\r\n").split(b'"')[::2]):
            raise InvalidInputError(noop("The lines end as on old Macintosh computers. Save the file as “CSV UTF-8”."))
        if seen[-1].is_cut:
            raise InvalidInputError(f"The first line is longer than {LINE_LIMIT:,} bytes. Is this a CSV file?")
        text = seen[-1].text
        return max(DELIMITERS, key=lambda mark: _field_count(text, delimiter=mark))


def _field_count(text: str, *, delimiter: str) -> int:
    """How many fields a line has, delimiters between quotation marks not counted."""
    unquoted = "".join(text.split('"')[::2])
    return unquoted.count(delimiter) + 1
