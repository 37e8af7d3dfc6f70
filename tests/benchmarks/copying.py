"""Rows in the binary form of COPY, made by NumPy: every column has a fixed width, so a block of rows is one array.

psycopg's write_row takes four times as long. A column is an array whose dtype is big-endian or bytes, one value for
all rows, or None for null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)  # signature, no flags, no extension
TRAILER: Final = b"\xff\xff"
EMPTY_OBJECT: Final = np.array(b"\x01{}", dtype="V3")  # jsonb: version 1 and its text
MICROS_TO_2000: Final = 946_684_800_000_000  # PostgreSQL counts instants from 2000-01-01 in UTC
DAYS_TO_2000: Final = 10_957
_ROWS_AT_ONCE: Final = 100_000
_HEX: Final = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2")

Column = NDArray[Any] | None
Columns = Mapping[str, Column]


def bigints(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(">i8")


def integers(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(">i4")


def instants(micros: NDArray[np.int64]) -> NDArray[Any]:
    """Microseconds since 1970 as timestamptz."""
    return (micros - MICROS_TO_2000).astype(">i8")


def dates(days: NDArray[Any]) -> NDArray[Any]:
    """Days since 1970 as date."""
    return (days - DAYS_TO_2000).astype(">i4")


def every(value: bool | int | bytes) -> NDArray[Any]:
    """One value for all rows: a boolean, a bigint, or bytes as they are."""
    if isinstance(value, bytes):
        return np.array(value, dtype=f"V{len(value)}")
    return np.array(bytes([value]), dtype="V1") if isinstance(value, bool) else np.array(value, dtype=">i8")


def message_ids(at: NDArray[np.int64], sequence: NDArray[np.int64]) -> NDArray[Any]:
    """Text like a UUID of version 7: 48 bits of milliseconds, then a number that is the row's own."""
    raw = np.zeros((len(at), 16), dtype=np.uint8)
    raw[:, :6] = (at // 1000).astype(">u8").view(np.uint8).reshape(-1, 8)[:, 2:]
    raw[:, 8:] = sequence.astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, 6], raw[:, 8] = 0x70, 0x80
    digits = _HEX[raw].view("S1").reshape(-1, 32)
    text = np.full((len(at), 36), b"-", dtype="S1")
    for source, target in ((slice(0, 8), 0), (slice(8, 12), 9), (slice(12, 16), 14), (slice(16, 20), 19)):
        text[:, target : target + source.stop - source.start] = digits[:, source]
    text[:, 24:] = digits[:, 20:]
    return text.view("V36").reshape(-1)


def rows_of(columns: Columns, *, rows: int) -> bytes:
    """The rows, without header and trailer."""
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, column in columns.items():
        layout.append((f"length of {name}", ">i4"))
        if column is not None:
            layout.append((name, column.dtype))
    packed = np.empty(rows, dtype=layout)
    packed["fields"] = len(columns)
    for name, column in columns.items():
        packed[f"length of {name}"] = -1 if column is None else column.dtype.itemsize
        if column is not None:
            packed[name] = column
    return packed.tobytes()


def copy_in(
    connection: psycopg.Connection,
    *,
    table: str,
    rows: int,
    columns: Callable[[slice], Columns],
    told: Callable[[int], None] = lambda _rows: None,
) -> None:
    """Send all rows; `columns` gives those of a slice, so no more than a block is ever in memory in this form.

    For a superuser: foreign keys are not looked up row by row, which takes longer than all the rest. The rows name
    organisations that the caller has just made; every other constraint holds.
    """
    if not rows:
        return
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns(slice(0, 1)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(*table.split(".")), names)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        with cursor.copy(statement) as copy:
            copy.write(HEADER)
            for start in range(0, rows, _ROWS_AT_ONCE):
                part = slice(start, min(start + _ROWS_AT_ONCE, rows))
                copy.write(rows_of(columns(part), rows=part.stop - part.start))
                told(part.stop)
            copy.write(TRAILER)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
