"""What earlier steps ask this one."""

from __future__ import annotations

from engagement.insights.reports_due import knows_reports_due
from engagement.rounds.selectors.due import due_reports


def connect() -> None:
    knows_reports_due(due_reports)
