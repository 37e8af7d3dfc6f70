"""The statements of a run, each loaded once; parameters are bound, or composed as literals where COPY takes none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

# One row of the binary form of COPY: a count of fields, then per field its length and its bytes, big-endian.
_ROW: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("l1", ">i4"), ("number", ">i8"),
        ("l2", ">i4"), ("definition", ">i4"),
        ("l3", ">i4"), ("age_days", ">i4"),
        ("l4", ">i4"), ("occurrences", ">i8"),
        ("l5", ">i4"), ("value", ">i8"),
    ]
)  # fmt: skip
_HEADER_BYTES: Final = 19  # signature, flags and extension length; none of ours has an extension
_TRAILER_BYTES: Final = 2

ActivityRows = NDArray[np.void]


@cache
def statement(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


def fetch(name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement with its parameters bound."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), parameters)
        return list(cursor.fetchall())


def _copied(name: str, **literals: Any) -> ActivityRows:
    composed = sql.SQL(statement(name)).format(**{key: sql.Literal(value) for key, value in literals.items()})
    with connection.cursor() as cursor, cursor.cursor.copy(composed) as copy:
        data = b"".join(bytes(part) for part in copy)
    rows = (len(data) - _HEADER_BYTES - _TRAILER_BYTES) // _ROW.itemsize
    return np.frombuffer(data, dtype=_ROW, offset=_HEADER_BYTES, count=rows)


def activity_rows(
    *, organisation_id: int, first: date, as_of: date, definitions: Sequence[int], low: int, high: int
) -> ActivityRows:
    """Activity of the customers numbered [low, high) in the window; fields number, definition, age_days, amounts."""
    return _copied(
        "activity", organisation_id=organisation_id, first=first, as_of=as_of, definitions=list(definitions),
        low=low, high=high,
    )  # fmt: skip


def activity_rows_of(
    *, organisation_id: int, first: date, as_of: date, definitions: Sequence[int], numbers: Sequence[int]
) -> ActivityRows:
    """The same for customers named one by one."""
    return _copied(
        "activity_of", organisation_id=organisation_id, first=first, as_of=as_of, definitions=list(definitions),
        numbers=list(numbers),
    )  # fmt: skip
