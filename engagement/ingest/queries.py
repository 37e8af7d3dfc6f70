"""The statements of this step."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

from tenants.statements import Statements

STATEMENTS = Statements(Path(__file__).parent / "sql")
statement, fetch, run = STATEMENTS.statement, STATEMENTS.fetch, STATEMENTS.run


def copy_in(name: str, rows: bytes) -> None:
    """Send rows in the text form of COPY."""
    with connection.cursor() as cursor, cursor.copy(statement(name)) as copy:
        copy.write(rows)
