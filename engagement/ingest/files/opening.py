"""A file opened as a table of its form, and what its columns mean."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.values import check_values
from engagement.ingest.files.cells import value_of
from engagement.ingest.files.columns import Columns, find_columns
from engagement.ingest.files.formats import Format, detect_format
from engagement.ingest.files.json_tables import JsonTable, property_name
from engagement.ingest.files.mappings import Mapping, columns_by
from engagement.ingest.files.numbers import POINT
from engagement.ingest.files.sources import GZIP_MAGIC, ByteSource, CountedSource
from engagement.ingest.files.tables import Progress, Table, TableRow
from engagement.ingest.files.text_tables import TextTable
from engagement.language import noop


def open_table(
    path: Path,
    *,
    progress: Progress | None = None,
    format: Format | None = None,  # noqa: A002  the word that says it
    limit_bytes: int,
) -> Table:
    """Open a file of rows; without a format it is told by the content. Close it, or use it as a context manager.

    `progress` is told the bytes read of the file now and then. Raises InvalidInputError at once for a file whose
    columns cannot be read, and TooLargeError where it would hold more than `limit_bytes` unpacked.
    """
    form = detect_format(path, path.name) if format is None else format
    file = path.open("rb")
    try:
        if not form.is_text:
            return _open_packed(file, format=form, limit_bytes=limit_bytes, progress=progress)
        source = CountedSource(file, progress=progress)
        if form is Format.JSONL:
            return JsonTable(source, limit_bytes=limit_bytes, file=file)
        return TextTable(source, format=form, limit_bytes=limit_bytes, file=file)
    except BaseException:
        file.close()
        raise


def _open_packed(file: BinaryIO, *, format: Format, limit_bytes: int, progress: Progress | None) -> Table:  # noqa: A002
    """Parquet and XLSX; what they need of other people's code is only imported for them."""
    if file.read(len(GZIP_MAGIC)) == GZIP_MAGIC:
        raise InvalidInputError(noop("XLSX and Parquet files are packed already. Upload the file without gzip."))
    if format is Format.PARQUET:
        from engagement.ingest.files.parquet_tables import ParquetTable  # noqa: PLC0415

        return ParquetTable(file, limit_bytes=limit_bytes, progress=progress)
    from engagement.ingest.files.xlsx_tables import XlsxTable  # noqa: PLC0415

    return XlsxTable(file, limit_bytes=limit_bytes, progress=progress)


def table_of(source: Table | ByteSource) -> Table:
    """A table as it is; bytes as a table of CSV."""
    return source if isinstance(source, Table) else TextTable(source)


def columns_for(
    table: Table, mapping: Mapping | None, *, names: abc.Mapping[str, tuple[str, ...]], required: Sequence[str]
) -> Columns:
    """What the columns of a table mean: as the mapping says, without one by their names.

    How numbers are written matters in text only: a decimal that a form holds as one is not read anew.
    """
    if mapping is None:
        return find_columns(table.columns, names=names, required=required)
    if not table.format.has_text_cells:
        mapping = replace(mapping, numbers=POINT)
    return columns_by(mapping, table.columns, names=names, required=required)


def values_of(row: TableRow, *, columns: Columns, is_text: bool, read: Callable[[str], object]) -> dict[str, object]:
    """The properties or traits of a row: what has no role and says something; `read` is for cells of text files.

    Null says nothing. Refuses what cannot be stored exactly.
    """
    if is_text:
        cells = row.cells
        return {name: read(text) for name, place in columns.others if (text := cells[place].strip())}  # type: ignore[attr-defined]  # cells of text files are text
    values = {
        property_name(name): value_of(cell) for name, place in columns.others if (cell := row.cells[place]) is not None
    }
    for name, value in (row.extra or {}).items():
        if value is not None and (columns.kept is None or name in columns.kept):
            values[property_name(name)] = value
    check_values(values, may_hold_nul=True)
    return values
