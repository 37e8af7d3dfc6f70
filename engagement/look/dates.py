"""How days, instants and durations are written. An instant is always shown in a named time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo

from engagement.look.locales import EN, Locale

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def day_text(day: date | None, *, locale: Locale = EN) -> str:
    """A day in full: "31 December 2017"; None is "–"."""
    return _date(day, locale.months, locale) if day else locale.none


def short_date_text(day: date | None, *, locale: Locale = EN) -> str:
    """Example: "31 Dec 2017"."""
    return _date(day, locale.months_short, locale) if day else locale.none


def _date(day: date, months: Sequence[str], locale: Locale) -> str:
    return locale.date.format(day=day.day, month=months[day.month - 1], year=day.year)


def short_day_text(day: date | None, *, locale: Locale = EN) -> str:
    """A day whose year is plain from its surroundings: "31 Dec"."""
    return locale.day_month.format(day=day.day, month=locale.months_short[day.month - 1]) if day else locale.none


def span_text(first: date, last: date, *, locale: Locale = EN) -> str:
    """A day or a span of days: "3 Mar 2026", "3–17 Mar 2026", "28 Feb – 3 Mar 2026", "30 Dec 2025 – 2 Jan 2026"."""
    end = short_date_text(last, locale=locale)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return locale.days_of_month.format(first=first.day, date=end)
    same_year = first.year == last.year
    return f"{short_day_text(first, locale=locale) if same_year else short_date_text(first, locale=locale)} – {end}"


def weekday_text(day: date | None, *, locale: Locale = EN) -> str:
    """Example: "Monday 1 January 2018"."""
    if day is None:
        return locale.none
    return locale.weekday_date.format(weekday=locale.weekdays[day.weekday()], date=day_text(day, locale=locale))


def month_text(day: date | None, *, locale: Locale = EN) -> str:
    """Example: "December 2017"."""
    return f"{locale.months[day.month - 1]} {day.year}" if day else locale.none


def short_month_text(day: date | None, *, locale: Locale = EN) -> str:
    """Example: "Dec 2017"."""
    return f"{locale.months_short[day.month - 1]} {day.year}" if day else locale.none


def instant_text(instant: datetime | None, *, zone: tzinfo, locale: Locale = EN) -> str:
    """An instant on the clock of `zone`: "31 Dec 2017, 17:05".

    Raises ValueError for a naive datetime: whose clock it showed is not known.
    """
    if instant is None:
        return locale.none
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone cannot be shown")
    local = instant.astimezone(zone)
    return f"{short_date_text(local, locale=locale)}, {local:%H:%M}"


def duration_text(span: timedelta | None, *, locale: Locale = EN) -> str:
    """How long something took or is ago, rounded down to its largest unit: "2 h", "6 days".

    Under a minute "under 1 min", to an hour minutes, to a day hours, then days; a negative span is none at all.
    """
    if span is None:
        return locale.none
    seconds = max(int(span.total_seconds()), 0)
    if seconds < _MINUTE:
        return locale.under_a_minute
    if seconds < _HOUR:
        return locale.minute.format(seconds // _MINUTE)
    if seconds < _DAY:
        return locale.hour.format(seconds // _HOUR)
    days = seconds // _DAY
    return (locale.day if days == 1 else locale.days).format(days)
