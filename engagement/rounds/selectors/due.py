"""Whose report is due: for the portfolio and the weekly mail, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from engagement.insights.reports_due import ReportDue
from engagement.rounds import queries
from engagement.rounds.calendars import latest_round
from tenants.models import Organisation


def due_reports(*, organisations: Sequence[Organisation], now: datetime) -> dict[int, ReportDue]:
    """Of these clients, those whose report of the last finished month should have been published by now."""
    days = {one.pk: latest_round(one.today(now)) for one in organisations}
    today = {one.pk: one.today(now) for one in organisations}
    rows = queries.STATEMENTS.fetch("reports_due", organisations=list(days), days=list(days.values()))
    found = {key: ReportDue(days[key], days[key] + timedelta(days=due_days)) for key, due_days in rows}
    return {key: one for key, one in found.items() if one.due_on < today[key]}
