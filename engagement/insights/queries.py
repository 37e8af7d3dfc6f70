"""The statements of this step, each loaded once, with its parameters bound by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

_FOLDER = Path(__file__).parent / "sql"


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (_FOLDER / f"{name}.sql").read_text()


def run(name: str, **parameters: Any) -> int:
    """Execute a statement that gives no rows; returns how many it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), parameters)
        return int(cursor.rowcount)
