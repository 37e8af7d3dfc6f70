"""The SQL of a step: one statement a file in its folder, each loaded once, with its parameters bound by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection


class Statements:
    """The statements of one folder, run on the default connection, in the scope at hand; `texts` are loaded ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.texts: dict[str, str] = {}

    def statement(self, name: str) -> str:
        """The text of <name>.sql."""
        if name not in self.texts:
            self.texts[name] = (self._folder / f"{name}.sql").read_text()
        return self.texts[name]

    def fetch(self, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a statement that gives rows."""
        with connection.cursor() as cursor:
            cursor.execute(self.statement(name), parameters or None)
            return list(cursor.fetchall())

    def run(self, name: str, **parameters: Any) -> int:
        """Execute a statement that gives none; returns how many rows it touched."""
        with connection.cursor() as cursor:
            cursor.execute(self.statement(name), parameters or None)
            return int(cursor.rowcount)
