"""The statements of this step, each loaded once, with its parameters bound by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg.pq import Format

from engagement.scoring.activity_blocks import DayRows

_FOLDER = Path(__file__).parent / "sql"
# An array in PostgreSQL's binary form: five integers about it, then each element after its length; none is null here.
_ARRAY_HEADER_BYTES: Final = 20
_WIDE: Final = np.dtype([("length", ">i4"), ("value", ">i8")])
_NARROW: Final = np.dtype([("length", ">i4"), ("value", ">i4")])


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (_FOLDER / f"{name}.sql").read_text()


def fetch(name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement that gives rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), parameters)
        return list(cursor.fetchall())


def fetch_packed(name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The same in binary form: bytes arrive as they are stored, not as twice as many letters."""
    with connection.cursor() as cursor:
        cursor.cursor.format = Format.BINARY
        cursor.execute(statement(name), parameters)
        return list(cursor.fetchall())


def run(name: str, **parameters: Any) -> int:
    """Execute a statement that gives none; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), parameters)
        return int(cursor.rowcount)


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
