"""A customer's timeline on a page and in a file: each day with what was done, silent days folded into one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engagement.insights.day_types import CustomerDay, CustomerDays, DayAction
from engagement.insights.exactly import exact_decimal
from engagement.insights.terms import Terms
from engagement.look.charts.table import Cell
from engagement.look.exact import round_parts
from engagement.look.numbers import count_text, decimal_text, delta_text
from engagement.scorecards.words import calculation, timeline
from engagement.scorecards.words.periods import run_query
from engagement.scoring.models import Channel

FILE_HEADER: Final = (
    "Day", "In the window", "Action", "Key", "Channel", "Times", "Worth", "Counted", "Points", "As of", "Run"
)  # fmt: skip
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """What was done of one action on a day."""

    action: str
    channel: str
    times: str
    points: str
    note: str  # what a cap or the half-life makes of it; "" where all of it counts whole


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A day with what was done, or a stretch of days on which nothing was: then without lines."""

    day: str  # ISO; of a stretch its last one
    name: str
    marks: tuple[str, ...]
    points: str
    lines: tuple[ActionLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """Everything on the page, in reading order."""

    number: int
    external_id: str
    query: str  # what links keep: the day, or the run that was asked for
    window: str
    finding: str
    standfirst: str
    span: str
    how: str
    rows: tuple[DayRow, ...]
    sums: tuple[str, ...]
    newer: str  # ISO, for ?before=; "" on the newest page
    older: str  # the same; "" where nothing is older


def timeline_page(*, found: CustomerDays, is_kept_run: bool, terms: Terms) -> TimelinePage:
    """One page of the timeline, newest day first; its printed points add up to those of the parts."""
    printed = _Printed.of(found)
    return TimelinePage(
        number=found.number,
        external_id=found.external_id,
        query=run_query(run=found.run, is_kept_run=is_kept_run),
        window=calculation.window_words(run=found.run, terms=terms),
        finding=timeline.finding(found=found, terms=terms),
        standfirst=timeline.standfirst(found=found, terms=terms),
        span=timeline.span(found=found, terms=terms),
        how=timeline.how_counted(found=found, terms=terms),
        rows=tuple(_rows(found, printed, terms)),
        sums=_sums(found, printed, terms),
        newer=found.page.newer.isoformat() if found.page.newer else "",
        older=found.page.older.isoformat() if found.page.older else "",
    )


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Printed:
    """Points of the window by day and action as they are printed, so that they add up to the printed parts."""

    points: dict[tuple[date, str], Decimal]
    places: int

    @classmethod
    def of(cls, found: CustomerDays) -> _Printed:
        cells = [
            (one.day, action.key, action.points)
            for one in found.in_window
            for action in one.actions
            if action.points is not None
        ]
        places = 0 if all(points % 1 == 0 for *_, points in cells) else 2
        rounded = round_parts([points for *_, points in cells], places=places)
        return cls({(day, key): text for (day, key, _), text in zip(cells, rounded, strict=True)}, places)

    def of_day(self, one: CustomerDay) -> list[Decimal]:
        keys = ((one.day, action.key) for action in one.actions)
        return [self.points[key] for key in keys if key in self.points]

    def of_days(self, days: Sequence[CustomerDay]) -> Decimal:
        return sum((part for one in days for part in self.of_day(one)), Decimal(0))


def _rows(found: CustomerDays, printed: _Printed, terms: Terms) -> Iterator[DayRow]:
    """The days of the page from the last to the first, those without activity in one row."""
    first, last = found.page.first, found.page.last
    if first is None or last is None:
        return
    for one in found.shown:
        if one.day < last:
            yield _silent(found, one.day + _DAY, last, terms)
        yield _row(found, one, printed, terms)
        last = one.day - _DAY
    if first <= last:
        yield _silent(found, first, last, terms)


def _row(found: CustomerDays, one: CustomerDay, printed: _Printed, terms: Terms) -> DayRow:
    parts = printed.of_day(one)
    return DayRow(
        day=one.day.isoformat(),
        name=timeline.day_name(one.day, terms=terms),
        marks=timeline.marks(found=found, first=one.day, last=one.day),
        points=_signed(sum(parts, Decimal(0)), printed, terms) if parts else terms.locale.none,
        lines=tuple(_line(one, action, printed, terms) for action in one.actions),
    )


def _silent(found: CustomerDays, first: date, last: date, terms: Terms) -> DayRow:
    return DayRow(
        day=last.isoformat(),
        name=timeline.silence(first, last, terms=terms),
        marks=timeline.marks(found=found, first=first, last=last),
        points="",
        lines=(),
    )


def _line(one: CustomerDay, action: DayAction, printed: _Printed, terms: Terms) -> ActionLine:
    points = printed.points.get((one.day, action.key))
    return ActionLine(
        action=action.name,
        channel=str(Channel(action.channel).label),
        times=count_text(action.times, locale=terms.locale),
        points=terms.locale.none if points is None else _signed(points, printed, terms),
        note=timeline.cut(action=action, terms=terms),
    )


def _signed(points: Decimal, printed: _Printed, terms: Terms) -> str:
    return delta_text(points, places=printed.places, locale=terms.locale)


def _sums(found: CustomerDays, printed: _Printed, terms: Terms) -> tuple[str, ...]:
    """What the window's days come to beside the parts of the score; nothing on pages before the window."""
    if not found.in_window or not printed.points:
        return ()
    whole, page = printed.of_days(found.in_window), printed.of_days(found.shown)
    texts = [decimal_text(value, places=printed.places, locale=terms.locale) for value in (page, whole)]
    return timeline.sums(found=found, page=texts[0], whole=texts[1], terms=terms)


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────


def file_rows(found: CustomerDays) -> Iterator[tuple[Cell, ...]]:
    """A line a day and action, newest first, exact; before the window nothing counts, so nothing is said of worth."""
    as_of, run = found.run.as_of.isoformat(), found.run.number
    for one in found.days:
        is_inside = one.day >= found.first_in_window
        inside = "yes" if is_inside else "no"
        for action in one.actions:
            counts = (action.worth, action.counted, action.points) if is_inside else (None, None, None)
            yield (
                one.day.isoformat(), inside, action.name, action.key, action.channel, action.times,
                *(_exact(value) for value in counts), as_of, run,
            )  # fmt: skip


def _exact(value: Fraction | None) -> Decimal | None:
    return None if value is None else exact_decimal(value)
