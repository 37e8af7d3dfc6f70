"""The days and moments of rounds. No database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from engagement.insights.calendars import By, period_end, previous_end


def latest_round(today: date) -> date:
    """The last day of the last finished month: what the round of today is about.

    >>> latest_round(date(2026, 3, 1)), latest_round(date(2026, 2, 28))
    (datetime.date(2026, 2, 28), datetime.date(2026, 1, 31))
    """
    return previous_end(today, by=By.MONTH)


def month_code(last_day: date) -> str:
    """A month in addresses.

    >>> month_code(date(2026, 2, 28))
    '2026-02'
    """
    return f"{last_day.year:04d}-{last_day.month:02d}"


def month_asked(code: str, *, latest: date) -> date | None:
    """The last day of a month that an address names, the latest without one; None for what is no finished month.

    >>> [month_asked(code, latest=date(2026, 2, 28)) for code in ("", "2025-12", "2026-03", "x", "2026-02-01")]
    [datetime.date(2026, 2, 28), datetime.date(2025, 12, 31), None, None, None]
    """
    if not code:
        return latest
    try:
        found = date.fromisoformat(f"{code}-01") if len(code) == len("2026-02") else None
    except ValueError:
        return None
    end = period_end(found, by=By.MONTH) if found else None
    return end if end and end <= latest else None


def moment_after(last_day: date, *, day: int, hour: int, zone: tzinfo) -> datetime:
    """The moment of a day (1–28) and hour in the month after, on a clock, as an instant.

    >>> from zoneinfo import ZoneInfo
    >>> moment_after(date(2026, 2, 28), day=3, hour=8, zone=ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-03T07:00:00+00:00'
    """
    first = last_day + timedelta(days=1)
    return moment_on(first.replace(day=day), hour=hour, zone=zone)


def moment_on(day: date, *, hour: int, zone: tzinfo) -> datetime:
    """An hour of a day on a clock, as an instant."""
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)
