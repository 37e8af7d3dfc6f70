"""CSV and TSV as a table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from engagement.errors import InvalidInputError
from engagement.ingest.files.formats import Format
from engagement.ingest.files.records import Record, Records
from engagement.ingest.files.rows import faulty_header
from engagement.ingest.files.sources import ByteSource, CountedSource
from engagement.ingest.files.tables import Table, TableRow
from engagement.language import noop


class TextTable(Table):
    """Rows of text, plain or gzip; raises InvalidInputError at once for a header that cannot be read."""

    def __init__(
        self,
        source: ByteSource,
        *,
        format: Format = Format.CSV,  # noqa: A002  the word that says it
        limit_bytes: int | None = None,
        file: BinaryIO | None = None,
    ) -> None:
        self.format, self._file = format, file
        self._source = source if isinstance(source, CountedSource) else CountedSource(source)
        records = Records(self._source, limit_bytes=limit_bytes)
        self.delimiter = records.delimiter
        self._records: Iterator[Record] = iter(records)
        header = next(self._records, None)
        if header is None:
            raise InvalidInputError(noop("The file is empty. Its first line must name the columns."))
        if header.fault:
            raise faulty_header(header.fault)
        self.columns = tuple(title.strip() for title in header.fields)

    @property
    def bytes_read(self) -> int:
        return self._source.bytes_read

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def rows(self, *, after: int = 0) -> Iterator[TableRow]:
        numbered = enumerate(self._records, start=1)
        for position, record in islice(numbered, after, None):
            yield TableRow(position, record.line, record.fields, record.original, record.fault)
