"""The statements of this step, each read from its file once."""

from __future__ import annotations

from pathlib import Path

from tenants.statements import Statements

STATEMENTS = Statements(Path(__file__).parent / "sql")
