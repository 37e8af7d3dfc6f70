"""How often a client is reviewed: months, quarters, half-years, and by when a review is due. No database.

A period is named by its last day, as everywhere. A half-year is January to June, or July to December.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from engagement.insights.calendars import By
from engagement.insights.calendars import period_name as calendar_name

_FRIDAY: Final = 5  # as an ISO weekday; holidays are not known


class Rhythm(StrEnum):
    """How long the period of a review is."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"


_MONTHS: Final = MappingProxyType({Rhythm.MONTH: 1, Rhythm.QUARTER: 3, Rhythm.HALF_YEAR: 6})


def period_start(day: date, *, rhythm: Rhythm) -> date:
    """The first day of the period a day lies in.

    >>> [period_start(date(2025, 11, 30), rhythm=rhythm).isoformat() for rhythm in Rhythm]
    ['2025-11-01', '2025-10-01', '2025-07-01']
    """
    return date(day.year, day.month - (day.month - 1) % _MONTHS[rhythm], 1)


def period_end(day: date, *, rhythm: Rhythm) -> date:
    """The last day of the period a day lies in.

    >>> [period_end(date(2026, 2, 25), rhythm=rhythm).isoformat() for rhythm in Rhythm]
    ['2026-02-28', '2026-03-31', '2026-06-30']
    """
    month = day.month + (-day.month) % _MONTHS[rhythm]
    return date(day.year, month, monthrange(day.year, month)[1])


def previous_end(day: date, *, rhythm: Rhythm) -> date:
    """The last day of the period before the one a day lies in.

    >>> [previous_end(date(2026, 2, 25), rhythm=rhythm).isoformat() for rhythm in Rhythm]
    ['2026-01-31', '2025-12-31', '2025-12-31']
    """
    return period_start(day, rhythm=rhythm) - timedelta(days=1)


def is_finished(day: date, *, today: date, rhythm: Rhythm) -> bool:
    """Whether a day is the end of a period that is over."""
    return day == period_end(day, rhythm=rhythm) and day < today


def last_finished(*, today: date, rhythm: Rhythm) -> date:
    """The end of the latest period that is over: on its last day a period is not.

    >>> last_finished(today=date(2025, 12, 31), rhythm=Rhythm.QUARTER)
    datetime.date(2025, 9, 30)
    """
    return previous_end(today, rhythm=rhythm)


def working_day(after: date, *, count: int) -> date:
    """The count-th day from Monday to Friday after a day, or the day itself for 0.

    >>> working_day(date(2025, 12, 31), count=3)  # a Wednesday: Thursday, Friday, Monday
    datetime.date(2026, 1, 5)
    """
    day = after
    while count > 0:
        day += timedelta(days=1)
        count -= day.isoweekday() <= _FRIDAY
    return day


def period_name(day: date, *, rhythm: Rhythm) -> str:
    """A period in words, by its last day: "December 2025", "Q4 2025", "Second half of 2025"."""
    if rhythm is Rhythm.HALF_YEAR:
        first, second = _("First half of {year}"), _("Second half of {year}")
        return (first if day.month <= _MONTHS[rhythm] else second).format(year=day.year)
    return calendar_name(day, by=By.MONTH if rhythm is Rhythm.MONTH else By.QUARTER)
