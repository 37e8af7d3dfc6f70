"""Weeks, months and quarters of the calendar: where they end, which are over, what they are called. No database.

A week is an ISO week, Monday to Sunday; a quarter is three calendar months. A period is named by its last day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from engagement.look.dates import day_text, month_text, short_date_text, short_day_text, short_month_text
from engagement.look.locales import spoken


class By(StrEnum):
    """What a page compares: one finished period with the finished one before."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


# How many periods a trend shows: a quarter of weeks, a year of months, two years of quarters.
TREND: Final[Mapping[By, int]] = MappingProxyType({By.WEEK: 13, By.MONTH: 12, By.QUARTER: 8})

_SUNDAY: Final = 7


def period_start(day: date, *, by: By) -> date:
    """The first day of the period a day lies in.

    >>> [period_start(date(2018, 2, 25), by=by).isoformat() for by in By]
    ['2018-02-19', '2018-02-01', '2018-01-01']
    """
    if by is By.WEEK:
        return day - timedelta(days=day.isoweekday() - 1)
    month = day.month if by is By.MONTH else day.month - (day.month - 1) % 3
    return date(day.year, month, 1)


def period_end(day: date, *, by: By) -> date:
    """The last day of the period a day lies in.

    >>> [period_end(date(2018, 2, 25), by=by).isoformat() for by in By]
    ['2018-02-25', '2018-02-28', '2018-03-31']
    """
    if by is By.WEEK:
        return day + timedelta(days=_SUNDAY - day.isoweekday())
    month = day.month if by is By.MONTH else day.month + (-day.month) % 3
    return date(day.year, month, monthrange(day.year, month)[1])


def previous_end(day: date, *, by: By) -> date:
    """The last day of the period before the one a day lies in.

    >>> [previous_end(date(2018, 1, 7), by=by).isoformat() for by in By]
    ['2017-12-31', '2017-12-31', '2017-12-31']
    """
    return period_start(day, by=by) - timedelta(days=1)


def is_end(day: date, *, by: By) -> bool:
    """Whether a day is the last of its period."""
    return day == period_end(day, by=by)


def is_finished(day: date, *, today: date, by: By) -> bool:
    """Whether a day is the end of a period that is over: a week is over on the Monday after its Sunday."""
    return is_end(day, by=by) and day < today


def last_finished(day: date, *, today: date, by: By) -> date:
    """The end of the finished period that a day is compared as: the day itself, or the end of the period before.

    >>> last_finished(date(2018, 1, 14), today=date(2018, 1, 15), by=By.MONTH)
    datetime.date(2017, 12, 31)
    """
    return day if is_finished(day, today=today, by=by) else previous_end(day, by=by)


def ends_before(day: date, *, by: By, count: int) -> list[date]:
    """The ends of `count` periods up to and including `day` (if it is one), oldest first."""
    ends = [day if is_end(day, by=by) else previous_end(day, by=by)]
    while len(ends) < count:
        ends.append(previous_end(ends[-1], by=by))
    return ends[::-1]


def missing_ends(days: Iterable[date], *, by: By) -> tuple[date, ...]:
    """The ends of periods between the first and the last of some days that are not among them, oldest first.

    >>> missing_ends([date(2018, 2, 11), date(2018, 3, 4)], by=By.WEEK)
    (datetime.date(2018, 2, 18), datetime.date(2018, 2, 25))
    """
    known = sorted(days)
    missing, end = [], known[-1] if known else date.min
    while known and end > known[0]:
        missing += [end] if end not in known and is_end(end, by=by) else []
        end = previous_end(end, by=by)
    return tuple(reversed(missing))


def period_name(day: date, *, by: By) -> str:
    """A period in words, by its last day: "December 2017", "Q4 2017", "Week to 31 December 2017"."""
    if by is By.WEEK:
        return _("Week to {day}").format(day=day_text(period_end(day, by=by), locale=spoken()))
    return month_text(day, locale=spoken()) if by is By.MONTH else period_label(day, by=by)


def period_label(day: date, *, by: By) -> str:
    """A period in short: "Dec 2017", "Q4 2017", "Week to 31 Dec 2017"."""
    if by is By.QUARTER:
        return f"{period_mark(day, by=by)} {day.year}"
    if by is By.MONTH:
        return short_month_text(day, locale=spoken())
    return _("Week to {day}").format(day=short_date_text(period_end(day, by=by), locale=spoken()))


def period_mark(day: date, *, by: By) -> str:
    """A period under a chart, where the year is plain: "Dec", "Q4", "31 Dec"."""
    if by is By.QUARTER:
        return _("Q{number}").format(number=(day.month + 2) // 3)
    locale = spoken()
    return locale.months_short[day.month - 1] if by is By.MONTH else short_day_text(day, locale=locale)
