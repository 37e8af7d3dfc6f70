"""The statements of this step."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tenants.statements import Statements

STATEMENTS: Final = Statements(Path(__file__).parent / "sql")
