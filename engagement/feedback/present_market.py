"""Figures of competitors and the market as pages print them, with a line of one measure and the own score beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.feedback.forms import plain
from engagement.feedback.types import MarketLine
from engagement.insights.terms import Terms
from engagement.look.charts import ChartTable, TrendChart, TrendMark
from engagement.look.dates import instant_text, month_text, short_month_text, span_text
from engagement.look.exact import exact
from engagement.look.numbers import decimal_text

SCORE_UNIT: Final = "score"
_HIGHEST_SCORE: Final = 100
_TWO: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRow:
    """One figure in the list."""

    id: UUID
    about: str
    measure: str
    value: str
    days: str
    source: str
    link: str
    note: str
    entered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketCharts:
    """One measure of one of them over time; `own` is the score of all customers at the same days."""

    heading: str
    caption: str
    chart: TrendChart
    own: TrendChart | None


def market_row(line: MarketLine, *, terms: Terms) -> MarketRow:
    by = f"{line.entered_by}, " if line.entered_by else ""
    return MarketRow(
        id=line.id,
        about=line.about,
        measure=line.measure,
        value=value_text(line, terms=terms),
        days=span_text(line.first_day, line.last_day, locale=terms.locale),
        source=line.source,
        link=line.link,
        note=line.note,
        entered=f"{by}{instant_text(line.entered_at, zone=terms.zone, locale=terms.locale)}",
    )


def value_text(line: MarketLine, *, terms: Terms) -> str:
    """The value with its unit, and as many decimals as were entered; a score has none. Example: "12.5 %"."""
    value, unit = Decimal(plain(line.value)), "" if is_score(line) else line.unit
    places = max(-int(value.as_tuple().exponent), 0)
    return f"{decimal_text(value, places=places, locale=terms.locale)} {unit}".strip()


def lines_drawn(lines: Sequence[MarketLine]) -> dict[tuple[str, str, str], list[MarketLine]]:
    """Figures that make a line: at least two of one measure of one in one unit, the earliest first; later ones of a day
    in the place of earlier ones.
    """
    found: dict[tuple[str, str, str], dict[date, MarketLine]] = {}
    for line in sorted(lines, key=lambda one: (one.last_day, one.entered_at)):
        found.setdefault((line.measure, line.about, line.unit), {})[line.last_day] = line
    return {key: list(points.values()) for key, points in sorted(found.items()) if len(points) >= _TWO}


def market_charts(points: Sequence[MarketLine], *, own: Mapping[date, Fraction], terms: Terms) -> MarketCharts:
    """One line over time, and the own score beside it where the unit is a score."""
    first, last = points[0], points[-1]
    marks = [_mark(line.last_day, line.value, terms) for line in points]
    beside = [_mark(line.last_day, own.get(line.last_day), terms) for line in points]
    return MarketCharts(
        heading=_("{about}, {measure}: {before} to {after}").format(
            about=first.about,
            measure=first.measure,
            before=value_text(first, terms=terms),
            after=value_text(last, terms=terms),
        ),
        caption=_("As entered, by the last day of each figure; nobody has checked the sources."),
        chart=_chart(_named(first), _named(first), marks, terms),
        own=_chart(_("Your score"), _("own score"), beside, terms)
        if any(mark.value is not None for mark in beside)
        else None,
    )


def is_score(line: MarketLine) -> bool:
    """Whether a figure can stand beside a score: its unit says so, and it lies from 0 to 100."""
    return line.unit.strip().casefold() == SCORE_UNIT and 0 <= line.value <= _HIGHEST_SCORE


def _named(line: MarketLine) -> str:
    return f"{line.measure}, {line.unit}" if line.unit else line.measure


def _mark(day: date, value: Decimal | Fraction | None, terms: Terms) -> TrendMark:
    return TrendMark(
        as_of=day,
        label=short_month_text(day, locale=terms.locale),
        full_label=month_text(day, locale=terms.locale)
        if (day + timedelta(days=1)).day == 1
        else span_text(day, day, locale=terms.locale),
        value=None if value is None else exact(value),
    )


def _chart(name: str, measured: str, marks: Sequence[TrendMark], terms: Terms) -> TrendChart:
    return TrendChart(measure=name, measured=measured, marks=tuple(marks), locale=terms.locale)


def market_table(lines: Sequence[MarketLine]) -> ChartTable:
    """Figures in force, for a file."""
    header = ("Who", "Measure", "Value", "Unit", "First day", "Last day", "Source", "Link", "Note")
    rows = tuple(
        (one.about, one.measure, Decimal(plain(one.value)), one.unit, one.first_day.isoformat(),
         one.last_day.isoformat(), one.source, one.link, one.note)
        for one in lines
    )  # fmt: skip
    return ChartTable(header=header, rows=rows)
