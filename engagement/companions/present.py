"""What the pages of companions print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.companions.measures import MEASURES, Measure
from engagement.companions.types import CompanionFigures
from engagement.companions.words.numbers import change_text, ends_of, estimated, interval_text, scaled, value_text
from engagement.insights.calendars import By, period_label, period_mark, period_name
from engagement.look.charts import Spark, TrendChart, TrendMark
from engagement.look.charts.axis import line_axis
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.exact import rounded
from engagement.look.locales import spoken
from engagement.look.numbers import count_text

ByMonth = Mapping[date, Mapping[str, CompanionFigures]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A measure in a month, or a segment or a month of a measure."""

    key: str
    name: str
    value: str
    interval: str
    n: str
    of: str
    change: str
    is_unchanged: bool
    reason: str
    is_open: bool  # there are days left that may change it
    spark: Spark | None = None


def row(figures: CompanionFigures, *, name: str, key: str, currency: str, spark: Spark | None = None) -> Row:
    """A line of a table; where there is no number its reason stands instead."""
    locale, measure = spoken(), MEASURES[figures.measure]
    return Row(
        key=key,
        name=name,
        value=value_text(figures.value, measure=measure, currency=currency, locale=locale),
        interval=interval_text(figures, currency=currency, locale=locale),
        n=count_text(figures.n, locale=locale),
        of=str(measure.of),
        change=change_text(figures, currency=currency, locale=locale),
        is_unchanged=figures.is_unchanged is not False,
        reason=figures.reason,
        is_open=figures.value is not None and not figures.is_final,
        spark=spark,
    )


def overview_rows(found: ByMonth, *, month: date, currency: str) -> tuple[Row, ...]:
    """Every measure of a month, with its course up to it."""
    rows = []
    for key, figures in found.get(month, {}).items():
        course = {day: of[key] for day, of in sorted(found.items()) if key in of and day <= month}
        spark = _spark(MEASURES[key], course, currency=currency)
        rows.append(row(figures, name=str(MEASURES[key].name), key=key, currency=currency, spark=spark))
    return tuple(rows)


def _spark(measure: Measure, course: Mapping[date, CompanionFigures], *, currency: str) -> Spark | None:
    values = [None if one.value is None else scaled(one.value, measure=measure) for one in course.values()]
    known = [one for one in course.values() if one.value is not None]
    if len(known) < 2:  # noqa: PLR2004 one point is no course
        return None
    first, last = (
        value_text(one.value, measure=measure, currency=currency, locale=spoken()) for one in (known[0], known[-1])
    )
    said = _("{measure}, {period}: from {first} to {last}").format(
        measure=measure.short, period=_span(known[0].month, known[-1].month), first=first, last=last
    )
    numbers = [value for value in values if value is not None]
    axis = line_axis(numbers, least_span=max(abs(max(numbers)) / 5, Fraction(1, 100)))
    return Spark(name=str(measure.short), period="", values=tuple(values), axis=axis, said=said, locale=spoken())


def _span(first: date, last: date) -> str:
    return _("{first} to {last}").format(first=period_label(first, by=By.MONTH), last=period_label(last, by=By.MONTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePage:
    """A measure over the months, and by segment in the latest of them."""

    chart: TrendChart | None
    heading: str
    caption: str
    months: tuple[Row, ...]
    segments: tuple[Row, ...]
    latest: Row | None
    month_name: str

    @property
    def known(self) -> tuple[Row, ...]:
        """Segments with a number."""
        return tuple(row for row in self.segments if not row.reason)

    @property
    def unknown(self) -> tuple[Row, ...]:
        """Segments without one, which say why."""
        return tuple(row for row in self.segments if row.reason)


def measure_page(
    measure: Measure, *, course: Sequence[CompanionFigures], segments: Sequence[tuple[str, str, CompanionFigures]],
    month: date, currency: str, finding: str,
) -> MeasurePage:  # fmt: skip
    """`course` is the shown segment month by month, oldest first; `segments` are (key, name, figures) in the month."""
    rows = tuple(
        row(one, name=period_name(one.month, by=By.MONTH), key=one.month.isoformat(), currency=currency)
        for one in course
    )
    chart = _chart(measure, course, currency=currency)
    caption = _("By calendar month. Grey: 95 % interval, an estimate.")
    return MeasurePage(
        chart=chart,
        heading=finding,
        caption=f"{caption} {chart.scale_note}" if chart else "",
        months=rows[::-1],
        segments=tuple(row(figures, name=name, key=key, currency=currency) for key, name, figures in segments),
        latest=next((one for one in rows if one.key == month.isoformat()), None),
        month_name=period_name(month, by=By.MONTH),
    )


def _chart(measure: Measure, course: Sequence[CompanionFigures], *, currency: str) -> TrendChart | None:
    if not any(one.value is not None for one in course):
        return None
    unit = value_unit(measure, currency=currency)
    marks = tuple(_mark(measure, one) for one in course)
    name = f"{measure.short} ({unit})" if unit else str(measure.short)
    return TrendChart(measure=name, measured=str(measure.short), marks=marks, locale=spoken())


def _mark(measure: Measure, one: CompanionFigures) -> TrendMark:
    ends = ends_of(one)
    return TrendMark(
        as_of=one.month,
        label=period_mark(one.month, by=By.MONTH),
        full_label=period_label(one.month, by=By.MONTH),
        value=None if one.value is None else scaled(one.value, measure=measure),
        half_width_95=None if ends is None else (ends[1] - ends[0]) / 2,
        ends_95=ends,
        finished=one.is_final,
    )


def value_unit(measure: Measure, *, currency: str) -> str:
    """In what a measure is given where numbers stand without their unit."""
    return {"share": "%", "times": "%", "money": currency}.get(measure.unit.value, "")


def table_of(found: Sequence[tuple[str, CompanionFigures]], *, currency: str) -> ChartTable:
    """A file: one row per month, segment and measure, in English, numbers with six decimals at most."""
    header = (
        "month", "segment", "measure", "unit", "value", "95 % from", "95 % to", "n", "of", "change", "p", "final",
        "reason",
    )  # fmt: skip
    return ChartTable(header=header, rows=tuple(_cells(key, one, currency=currency) for key, one in found))


def _cells(key: str, one: CompanionFigures, *, currency: str) -> tuple[Cell, ...]:
    measure = MEASURES[one.measure]
    low, high, p = (None if end is None else estimated(end) for end in (one.low, one.high, one.p))
    return (
        f"{one.month:%Y-%m}", key, one.measure, currency if measure.unit == "money" else measure.unit.value,
        None if one.value is None else rounded(one.value, places=6), low, high, one.n, str(measure.of),
        None if one.change is None else rounded(one.change, places=6), p, "yes" if one.is_final else "no", one.reason,
    )  # fmt: skip
