"""Physical lines of a text file, each with its number; one without end is skipped in little memory."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engagement.ingest.contracts.values import MESSAGE_LIMIT
from engagement.ingest.files.sources import ByteSource, PlainBytes, check_not_wide, not_utf8

LINE_LIMIT: Final = 2 * MESSAGE_LIMIT  # bytes; longer than any record that is taken, so the rest is only skipped


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end; of one that is longer than the limit only the beginning (`is_cut`)."""

    number: int
    raw: bytes
    is_cut: bool

    @property
    def text(self) -> str:
        """The line as text; raises InvalidInputError, which names line and byte, for what is not UTF-8."""
        try:
            return self.raw.decode()
        except UnicodeDecodeError as error:
            raise not_utf8(line=self.number, byte=self.raw[error.start]) from error


class Lines:
    """Gives lines one at a time, and takes some back to be given again."""

    def __init__(self, source: ByteSource, *, limit_bytes: int | None = None) -> None:
        self._plain = PlainBytes(source, limit_bytes=limit_bytes)
        self._number = 0
        self._ahead: deque[Line] = deque()

    def next_line(self) -> Line | None:
        """The next line, None after the last; raises InvalidInputError for UTF-16 and damaged gzip."""
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
        return Line(number=self._number, raw=raw, is_cut=is_cut)

    def give_back(self, lines: Iterable[Line]) -> None:
        """Have these, in their order, given again before any other."""
        self._ahead.extendleft(reversed(list(lines)))
