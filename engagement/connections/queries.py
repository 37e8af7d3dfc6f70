"""The statements of this step."""

from __future__ import annotations

from pathlib import Path

from tenants.statements import Statements

STATEMENTS = Statements(Path(__file__).parent / "sql")
