"""Records of a CSV file, each with the line it starts on; a broken record costs itself and no other."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.values import MESSAGE_LIMIT
from engagement.ingest.files.sources import ByteSource, PlainBytes, check_not_wide, not_utf8
from engagement.language import noop

LINE_LIMIT: Final = 2 * MESSAGE_LIMIT  # bytes; longer than any record that is taken, so the rest is only skipped
RECORD_LINES: Final = 200  # a text may hold line ends; more than these is a quotation mark that was never closed
DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, or its fault. `line` is where it starts, in physical lines from 1."""

    line: int
    fields: tuple[str, ...]
    original: bytes
    fault: str = ""  # "too_long" or "quotes"


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    raw: bytes
    is_cut: bool


class _TooLongError(Exception):
    """Within reading a record only: it cannot be finished within the limits."""


class Records:
    """Reads records one at a time; `delimiter` is found in the first line that is not blank.

    Raises InvalidInputError, whenever the place is reached, for text that is not UTF-8 and for damaged gzip.
    """

    def __init__(self, source: ByteSource) -> None:
        self._plain = PlainBytes(source)
        self._number = 0
        self._ahead: deque[_Line] = deque()
        self._taken: list[_Line] = []
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
        self._ahead.extendleft(reversed(others))
        return Record(line=first.number, fields=(), original=first.raw, fault=fault)

    def _texts(self) -> Iterator[str]:
        while (line := self._next_line()) is not None:
            self._taken.append(line)
            self._size += len(line.raw)
            if line.is_cut or self._size > LINE_LIMIT or len(self._taken) > RECORD_LINES:
                raise _TooLongError
            yield _text_of(line)

    def _next_line(self) -> _Line | None:
        if self._ahead:
            return self._ahead.popleft()
        raw = self._plain.readline(LINE_LIMIT)
        if not raw:
            return None
        is_cut = len(raw) == LINE_LIMIT and not raw.endswith(b"\n")
        rest = raw
        while is_cut and rest and not rest.endswith(b"\n"):
            rest = self._plain.readline(LINE_LIMIT)
        self._number += 1
        if self._number == 1:
            check_not_wide(raw)
            raw = raw.removeprefix(codecs.BOM_UTF8)
        return _Line(number=self._number, raw=raw, is_cut=is_cut)

    def _find_delimiter(self) -> str:
        """The candidate that splits the first line into most fields; the comma when none does."""
        seen: list[_Line] = []
        while (line := self._next_line()) is not None:
            seen.append(line)
            if line.raw.strip() or len(seen) > RECORD_LINES:
                break
        self._ahead.extendleft(reversed(seen))
        if not seen or not seen[-1].raw.strip():
            raise InvalidInputError(noop("The file is empty. Its first line must name the columns."))
        if seen[-1].is_cut:
            raise InvalidInputError(f"The first line is longer than {LINE_LIMIT:,} bytes. Is this a CSV file?")
        text = _text_of(seen[-1])
        return max(DELIMITERS, key=lambda mark: _field_count(text, delimiter=mark))


def _text_of(line: _Line) -> str:
    try:
        return line.raw.decode()
    except UnicodeDecodeError as error:
        raise not_utf8(line=line.number, byte=line.raw[error.start]) from error


def _field_count(text: str, *, delimiter: str) -> int:
    """How many fields a line has, delimiters between quotation marks not counted."""
    unquoted = "".join(text.split('"')[::2])
    return unquoted.count(delimiter) + 1
