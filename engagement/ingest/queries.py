"""The statements of this step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection
from psycopg.pq import Format

from tenants.statements import Statements

STATEMENTS = Statements(Path(__file__).parent / "sql")
statement, fetch, run = STATEMENTS.statement, STATEMENTS.fetch, STATEMENTS.run


def fetch_binary(name: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement in binary form: bytes arrive as they are stored, not as twice as many letters."""
    with connection.cursor() as cursor:
        cursor.cursor.format = Format.BINARY
        cursor.execute(statement(name), parameters)
        return list(cursor.fetchall())


def copy_in(name: str, rows: bytes) -> None:
    """Send rows in the form of COPY that the statement names."""
    with connection.cursor() as cursor, cursor.copy(statement(name)) as copy:
        copy.write(rows)
