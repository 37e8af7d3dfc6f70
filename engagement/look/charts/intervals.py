"""Numbers of one kind with their intervals, one below the other on one scale: what overlaps is not told apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Final

from django.utils.translation import gettext as _

from engagement.look.charts.axis import Axis, shared_axis
from engagement.look.charts.marks import Dot, Drawing, Line, Mark, Text
from engagement.look.charts.room import fits, thinned
from engagement.look.charts.table import ChartTable
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import decimal_text, short_text

_ROW: Final = 34
_NAME, _MARK = 14, 24  # of a row: where its name stands and its marks lie, in pixels from its top
_LEFT, _RIGHT = Fraction(2), Fraction(98)  # where the scale begins and ends, in per cent


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """One number with its interval, within 0–100; `is_open_*`: it may lie anywhere on that side.

    `expected` is drawn beside it as an open dot: where the number would be by a rule that the page names.
    """

    name: str
    value: Number
    low: Number
    high: Number
    is_open_below: bool = False
    is_open_above: bool = False
    expected: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """At least one row, drawn in the order given; the scale is of tens and need not begin at 0."""

    template: ClassVar[str] = "drawing"
    measure: str
    rows: tuple[IntervalRow, ...]
    locale: Locale = EN

    @property
    def axis(self) -> Axis:
        return shared_axis([[row.low, row.high, *_given(row.expected)] for row in self.rows])

    def draw(self) -> Drawing:
        """Name, interval and dot of each row; an open end is a thin line to the end of the scale."""
        bottom = _ROW * len(self.rows) + 4
        marks: list[Mark] = [*self._grid(bottom)]
        for place, row in enumerate(self.rows):
            marks += self._row(row, top=_ROW * place)
        return Drawing(css="chart", height=bottom + 18, label=self.label(), marks=tuple(marks))

    def label(self) -> str:
        """Every row in words."""
        return f"{self.measure}: {'; '.join(self._words(row) for row in self.rows)}."

    def table(self) -> ChartTable:
        header = (_("Name"), self.measure, _("95 % from"), _("95 % to"))
        rows = [(row.name, _cell(row.value), _cell(row.low), _cell(row.high)) for row in self.rows]
        if all(row.expected is None for row in self.rows):
            return ChartTable(header=header, rows=tuple(rows))
        marks = [None if row.expected is None else _cell(row.expected) for row in self.rows]
        whole = tuple((*cells, mark) for cells, mark in zip(rows, marks, strict=True))
        return ChartTable(header=(*header, _("Expected")), rows=whole)

    def _words(self, row: IntervalRow) -> str:
        value = decimal_text(row.value, places=1, locale=self.locale)
        low, high = (short_text(rounded(end, places=1), most=1, locale=self.locale) for end in (row.low, row.high))
        if row.is_open_above is row.is_open_below:
            said = _("{name} {value}, interval {low} to {high}")
        elif row.is_open_above:
            said = _("{name} at least {value}, interval {low} to {high}")
        else:
            said = _("{name} at most {value}, interval {low} to {high}")
        words = said.format(name=row.name, value=value, low=low, high=high)
        if row.expected is None:
            return words
        expected = decimal_text(row.expected, places=1, locale=self.locale)
        return _("{row}, expected {expected}").format(row=words, expected=expected)

    def _across(self, value: Number) -> Fraction:
        return _LEFT + (_RIGHT - _LEFT) * self.axis.share(value)

    def _grid(self, bottom: int) -> Iterator[Mark]:
        labels = []
        for tick in self.axis.ticks():
            x = self._across(tick)
            yield Line(css="axis", x1=x, x2=x, y1=4, y2=bottom)
            labels.append(Text(text=str(int(tick)), x=x, y=bottom + 14, anchor="middle"))
        yield from thinned(labels)

    def _row(self, row: IntervalRow, *, top: int) -> Iterator[Mark]:
        y, low, high = top + _MARK, self._across(row.low), self._across(row.high)
        yield _name(row.name, y=top + _NAME)
        if row.is_open_below:
            yield Line(css="axis-0", x1=_LEFT, x2=low, y1=y, y2=y)
        if row.is_open_above:
            yield Line(css="axis-0", x1=high, x2=_RIGHT, y1=y, y2=y)
        yield Line(css="whisker axis-0", x1=low, x2=high, y1=y, y2=y)
        yield Dot(css="dot halo", cx=self._across(row.value), cy=y, r="4")
        for mark in _given(row.expected):
            yield Dot(css="dot-open", cx=self._across(mark), cy=y, r="3")


def _given(value: Number | None) -> tuple[Number, ...]:
    return () if value is None else (value,)


def _name(name: str, *, y: int) -> Text:
    """As much of the name as has room on a phone."""
    label = Text(text=name, x=0, y=y, css="key")
    while not fits(label):
        label = replace(label, text=f"{label.text.rstrip('…')[:-1].rstrip()}…")
    return label


def _cell(value: Number) -> Decimal:
    return rounded(exact(value), places=2)
