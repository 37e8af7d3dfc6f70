"""Which days can be shown, and which are the ends of finished periods."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from engagement.insights.types import Period
from engagement.scoring.models import RunPointer, ScoreRun

TREND_MONTHS = 12
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def previous_month_end(day: date) -> date:
    """The last day of the month before.

    >>> previous_month_end(date(2018, 1, 1)), previous_month_end(date(2017, 12, 31))
    (datetime.date(2017, 12, 31), datetime.date(2017, 11, 30))
    """
    return day.replace(day=1) - timedelta(days=1)


def is_month_end(day: date) -> bool:
    return day == month_end(day)


def is_finished(day: date, *, today: date) -> bool:
    """True if a day is the end of a month that is over."""
    return is_month_end(day) and day < today


def month_name(day: date) -> str:
    """A month in words: December 2017."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def month_label(day: date) -> str:
    """A month in short: Dec 2017."""
    return f"{_MONTHS[day.month - 1][:3]} {day.year}"


def runs_in_force(days: Iterable[date]) -> dict[date, ScoreRun]:
    """The runs that count for these days, where there are any."""
    pointers = RunPointer.objects.filter(as_of__in=list(days)).select_related("run")
    return {pointer.as_of: pointer.run for pointer in pointers}


def month_ends_before(day: date, *, months: int) -> list[date]:
    """The ends of the months up to and including `day` (if it is one), oldest first."""
    last = day if is_month_end(day) else previous_month_end(day)
    ends = [last]
    while len(ends) < months:
        ends.append(previous_month_end(ends[-1]))
    return ends[::-1]


def _period(day: date, *, today: date, current: bool) -> Period:
    finished = is_finished(day, today=today)
    if finished:
        label = month_name(day)
    elif day >= today:
        label = f"{month_name(day)}, unfinished"
    else:
        label = f"{day.day} {month_name(day)}"
    return Period(as_of=day, label=label, finished=finished, current=current)


def periods(*, as_of: date, today: date, others: int = 3) -> tuple[Period, ...]:
    """The days offered beside the one shown: the last finished months that have a run, and the latest run."""
    scored = set(RunPointer.objects.order_by("-as_of").values_list("as_of", flat=True)[:400])
    ends = sorted((day for day in scored if is_finished(day, today=today)), reverse=True)[:others]
    days = {as_of, *ends, *sorted(scored)[-1:]}
    return tuple(_period(day, today=today, current=day == as_of) for day in sorted(days))


def default_day(*, today: date) -> date | None:
    """What a scorecard opens with: the latest finished day that has a run, else the latest run."""
    pointers = RunPointer.objects.order_by("-as_of").values_list("as_of", flat=True)
    return pointers.filter(as_of__lt=today).first() or pointers.first()
