"""The first sheet of an XLSX workbook as a table; openpyxl lends what it knows of numbers and dates, and no more.

The first row that holds anything names the columns; rows without anything are left out. Of a formula its saved result
counts; of merged cells the first holds the value and the others hold nothing, as in every reader.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import BinaryIO, Final

from engagement.errors import InvalidInputError
from engagement.ingest.contracts import instants
from engagement.ingest.contracts.values import EXACT_FLOAT, MESSAGE_LIMIT
from engagement.ingest.files.cells import CellFault, CsvLines, text_of
from engagement.ingest.files.formats import Format
from engagement.ingest.files.sources import CountedFile
from engagement.ingest.files.tables import Progress, Table, TableRow
from engagement.ingest.files.xlsx_books import Book, TextReader
from engagement.ingest.files.xml_pieces import feed
from engagement.language import noop

_MOST_COLUMNS: Final = 16_384  # of a sheet
_AT_ONCE: Final = 4 * 1024  # bytes of XML; the rows in them wait in memory, with their shared texts
_PLACE: Final = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


class XlsxTable(Table):
    """Raises InvalidInputError at once for what is no workbook, is damaged or packed to deceive."""

    format = Format.XLSX

    def __init__(self, file: BinaryIO, *, limit_bytes: int, progress: Progress | None = None) -> None:
        self._file = CountedFile(file, progress=progress)
        self._book = Book(self._file, limit_bytes=limit_bytes)
        self._sheet = _Sheet(self._book)
        header = next(self._sheet.rows(), None)
        if header is None:
            raise InvalidInputError(noop("The file is empty. Its first line must name the columns."))
        _, cells = header
        faulty = next((cell for cell in cells if isinstance(cell, CellFault)), None)
        if faulty is not None:
            raise InvalidInputError(f"The first line cannot be read: a cell of it holds {faulty}.")
        self.columns = tuple(text_of(cell) for cell in cells)

    @property
    def bytes_read(self) -> int:
        return self._file.bytes_read

    def rows(self, *, after: int = 0) -> Iterator[TableRow]:
        width, lines = len(self.columns), CsvLines()
        for position, (line, found) in islice(enumerate(self._sheet.rows(), start=1), after, None):
            cells = (*found, *[None] * (width - len(found)))
            yield TableRow(position, line, cells, lines.of(cells), "too_long" if self._sheet.is_long(found) else "")

    def close(self) -> None:
        self._book.close()
        self._file.close()


class _Sheet:
    """Rows of a sheet that hold anything, with their numbers; the cells of a row up to its last filled one."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._done: deque[tuple[int, dict[int, object]]] = deque()
        self._row = 0
        self._cells: dict[int, object] = {}  # by place: a row of one cell may have it in column 16,384
        self._width = self._size = 0
        self._reader = TextReader()
        self._cell = _Cell(self._reader)
        self._steps = feed(_slices(book.sheet()), start=self._start, end=self._end, text=self._text)

    def rows(self) -> Iterator[tuple[int, list[object]]]:
        """The rows that have not been given yet."""
        while True:
            while self._done:
                row, cells = self._done.popleft()
                yield row, [cells.get(place) for place in range(max(cells) + 1)]
            if next(self._steps, self) is self and not self._done:
                return

    def is_long(self, cells: list[object]) -> bool:
        """Whether the cells were cut because there was too much in them."""
        return bool(cells) and isinstance(cells[-1], CellFault) and cells[-1].code == "too_long"

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            given = attributes.get("r", "")
            self._row = int(given) if _WHOLE.fullmatch(given) else self._row + 1
            self._cells, self._width, self._size = {}, 0, 0
        elif tag == "c":
            self._cell.begin(attributes, after=self._width)
        else:
            self._cell.start(tag, attributes)

    def _text(self, text: str) -> None:
        self._cell.text(text)

    def _end(self, tag: str) -> None:
        if tag == "c":
            self._keep(self._cell.finished(self._book))
        elif tag == "row":
            if self._cells:
                self._done.append((self._row, self._cells))
            self._cells, self._width = {}, 0
        else:
            self._cell.end(tag)

    def _keep(self, value: object) -> None:
        place = self._cell.place
        if value is None or place >= _MOST_COLUMNS or self._size > MESSAGE_LIMIT:
            return
        self._size += len(value) if isinstance(value, str) else 1
        if self._size > MESSAGE_LIMIT:
            value = CellFault("too_long")
        self._cells[place] = value  # of one that is there twice the later counts
        self._width = max(self._width, place + 1)


def _slices(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), _AT_ONCE):
            yield piece[at : at + _AT_ONCE]


class _Cell:
    """One cell while it is being read."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self.begin({}, after=0)

    def begin(self, attributes: dict[str, str], *, after: int) -> None:
        self._name = attributes.get("r", "")
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._value, self._in_value, self._has_formula = "", False, False
        self._reader.take()
        found = _PLACE.fullmatch(self._name)
        self.place = _place_of(found[1]) if found else after

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._in_value = tag == "v"
        self._has_formula = self._has_formula or tag == "f"
        self._reader.start(tag, attributes)

    def text(self, text: str) -> None:
        if self._in_value:
            if len(self._value) <= MESSAGE_LIMIT:
                self._value += text
        else:
            self._reader.text(text)

    def end(self, tag: str) -> None:
        self._in_value = False
        self._reader.end(tag)

    def finished(self, book: Book) -> object:
        """What stands in the cell: None for nothing, a CellFault for what cannot be used."""
        read = _READERS.get(self._type)
        if self._type == "inlineStr":
            return _filled(self._reader.take())
        if not self._value and self._type != "str":
            return CellFault("formula", self._shown) if self._has_formula else None
        try:
            if read is not None:
                return read(self._value, self._shown)
            if self._type == "s":
                return _filled(book.text(int(self._value)))
            return self._number(book)
        except (ValueError, OverflowError, IndexError):
            return CellFault("unreadable_cell", self._shown)

    def _number(self, book: Book) -> object:
        number = _number_of(self._value)
        moment: date | datetime | time | None = book.moment(number, int(self._style))
        return number if moment is None else moment

    @property
    def _shown(self) -> str:
        return self._name if _PLACE.fullmatch(self._name) else "?"


def _filled(text: str | CellFault) -> str | CellFault | None:
    return text if isinstance(text, CellFault) else text.strip() or None


def _text(value: str, name: str) -> object:
    return CellFault("too_long") if len(value) > MESSAGE_LIMIT else _filled(value)


def _truth(value: str, name: str) -> object:
    return value in ("1", "true")


def _error(value: str, name: str) -> object:
    return CellFault("error_value", value if re.fullmatch(r"#[A-Z0-9/_!?]{1,20}", value) else "#?")


def _iso(value: str, name: str) -> object:
    moment = instants.moment_of(value)
    return moment if "T" in value else moment.date()


_READERS: Final = {"str": _text, "b": _truth, "e": _error, "d": _iso}


def _number_of(text: str) -> int | float:
    """A whole number where it is one; raises ValueError for what is none, and for what is not finite."""
    if _WHOLE.fullmatch(text):
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return int(number) if number.is_integer() and abs(number) < EXACT_FLOAT else number


def _place_of(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1
