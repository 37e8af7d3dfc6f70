"""A measure over months or weeks: line, 95 % interval, target, numbered notes, the unfinished period left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import ClassVar

from django.utils.translation import gettext as _

from engagement.look.bands import Bands
from engagement.look.charts.axis import Axis, line_axis
from engagement.look.charts.marks import Dot, Drawing, Line, Mark, Plot, Rect, Shape, Text
from engagement.look.charts.room import EDGE, FONT_SIZE, LINE, NARROW, fits, thinned, touches_any
from engagement.look.charts.scale import zones
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import decimal_text, score_text, short_text

TOP = 18
ROOMY = 20  # a zone higher than this has room for a margin above its name
CLEAR = 10  # from a name's middle to a line that would run through it
NOTE = 20  # from one note's number to the next
_FIRST, _LAST = Fraction(3), Fraction(97)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendMark:
    """The measure at the end of one period; value None where there is no number (too few customers, no run)."""

    as_of: date
    label: str  # "Dec"
    full_label: str  # "Dec 2017"
    value: Number | None
    half_width_95: Number | None = None
    ends_95: tuple[Number, Number] | None = None  # beside it, where the interval is not as wide to both sides
    finished: bool = True
    scored: bool = True  # False: a period whose end was left out; the line stops there
    note: str = ""  # how it was measured, in the table: "set 4"
    unusual: str = ""  # "40 to 44 was to be expected": the point is ringed, the table says so


@dataclass(frozen=True, slots=True)
class TrendRun:
    """An unbroken stretch of periods with a value, by what is drawn of it; a part of one point is left out."""

    interval: tuple[tuple[int, TrendMark], ...]
    finished: tuple[tuple[int, TrendMark], ...]
    opened: tuple[tuple[int, TrendMark], ...]


@dataclass(frozen=True, slots=True)
class TrendTarget:
    """A dashed line with its words on it: "Target 75 by 30 June 2018"."""

    value: Number
    label: str


@dataclass(frozen=True, slots=True)
class TrendNote:
    """Something that happened on a day: numbered on the line, written below."""

    day: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendChart:
    """The trend of a score (with `bands`, on 0–100) or of points per customer (without); oldest period first.

    The scale is its own: it need not start at 0, and `scale_note` says where it does, for the caption.
    """

    template: ClassVar[str] = "trend"
    measure: str  # "Score"
    measured: str = field(default_factory=lambda: _("score"))  # the same within a sentence
    marks: tuple[TrendMark, ...]
    bands: Bands | None = None
    target: TrendTarget | None = None
    notes: tuple[TrendNote, ...] = ()
    note_name: str = field(default_factory=lambda: _("Note"))  # heads the marks' notes in the table
    height: int = 262
    locale: Locale = EN
    axis: Axis = field(init=False, repr=False, compare=False)  # found once: every place in the drawing asks for it

    def __post_init__(self) -> None:
        object.__setattr__(self, "axis", self._axis())

    def _axis(self) -> Axis:
        """From the values, their intervals and the target; within 0–100 for a score."""
        values = [bound for mark in self.marks for bound in interval_of(mark)]
        values += [exact(self.target.value)] if self.target else []
        if self.bands is None:
            return line_axis(values or [0], least_span=1)
        return line_axis(values or [0, 100], least_span=10, floor_at=0, ceiling_at=100)

    @property
    def scale_note(self) -> str:
        """Where the scale starts, in words; empty where it starts at 0."""
        low = self.axis.low
        return _("Scale starts at {n}.").format(n=short_text(low, locale=self.locale)) if low else ""

    @property
    def bottom(self) -> int:
        return self.height - 24

    def y(self, value: Number) -> Fraction:
        """Pixels down from the top of the drawing."""
        return TOP + (1 - self.axis.share(value)) * (self.bottom - TOP)

    def x(self, index: int) -> Fraction:
        """Per cent across: evenly from 3 to 97, a single period in the middle."""
        if len(self.marks) == 1:
            return Fraction(50)
        return _FIRST + (_LAST - _FIRST) * index / (len(self.marks) - 1)

    def value_text(self, value: Number | None, *, places: int = 2) -> str:
        if self.bands is None:
            return decimal_text(value, places=places, locale=self.locale)
        return score_text(value, places=places, bands=self.bands, locale=self.locale)

    def draw(self) -> Drawing:
        """The picture, backgrounds first."""
        target, key = tuple(_target(self)), tuple(_key(self))
        taken = tuple(mark for mark in (*target, *key) if isinstance(mark, Text))
        marks: tuple[Mark, ...] = (
            *_zones(self),
            *_grid(self, taken),
            *_zone_names(self),
            *_notes(self),
            *target,
            Plot(y=TOP, height=self.bottom - TOP, shapes=tuple(_shapes(self))),
            *_dots(self),
            *key,
            *thinned(
                Text(text=mark.label, x=self.x(index), y=self.height - 6, anchor="middle")
                for index, mark in enumerate(self.marks)
            ),
        )
        return Drawing(css="chart plot", height=self.height, label=label_of(self), marks=marks)

    def table(self) -> ChartTable:
        header: tuple[str, ...] = (_("Period"), self.measure, _("95 % from"), _("95 % to"), _("State"))
        if not any(mark.note for mark in self.marks):
            return ChartTable(header=header, rows=tuple(_row(mark) for mark in self.marks))
        rows = tuple((*_row(mark), mark.note) for mark in self.marks)
        return ChartTable(header=(*header, self.note_name), rows=rows)


def interval_of(mark: TrendMark) -> tuple[Fraction, ...]:
    """The ends of the interval, the value alone where none is known, nothing where there is no value."""
    if mark.value is None:
        return ()
    if mark.ends_95 is not None:
        return tuple(exact(end) for end in mark.ends_95)
    value, half = exact(mark.value), exact(mark.half_width_95 or 0)
    return (value - half, value + half) if half else (value,)


def _row(mark: TrendMark) -> tuple[Cell, ...]:
    ends = interval_of(mark) if mark.half_width_95 is not None else ()
    low, high = (rounded(ends[0], places=2), rounded(ends[-1], places=2)) if ends else (None, None)
    value: Decimal | None = None if mark.value is None else rounded(mark.value, places=2)
    state = _("not scored") if not mark.scored else _("finished") if mark.finished else _("unfinished")
    return mark.full_label, value, low, high, _("{state}, unusual").format(state=state) if mark.unusual else state


def _known(chart: TrendChart) -> list[tuple[int, TrendMark, Fraction]]:
    return [(index, mark, exact(mark.value)) for index, mark in enumerate(chart.marks) if mark.value is not None]


def label_of(chart: TrendChart) -> str:
    """The chart in words: first and last finished period, lowest and highest, target, the unfinished one."""
    known = _known(chart)
    finished = [(mark, value) for _index, mark, value in known if mark.finished]
    parts = [_course(chart, finished)]
    if finished and (ends := finished[-1][0].ends_95):
        low, high = (decimal_text(end, places=1, locale=chart.locale) for end in ends)
        parts += [_("95 % interval of the last: {low} to {high}.").format(low=low, high=high)]
    elif finished and (last := finished[-1][0].half_width_95):
        half = decimal_text(last, places=1, locale=chart.locale)
        parts += [_("95 % interval of the last: ± {half}.").format(half=half)]
    parts += [f"{chart.target.label}."] if chart.target else []
    parts += [
        _("{period} is unfinished: {value}.").format(period=mark.full_label, value=chart.value_text(value))
        for _index, mark, value in known
        if not mark.finished
    ]
    odd = [mark.full_label for _index, mark, _value in known if mark.unusual]
    parts += [_("Unusual: {periods}.").format(periods=", ".join(odd))] if odd else []
    return " ".join(parts)


def _course(chart: TrendChart, finished: Sequence[tuple[TrendMark, Fraction]]) -> str:
    """From which value to which, and the two ends."""
    if not finished:
        return _("Line chart of the {measure}: no finished period yet.").format(measure=chart.measured)
    if len(finished) == 1:
        said = _("Line chart of the {measure} {first} {start}; lowest {low}, highest {high}.")
    else:
        said = _("Line chart of the {measure} from {first}, {start}, to {last}, {end}; lowest {low}, highest {high}.")
    values = [value for _mark, value in finished]
    start, end, low, high = map(chart.value_text, (values[0], values[-1], min(values), max(values)))
    first, last = (finished[at][0].full_label for at in (0, -1))
    return said.format(measure=chart.measured, first=first, last=last, start=start, end=end, low=low, high=high)


def _zones(chart: TrendChart) -> Iterator[Mark]:
    if chart.bands is None:
        return
    for code, low, high in reversed(zones(bands=chart.bands)):
        start, end = max(exact(low), chart.axis.low), min(exact(high), chart.axis.high)
        if end > start:
            yield Rect(css=f"z-{code}", width=100, y=chart.y(end), height=chart.y(start) - chart.y(end))


def _zone_names(chart: TrendChart) -> Iterator[Text]:
    """Each band's name inside its zone, at the top or, where line or target pass there, at the bottom."""
    if chart.bands is None:
        return
    lines = [chart.y(value) for index, _mark, value in _known(chart) if chart.x(index) < 2 * _LAST / 10]
    lines += [chart.y(chart.target.value)] if chart.target else []
    for zone in _zones(chart):
        if isinstance(zone, Rect) and exact(zone.height) >= TOP:
            top, code = exact(zone.y), zone.css.removeprefix("z-")
            places = (top + (16 if exact(zone.height) > ROOMY else 14), top + exact(zone.height) - 6)
            free = (y for y in places if all(abs(y - 5 - line) >= CLEAR for line in lines))
            yield Text(css=f"t-{code}", text=chart.bands.name(code), x=0, dx=4, y=next(free, places[0]))


def _grid(chart: TrendChart, taken: Sequence[Text]) -> Iterator[Mark]:
    """A line at each round number; its label gives way to the target's and the last value's."""
    for tick in chart.axis.ticks():
        y = chart.y(tick)
        yield Line(css="axis", x1=0, x2=100, y1=y, y2=y)
        label = Text(text=short_text(tick, locale=chart.locale), x=100, y=y - 4, anchor="end")
        if not touches_any(label, taken):
            yield label


def _target(chart: TrendChart) -> Iterator[Mark]:
    if chart.target is not None:
        y = chart.y(chart.target.value)
        yield Line(css="target target-dash", x1=0, x2=100, y1=y, y2=y)
        yield Text(css="key", text=chart.target.label, x=100, y=y - 5, anchor="end")


def _notes(chart: TrendChart) -> Iterator[Mark]:
    """A dotted line a note, its number at the foot; numbers too close to the one before stand higher."""
    floor, before = chart.bottom - 12, Fraction(-100)
    y = floor
    for number, note in enumerate(chart.notes, start=1):
        x = across(chart, note.day)
        y = y - NOTE if (x - before) * NARROW / 100 < NOTE and y - NOTE > TOP + NOTE else floor
        before = x
        yield Line(css="note-line", x1=x, x2=x, y1=TOP, y2=chart.bottom)
        yield Dot(css="note-dot", cx=x, cy=y, r="8")
        yield Text(css="note-n", text=str(number), x=x, y=y + 4, anchor="middle")


def across(chart: TrendChart, day: date) -> Fraction:
    """Where a day lies between the ends of the periods beside it; before the first and after the last at the edge."""
    days = [mark.as_of.toordinal() for mark in chart.marks]
    at = day.toordinal()
    if not days or at <= days[0]:
        return chart.x(0) if days else Fraction(50)
    for index in range(1, len(days)):
        if at <= days[index]:
            share = Fraction(at - days[index - 1], days[index] - days[index - 1])
            return chart.x(index - 1) + (chart.x(index) - chart.x(index - 1)) * share
    return chart.x(len(days) - 1)


def runs_of(chart: TrendChart) -> Iterator[TrendRun]:
    """The stretches between gaps, each with what is drawn of it: interval, finished line, the way to what is open."""
    for gap, marks in groupby(enumerate(chart.marks), key=lambda pair: pair[1].value is None):
        run = tuple(marks)
        if gap:
            continue
        finished = tuple((index, mark) for index, mark in run if mark.finished)
        banded = tuple((index, mark) for index, mark in finished if mark.half_width_95)
        is_unbroken = len(banded) > 1 and len(banded) == banded[-1][0] - banded[0][0] + 1
        opened = run[max(len(finished) - 1, 0) :]
        yield TrendRun(
            interval=banded if is_unbroken else (),
            finished=finished if len(finished) > 1 else (),
            opened=opened if len(opened) > 1 else (),
        )


def _shapes(chart: TrendChart) -> Iterator[Shape]:
    """The interval, the finished line in unbroken runs, and the dashed way to an unfinished period."""
    for run in runs_of(chart):
        if run.interval:
            upper = [_point(chart, index, interval_of(mark)[-1]) for index, mark in run.interval]
            lower = [_point(chart, index, interval_of(mark)[0]) for index, mark in reversed(run.interval)]
            yield Shape("ci", (*upper, *lower), closed=True)
        for css, points in (("ln", run.finished), ("ln ln-open", run.opened)):
            if points:
                yield Shape(css, tuple(_point(chart, index, mark.value or 0) for index, mark in points))


def _point(chart: TrendChart, index: int, value: Number) -> tuple[Fraction, Fraction]:
    return chart.x(index), (1 - chart.axis.share(value)) * 100


def _dots(chart: TrendChart) -> Iterator[Mark]:
    for index, mark, value in _known(chart):
        css, r = ("dot", "2.5") if mark.finished else ("dot-open", "3.5")
        said = "{period}: {value}" if mark.finished else _("{period}: {value}, unfinished")
        title = said.format(period=mark.full_label, value=chart.value_text(value))
        if mark.unusual:
            title = _("{said}, unusual: {expected}").format(said=title, expected=mark.unusual)
            yield Dot(css="dot-ring", cx=chart.x(index), cy=chart.y(value), r="7", title=title)
        yield Dot(css=css, cx=chart.x(index), cy=chart.y(value), r=r, title=title)


def _key(chart: TrendChart) -> Iterator[Text]:
    """The last finished value in figures, below its interval or above it, wherever target and frame leave room."""
    finished = [(index, mark, value) for index, mark, value in _known(chart) if mark.finished]
    if not finished:
        return
    index, mark, value = finished[-1]
    ends = interval_of(mark)
    below, above = chart.y(ends[0]) + 15, chart.y(ends[-1]) - 8
    text = Text(css="key", text=chart.value_text(value, places=1), x=chart.x(index), y=below, anchor="middle")
    if not fits(text, edge=EDGE):
        text = replace(text, x=100, anchor="end")
    line = Fraction(0) if chart.target is None else chart.y(chart.target.value)
    places = (below, above, line - 5 - LINE - 1, line + 15)
    yield replace(text, y=next((y for y in places if _is_clear(chart, y)), below))


def _is_clear(chart: TrendChart, y: Fraction) -> bool:
    """Whether a label on this baseline stays in the plot, off the target's line and off the words on it."""
    if not LINE <= y <= chart.bottom - 4:
        return False
    if chart.target is None:
        return True
    line = chart.y(chart.target.value)
    return y - FONT_SIZE >= line or y <= line - 5 - LINE
