"""The statements of this step outside runs, each loaded once, with its parameters bound by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

_FOLDER = Path(__file__).parent / "sql"
# An array in PostgreSQL's binary form: five integers about it, then each element after its length; none is null here.
_ARRAY_HEADER_BYTES: Final = 20
_ELEMENTS: Final = {
    "number": np.dtype([("length", ">i4"), ("value", ">i8")]),
    "definition": np.dtype([("length", ">i4"), ("value", ">i4")]),
    "occurrences": np.dtype([("length", ">i4"), ("value", ">i8")]),
    "value": np.dtype([("length", ">i4"), ("value", ">i8")]),
}
_ACTIVITY: Final = np.dtype(
    [("number", "i8"), ("definition", "i4"), ("age_days", "i4"), ("occurrences", "i8"), ("value", "i8")]
)


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (_FOLDER / f"{name}.sql").read_text()


def fetch(name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement that gives rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), parameters)
        return list(cursor.fetchall())


def run(name: str, **parameters: Any) -> int:
    """Execute a statement that gives none; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), parameters)
        return int(cursor.rowcount)


def activity_rows(
    *, organisation_id: int, first: date, as_of: date, definitions: Sequence[int], low: int, high: int
) -> NDArray[np.void]:
    """Activity of the customers numbered [low, high) in the window, both ends included; in no particular order.

    Gives one row per day, customer and definition: number, definition, age_days at `as_of`, occurrences, value.
    """
    days = fetch(
        "activity_by_day",
        organisation_id=organisation_id,
        first=first,
        as_of=as_of,
        definitions=list(definitions),
        low=low,
        high=high,
    )
    parts = [_day_rows(int(age_days), columns) for age_days, *columns in days]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=_ACTIVITY)


def _day_rows(age_days: int, packed: Sequence[bytes]) -> NDArray[np.void]:
    columns = {
        name: np.frombuffer(data, dtype=_ELEMENTS[name], offset=_ARRAY_HEADER_BYTES)["value"]
        for name, data in zip(_ELEMENTS, packed, strict=True)
    }
    rows = np.empty(len(columns["number"]), dtype=_ACTIVITY)
    rows["age_days"] = age_days
    for name, column in columns.items():
        rows[name] = column
    return rows
