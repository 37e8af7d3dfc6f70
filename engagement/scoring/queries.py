"""The statements of this step, and how packed columns come out of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql
from psycopg.pq import Format

from engagement.scoring.activity_blocks import DayRows
from tenants.statements import Statements

STATEMENTS = Statements(Path(__file__).parent / "sql")
statement, fetch, run = STATEMENTS.statement, STATEMENTS.fetch, STATEMENTS.run

# An array in PostgreSQL's binary form: five integers about it, then each element after its length; none is null here.
_ARRAY_HEADER_BYTES: Final = 20
_WIDE: Final = np.dtype([("length", ">i4"), ("value", ">i8")])
_NARROW: Final = np.dtype([("length", ">i4"), ("value", ">i4")])
# COPY in binary form: a header, rows of a count of fields and each field after its length, and -1 at the end.
_COPY_HEADER_BYTES: Final = 19
_COPY_END_BYTES: Final = 2
_EVENT: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("customer_length", ">i4"), ("customer", ">i8"),
        ("instant_length", ">i4"), ("instant", ">i8"),
        ("occurrences_length", ">i4"), ("occurrences", ">i4"),
        ("place_length", ">i4"), ("place", ">i4"),
    ]
)  # fmt: skip
_COPIED_AT_ONCE: Final = 250_000 * _EVENT.itemsize


def fetch_packed(name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The same in binary form: bytes arrive as they are stored, not as twice as many letters."""
    return _packed(statement(name), parameters)


def _packed(text: str | sql.Composed, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.cursor.format = Format.BINARY
        cursor.execute(text, parameters)
        return list(cursor.fetchall())


def by_traits(*, traits: Sequence[str], **parameters: Any) -> list[tuple[Any, ...]]:
    """The customers of a chunk by combinations of these traits; a list or an object is no value."""
    known = sql.SQL(
        "CASE WHEN jsonb_typeof(c.traits -> {name}::text) IN ('object', 'array') THEN NULL "
        "ELSE c.traits ->> {name}::text END"
    )
    named = {f"trait_{place}": trait for place, trait in enumerate(traits)}
    columns = sql.SQL(", ").join(known.format(name=sql.Placeholder(name)) for name in named)
    text = sql.SQL(statement("customers_by_traits")).format(trait_values=columns)
    with connection.cursor() as cursor:
        # The planner knows nothing of how few combinations there are, and would sort; counting by hash takes half.
        cursor.execute("SET LOCAL enable_sort = off")
        found = _packed(text, parameters | named)
        cursor.execute("SET LOCAL enable_sort = on")
    return found


def fetch_hashed(name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement, its groups counted by hash: the planner takes them for as many as rows, and sorts."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        found = fetch(name, **parameters)
        cursor.execute("SET LOCAL enable_sort = on")
    return found


def copy_columns(name: str, **parameters: Any) -> Iterator[dict[str, NDArray[np.int64]]]:
    """The columns of a COPY of events (customer, instant, occurrences, place), some hundred thousand rows at a time."""
    with connection.cursor() as cursor, cursor.copy(statement(name), parameters) as copy:
        buffer, skip = bytearray(), _COPY_HEADER_BYTES
        for block in copy:
            buffer += block
            if len(buffer) >= _COPIED_AT_ONCE:
                whole = (len(buffer) - skip - _COPY_END_BYTES) // _EVENT.itemsize * _EVENT.itemsize
                yield _event_columns(bytes(buffer[skip : skip + whole]))
                del buffer[: skip + whole]
                skip = 0
        yield _event_columns(bytes(buffer[skip : len(buffer) - _COPY_END_BYTES]))


def _event_columns(rows: bytes) -> dict[str, NDArray[np.int64]]:
    found = np.frombuffer(rows, dtype=_EVENT)
    return {name: found[name].astype(np.int64) for name in ("customer", "instant", "occurrences", "place")}


def stream(name: str, *, at_once: int, **parameters: Any) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of a statement, some at a time, from a cursor on the server; needs a transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement(name), parameters)
        while rows := cursor.fetchmany(at_once):
            yield rows


def wide_array(data: bytes) -> NDArray[np.int64]:
    """A bigint[] that came as array_send gives it."""
    return np.frombuffer(data, dtype=_WIDE, offset=_ARRAY_HEADER_BYTES)["value"].astype(np.int64)


def narrow_array(data: bytes) -> NDArray[np.int64]:
    """An integer[] that came as array_send gives it."""
    return np.frombuffer(data, dtype=_NARROW, offset=_ARRAY_HEADER_BYTES)["value"].astype(np.int64)


def day_rows(columns: Sequence[bytes]) -> DayRows:
    """Activity that came as four arrays: customers, definitions, occurrences, values."""
    customers, definitions, occurrences, values = columns
    return DayRows(wide_array(customers), narrow_array(definitions), wide_array(occurrences), wide_array(values))
