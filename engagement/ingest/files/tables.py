"""A file as columns and rows, whatever its form: what every reader of rows stands on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from engagement.ingest.files.formats import Format

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row after the header. `position` counts rows from 1, `line` is where it stands in the file.

    `cells` are in the order of the columns: text as written for CSV and TSV; what the file says for the others (text,
    int, float, Decimal, bool, date, datetime, time, None, and lists and objects of JSON). `original` is the row as it
    came, or for Parquet and XLSX as a line of CSV. `fault` is a code of `rows.FAULTS` where the row cannot be used,
    `detail` what of it. `extra` holds what a row says beyond the columns (JSON lines only).
    """

    position: int
    line: int | None
    cells: tuple[object, ...]
    original: bytes
    fault: str = ""
    detail: str = ""
    extra: Mapping[str, object] | None = None


class Table(ABC):
    """An open file of rows; a context manager. `columns` are the names as written, without outer blanks.

    `delimiter` parts the cells of a row's `original`, where that is a line of CSV.
    """

    format: Format
    columns: tuple[str, ...]
    delimiter: str = ","

    @property
    @abstractmethod
    def bytes_read(self) -> int:
        """How much of the file as uploaded has been read, for showing progress."""

    @abstractmethod
    def rows(self, *, after: int = 0) -> Iterator[TableRow]:
        """The rows in order without the first `after`; once, from where the file stands.

        Raises InvalidInputError, whenever the place is reached, for what spoils the rest of the file, and
        TooLargeError where more comes out of it than may.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the file; again is harmless."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
