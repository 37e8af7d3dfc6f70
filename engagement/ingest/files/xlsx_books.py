"""The parts of an XLSX workbook beside its rows: which sheet is first, the shared texts, which numbers are dates."""

from __future__ import annotations

import posixpath
import re
from array import array
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.values import MESSAGE_LIMIT
from engagement.ingest.files.cells import CellFault
from engagement.ingest.files.sources import CountedFile
from engagement.ingest.files.xml_pieces import feed
from engagement.ingest.files.zips import Archive, damaged
from engagement.language import noop

_PART_LIMIT: Final = 16 * 1024 * 1024  # bytes of the workbook's own description and of its styles
_STYLES: Final = 65_536  # more than a spreadsheet program keeps
_IN_MEMORY: Final = 8 * 1024 * 1024
_SHORT: Final = 256  # bytes of a text that is kept at hand; longer ones are read anew each time
_MOST_STRINGS: Final = 4_000_000  # eight bytes each are held in memory
_LITERALS: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_CODED: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

_NO_BOOK: Final = noop(
    "The file is an archive, but no XLSX workbook. Unpack it and upload the file in it, or save the table as CSV."
)


class Book:
    """An XLSX workbook: the first sheet that has rows, its shared texts and styles; close it.

    Raises InvalidInputError and TooLargeError as `Archive` does, and for what is no such workbook.
    """

    def __init__(self, file: CountedFile, *, limit_bytes: int) -> None:
        self._archive = Archive(file, limit_bytes=limit_bytes)
        if not {"[Content_Types].xml", "xl/workbook.xml"} <= self._archive.names:
            raise InvalidInputError(_NO_BOOK)
        self._strings = Strings()
        self._epoch = WINDOWS_EPOCH
        targets = self._targets()
        self._sheet = self._first_sheet(targets)
        self._formats = self._read_formats()
        self._read_strings()

    def sheet(self) -> Iterator[bytes]:
        """The XML of the first sheet, piece by piece."""
        return self._archive.pieces(self._sheet)

    def text(self, index: int) -> str | CellFault:
        """A shared text; raises IndexError for one that is not there."""
        return self._strings[index]

    def moment(self, number: float, style: int) -> date | datetime | time | None:
        """The day or time that a number stands for under a style, None where it is a plain number.

        Raises ValueError or OverflowError for a number that is no day.
        """
        code = self._formats.get(style)
        if code is None:
            return None
        found: datetime | time = from_excel(number, self._epoch)
        if isinstance(found, datetime) and found.time() == time() and not re.search("[hs]", code):
            return found.date()
        return found

    def close(self) -> None:
        """Let go of the archive and the texts."""
        self._strings.close()
        self._archive.close()

    def _part(self, name: str, start: Callable[[str, dict[str, str]], object]) -> None:
        pieces = self._archive.pieces(name, limit_bytes=_PART_LIMIT)
        for _ in feed(pieces, start=start, end=_pass_by):
            pass

    def _targets(self) -> dict[str, str]:
        """By the id of a relation the entry of a worksheet."""
        found: dict[str, str] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
                target = attributes.get("Target", "")
                entry = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
                found[attributes.get("Id", "")] = posixpath.normpath(entry)

        if "xl/_rels/workbook.xml.rels" not in self._archive.names:
            raise damaged()
        self._part("xl/_rels/workbook.xml.rels", start)
        return found

    def _first_sheet(self, targets: dict[str, str]) -> str:
        ids: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                ids.extend(value for key, value in attributes.items() if key.endswith(":id"))
            elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self._epoch = MAC_EPOCH

        self._part("xl/workbook.xml", start)
        entry = next((targets[one] for one in ids if one in targets), "")
        if entry not in self._archive.names:
            raise InvalidInputError(noop("The workbook has no sheet with rows."))
        return entry

    def _read_formats(self) -> dict[int, str]:
        """By the number of a style its format, lower case and without literals, for those that show a day or time."""
        codes: dict[int, str] = {}
        used: list[int] = []
        inside = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt":
                codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif name in ("cellXfs", "cellStyleXfs", "dxfs"):
                inside = name == "cellXfs"
            elif name == "xf" and inside:
                used.append(_number(attributes.get("numFmtId")))
            if len(used) > _STYLES or len(codes) > _STYLES:
                raise damaged()

        if "xl/styles.xml" in self._archive.names:
            self._part("xl/styles.xml", start)
        named = {style: codes.get(number, BUILTIN_FORMATS.get(number, "")) for style, number in enumerate(used)}
        return {style: _LITERALS.sub("", code).lower() for style, code in named.items() if is_date_format(code)}

    def _read_strings(self) -> None:
        name = next((name for name in self._archive.names if name.lower() == "xl/sharedstrings.xml"), None)
        if name is not None:
            reader = TextReader()

            def end(tag: str) -> None:
                reader.end(tag)
                if tag == "si":
                    self._strings.add(reader.take())

            for _ in feed(self._archive.pieces(name), start=reader.start, end=end, text=reader.text):
                pass


class TextReader:
    """Puts the text of a cell together from its runs (`t`), without readings for the eye (`rPh`)."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size, self._reads, self._aside = 0, False, False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "rPh":
            self._aside = True
        self._reads = tag == "t" and not self._aside

    def end(self, tag: str) -> None:
        self._reads = False
        if tag == "rPh":
            self._aside = False

    def text(self, text: str) -> None:
        if self._reads:
            self._size += len(text)
            if self._size <= MESSAGE_LIMIT:
                self._parts.append(text)

    def take(self) -> str | CellFault:
        """What was read since the last time."""
        text, size = "".join(self._parts), self._size
        self._parts, self._size = [], 0
        return CellFault("too_long") if size > MESSAGE_LIMIT else plain_text(text)


def plain_text(text: str) -> str | CellFault:
    """The text of a cell with its coded characters (`_x000D_`) as themselves."""
    if "_x" not in text:
        return text
    decoded = _CODED.sub(lambda found: chr(int(found[1], 16)), text)
    try:
        return decoded.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return CellFault("half_character")


class Strings:
    """Texts by number; beyond some megabytes they lie on disk."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed by close()
        self._ends = array("q", [0])
        self._faults: dict[int, CellFault] = {}
        self._get = lru_cache(maxsize=4_096)(self._read)

    def add(self, text: str | CellFault) -> None:
        if len(self._ends) > _MOST_STRINGS:
            raise InvalidInputError(noop("The workbook holds too many different texts. Save the table as CSV."))
        if isinstance(text, CellFault):
            self._faults[len(self._ends) - 1] = text
            text = ""
        self._file.write(text.encode())
        self._ends.append(self._file.tell())

    def __getitem__(self, index: int) -> str | CellFault:
        if not 0 <= index < len(self._ends) - 1:
            raise IndexError(index)
        is_short = self._ends[index + 1] - self._ends[index] <= _SHORT
        return self._get(index) if is_short else self._read(index)

    def _read(self, index: int) -> str | CellFault:
        if index in self._faults:
            return self._faults[index]
        start, end = self._ends[index], self._ends[index + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode()

    def close(self) -> None:
        self._file.close()


def _pass_by(_tag: str) -> None:
    """What is no part of interest ends."""


def _number(text: str | None) -> int:
    try:
        return int(text or "0")
    except ValueError:
        raise damaged() from None
