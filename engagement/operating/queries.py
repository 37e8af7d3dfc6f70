"""The statements of sql/, each loaded once, run on the default connection as the runtime role."""

from __future__ import annotations

from pathlib import Path

from tenants.statements import Statements

_statements = Statements(Path(__file__).with_name("sql"))

statement = _statements.statement
fetch = _statements.fetch
