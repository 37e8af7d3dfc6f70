"""Parquet as a table: row groups one after the other, some rows of them at a time, nothing threaded.

This module brings pyarrow, some 28 MB, into the process: it is imported when a Parquet file is opened, not before.
Columns are looked at as other types (`view`) and not cast, because that would bring another 6 MB: pyarrow's functions
for computing. What the description says of a group's columns is never asked for: pyarrow 26 ends the process where it
is spoilt.
"""

from __future__ import annotations

import math
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.values import shown
from engagement.ingest.files.cells import CellFault, CsvLines
from engagement.ingest.files.formats import Format
from engagement.ingest.files.lines import LINE_LIMIT
from engagement.ingest.files.sources import CountedFile, too_much
from engagement.ingest.files.tables import Progress, Table, TableRow
from engagement.language import noop

_FOOTER_LIMIT: Final = 16 * 1024 * 1024  # bytes of the description at the end, which is read as a whole
_MOST_COLUMNS: Final = 1_000
_BUFFER: Final = 64 * 1024  # bytes of a column that are read at once
_BATCH_BYTES: Final = 4 * 1024 * 1024
_MOST_ROWS: Final = 512  # at a time: as Python values they take more than the pages they come from
_MOST_RATIO: Final = 1_000
_RATIO_FROM: Final = 64 * 1024 * 1024
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  a time without a zone is one in the organisation's
_LEEWAY: Final = 512 * 1024 * 1024  # bytes; a batch of honest rows takes some ten megabytes, and threads take some too
_HAS_PROC: Final = Path("/proc/self/statm").exists()
_BOMB: Final = noop("The file unpacks to far more than it is. Write it anew, or as CSV.")
_DAMAGED: Final = noop("The Parquet file is damaged or not complete. Write it again, or as CSV.")
_MICROSECONDS: Final = {"s": 1_000_000, "ms": 1_000, "us": 1}

Values = list[Any]
Convert = Callable[[Any, str], Values]


class ParquetTable(Table):
    """Raises InvalidInputError at once for what is damaged or has columns that are no plain values, and TooLargeError
    where it says it holds more than `limit_bytes`, or more cells than that.
    """

    format = Format.PARQUET

    def __init__(self, file: BinaryIO, *, limit_bytes: int, progress: Progress | None = None) -> None:
        self._file = CountedFile(file, progress=progress)
        _check_end(self._file)
        pa.set_memory_pool(pa.system_memory_pool())  # gives back what it does not need
        self._parquet = _opened(self._file)
        schema = self._parquet.schema_arrow
        self.columns = tuple(name.strip() for name in schema.names)
        if len(self.columns) > _MOST_COLUMNS:
            raise InvalidInputError(f"The file has more than {_MOST_COLUMNS:,} columns. Leave columns out.")
        self._converts = [_convert_for(field) for field in schema]
        size = self._file.seek(0, 2)
        _check_sizes(self._parquet.metadata, size=size, limit_bytes=limit_bytes, columns=len(self.columns))

    @property
    def bytes_read(self) -> int:
        return self._file.bytes_read

    def rows(self, *, after: int = 0) -> Iterator[TableRow]:
        lines = CsvLines()
        metadata, first = self._parquet.metadata, 0
        for group in range(metadata.num_row_groups):
            count = metadata.row_group(group).num_rows
            if first + count > after:
                for position, cells in self._group(group, first=first):
                    if position > after:
                        yield TableRow(position, None, cells, lines.of(cells))
            first += count

    def close(self) -> None:
        self._parquet.close()
        self._file.close()

    def _group(self, group: int, *, first: int) -> Iterator[tuple[int, tuple[object, ...]]]:
        position = first
        size = _batch_rows(self._parquet.metadata.row_group(group))
        batches = self._parquet.iter_batches(batch_size=size, row_groups=[group], use_threads=False)
        while (columns := self._next_columns(batches)) is not None:
            for cells in zip(*columns, strict=True):
                position += 1
                yield position, cells

    def _next_columns(self, batches: Iterator[Any]) -> list[Values] | None:
        """The columns of some rows, made with little memory to spare: a text may stand in a million rows."""
        try:
            with _little_memory():
                batch = next(batches, None)
                if batch is None:
                    return None
                return [
                    convert(column, name)
                    for convert, column, name in zip(self._converts, batch.columns, self.columns, strict=True)
                ]
        except MemoryError as error:
            raise InvalidInputError(_BOMB) from error
        except (pa.ArrowException, OSError) as error:
            raise _judged(error) from error


def _opened(file: CountedFile) -> Any:
    try:
        return pq.ParquetFile(
            file,
            pre_buffer=False,
            buffer_size=_BUFFER,
            coerce_int96_timestamp_unit="us",
            thrift_string_size_limit=_FOOTER_LIMIT,
            thrift_container_size_limit=_FOOTER_LIMIT,
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _judged(error) from error


@contextmanager
def _little_memory() -> Iterator[None]:
    """While this holds, the process gets `_LEEWAY` more memory than it has, and then a MemoryError."""
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize() if _HAS_PROC else None
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if used is None or (soft != resource.RLIM_INFINITY and soft < used + _LEEWAY):
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (used + _LEEWAY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _judged(error: Exception) -> Exception:
    """The error for a damaged file; that of a failing disk stays what it is."""
    return error if isinstance(error, OSError) and error.errno is not None else InvalidInputError(_DAMAGED)


def _check_end(file: CountedFile) -> None:
    """Judges the size of the description at the end before anybody reads it."""
    size = file.seek(0, 2)
    file.seek(max(size - 8, 0))
    end = file.read(8)
    file.seek(0)
    if end[4:] == b"PARE" or file.read(4) == b"PARE":
        raise InvalidInputError(noop("The Parquet file is encrypted. Write it without encryption."))
    if size < 12 or end[4:] != b"PAR1" or int.from_bytes(end[:4], "little") > min(_FOOTER_LIMIT, size):  # noqa: PLR2004  two marks and a length
        raise InvalidInputError(_DAMAGED)


def _check_sizes(metadata: Any, *, size: int, limit_bytes: int, columns: int) -> None:
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    if any(group.num_rows < 0 or group.total_byte_size < 0 for group in groups):
        raise InvalidInputError(_DAMAGED)
    cells = sum(group.num_rows for group in groups) * columns
    unpacked = sum(group.total_byte_size for group in groups)
    if max(cells, unpacked) > limit_bytes:
        raise too_much(limit_bytes)
    if unpacked > max(_RATIO_FROM, size * _MOST_RATIO):
        raise InvalidInputError(_BOMB)


def _batch_rows(group: Any) -> int:
    fitting: int = _BATCH_BYTES * max(group.num_rows, 1) // max(group.total_byte_size, 1)
    return max(1, min(_MOST_ROWS, fitting))


# ── columns into Python ──────────────────────────────────────────────────────────────────────────────────────────────


def _is_text(kind: Any) -> bool:
    types = pa.types
    return bool(
        types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind) or types.is_large_binary(kind)
    )


def _convert_for(field: Any) -> Convert:
    """How a column becomes a list; raises InvalidInputError for types that are no plain values."""
    kind, types = field.type, pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    for fits, convert in (
        (_is_text, _texts),
        (types.is_floating, _floats),
        (types.is_timestamp, _timestamps),
        (types.is_date, _days),
        (types.is_time, _times),
        (lambda kind: str(kind) == "extension<arrow.uuid>", _uuids),
        (lambda kind: types.is_boolean(kind) or types.is_integer(kind) or types.is_decimal(kind), _plain),
        (types.is_null, _plain),
    ):
        if fits(kind):
            return convert
    raise InvalidInputError(
        f"The column {shown(field.name)} holds values of the type {shown(str(kind))}, which is no plain value. "
        "Write its parts as columns of their own, as text, or leave it out."
    )


def _plain(column: Any, name: str) -> Values:
    values: Values = column.to_pylist()
    return values


def _uuids(column: Any, name: str) -> Values:
    return [None if value is None else str(value) for value in column.to_pylist()]


def _floats(column: Any, name: str) -> Values:
    return [
        CellFault("number_not_finite", str(value)) if value is not None and not math.isfinite(value) else value
        for value in column.to_pylist()
    ]


def _texts(column: Any, name: str) -> Values:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    is_large = pa.types.is_large_string(column.type) or pa.types.is_large_binary(column.type)
    return [_text(value, name) for value in column.view(pa.large_binary() if is_large else pa.binary()).to_pylist()]


def _text(value: bytes | None, name: str) -> object:
    if value is not None and len(value) > LINE_LIMIT:
        return CellFault("too_long")
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return CellFault("not_utf8")


def _timestamps(column: Any, name: str) -> Values:
    unit, zone = column.type.unit, column.type.tz
    epoch = _EPOCH if zone is None else _EPOCH.replace(tzinfo=UTC)
    factor = _MICROSECONDS.get(unit)

    def moment(value: int) -> datetime:
        return epoch + timedelta(microseconds=value // 1_000 if factor is None else value * factor)

    return _each(column.view(pa.int64()), moment, name)


def _days(column: Any, name: str) -> Values:
    is_short = pa.types.is_date32(column.type)

    def day(value: int) -> date:
        return _EPOCH.date() + (timedelta(days=value) if is_short else timedelta(milliseconds=value))

    return _each(column.view(pa.int32() if is_short else pa.int64()), day, name)


def _times(column: Any, name: str) -> Values:
    unit, is_short = column.type.unit, pa.types.is_time32(column.type)
    factor = _MICROSECONDS.get(unit)

    def of_day(value: int) -> time:
        span = timedelta(microseconds=value // 1_000 if factor is None else value * factor)
        if not timedelta(0) <= span < timedelta(days=1):
            raise ValueError(value)
        return (_EPOCH + span).time()

    return _each(column.view(pa.int32() if is_short else pa.int64()), of_day, name)


def _each(column: Any, read: Callable[[int], object], name: str) -> Values:
    return [None if value is None else _read(value, read, name) for value in column.to_pylist()]


def _read(value: int, read: Callable[[int], object], name: str) -> object:
    try:
        return read(value)
    except (ValueError, OverflowError):
        return CellFault("unreadable_cell", name)
