"""The statements of this step."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from tenants.statements import Statements

STATEMENTS = Statements(Path(__file__).parent / "sql")


def members(*, firm_id: int, version: int, before: datetime) -> list[int]:
    """Clients of the firm in scope whose consent counts."""
    return [key for (key,) in STATEMENTS.fetch("pooled_members", firm=firm_id, version=version, before=before)]


def agreed(*, firm_id: int, version: int) -> int:
    """How many clients of the firm in scope agree now; 5 says that there are at least so many."""
    return int(STATEMENTS.fetch("pooled_agreed", firm=firm_id, version=version)[0][0])


def standing(*, firm_id: int) -> list[tuple[date, str, str, int]]:
    """How many clients of the firm in scope still stand behind what was published, by quarter, lever and industry."""
    return [(day, lever, industry, n) for day, lever, industry, n in STATEMENTS.fetch("pooled_standing", firm=firm_id)]


def due(*, now: datetime, version: int) -> list[int]:
    """Firms whose last finished quarter waits."""
    return [key for (key,) in STATEMENTS.fetch("pooled_due", now=now, version=version)]
