"""A measure so far and where it may go: the known line, the middle of a forecast, and its 80 and 95 % intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import islice
from typing import ClassVar

from django.utils.translation import gettext as _

from engagement.look.bands import Bands
from engagement.look.charts.axis import Axis, line_axis
from engagement.look.charts.marks import Dot, Drawing, Line, Mark, Plot, Rect, Shape, Text
from engagement.look.charts.room import LINE, fits, thinned, touches_any
from engagement.look.charts.scale import zones as band_zones
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.charts.trend import TrendTarget
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import decimal_text, short_text

FAN_TOP, FAN_HEIGHT = 18, 262
FAN_BOTTOM = FAN_HEIGHT - 24
_LEFT, _RIGHT = Fraction(2), Fraction(98)
_NAMED = 18  # a zone at least so high bears its name


@dataclass(frozen=True, slots=True, kw_only=True)
class FanPoint:
    """The measure at the end of a period that is over; `is_unusual` is ringed."""

    as_of: date
    label: str  # "Dec"
    full_label: str  # "Dec 2017"
    value: Number
    is_unusual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FanStep:
    """The forecast of one period's end."""

    as_of: date
    label: str
    full_label: str
    middle: Number
    low_80: Number
    high_80: Number
    low_95: Number
    high_95: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class FanChart:
    """At least one point; `steps` may be empty. Across by days, so that a due day stands where it lies.

    The scale is its own, `scale_note` says where it starts. `floor` and `top` are where the measure ends, if it does.
    """

    template: ClassVar[str] = "drawing"
    measure: str
    points: tuple[FanPoint, ...]
    steps: tuple[FanStep, ...] = ()
    bands: Bands | None = None
    target: TrendTarget | None = None
    due_on: date | None = None
    due_label: str = ""
    floor: Number | None = None
    top: Number | None = None
    places: int = 1
    locale: Locale = EN
    axis: Axis = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        values = [point.value for point in self.points]
        values += [end for step in self.steps for end in (step.low_95, step.high_95)]
        values += [self.target.value] if self.target else []
        axis = line_axis(values, least_span=10 if self.bands else 1, floor_at=self.floor, ceiling_at=self.top)
        object.__setattr__(self, "axis", axis)

    @property
    def scale_note(self) -> str:
        """Where the scale starts, in words; empty where it starts at 0."""
        low = self.axis.low
        return _("Scale starts at {n}.").format(n=short_text(low, locale=self.locale)) if low else ""

    def x(self, day: date) -> Fraction:
        """Per cent across, by days."""
        first, last = self.ends
        return _LEFT + (_RIGHT - _LEFT) * Fraction((day - first).days, max((last - first).days, 1))

    @property
    def ends(self) -> tuple[date, date]:
        """The first and the last day drawn."""
        days = [*(point.as_of for point in self.points), *(step.as_of for step in self.steps)]
        return min(days), max([*days, *([self.due_on] if self.due_on and self.steps else [])])

    def y(self, value: Number) -> Fraction:
        """Pixels down."""
        return FAN_TOP + (1 - self.axis.share(value)) * (FAN_BOTTOM - FAN_TOP)

    def text(self, value: Number) -> str:
        return decimal_text(value, places=self.places, locale=self.locale)

    def draw(self) -> Drawing:
        zones, target = tuple(_zones(self)), tuple(_target(self))
        words = [mark for mark in (*zones, *target) if isinstance(mark, Text)]
        due = tuple(_due(self, words))
        marks: tuple[Mark, ...] = (
            *zones,
            *_grid(self, [*words, *(mark for mark in due if isinstance(mark, Text))]),
            *target,
            *due,
            Plot(y=FAN_TOP, height=FAN_BOTTOM - FAN_TOP, shapes=tuple(_shapes(self))),
            *_dots(self),
            *thinned(self._marks()),
        )
        return Drawing(css="chart plot", height=FAN_HEIGHT, label=self.label(), marks=marks)

    def _marks(self) -> Iterator[Text]:
        known = [(point.as_of, point.label) for point in self.points]
        for day, label in [*known, *((step.as_of, step.label) for step in self.steps)]:
            yield Text(text=label, x=self.x(day), y=FAN_HEIGHT - 6, anchor="middle")

    def label(self) -> str:
        """The chart in words: the last known value and the last step of the forecast."""
        last = self.points[-1]
        said = [
            _("Line chart: {measure} {value} in {period}.").format(
                measure=self.measure, value=self.text(last.value), period=last.full_label
            )
        ]
        if self.steps:
            end = self.steps[-1]
            text = _(
                "Forecast for {period}: {middle}, 80 % interval {low_80} to {high_80}, 95 % {low_95} to {high_95}."
            )
            names = ("middle", "low_80", "high_80", "low_95", "high_95")
            said.append(text.format(period=end.full_label, **{name: self.text(getattr(end, name)) for name in names}))
        said += [f"{self.target.label}."] if self.target else []
        return " ".join(said)

    def table(self) -> ChartTable:
        header = (_("Period"), self.measure, _("State"), _("80 % from"), _("80 % to"), _("95 % from"), _("95 % to"))
        states = {True: _("unusual"), False: _("known")}
        known = [
            (one.full_label, rounded(one.value, places=2), states[one.is_unusual], None, None, None, None)
            for one in self.points
        ]
        return ChartTable(header=header, rows=(*known, *(_row(one) for one in self.steps)))


def _row(one: FanStep) -> tuple[Cell, ...]:
    middle, *ends = (
        rounded(value, places=2) for value in (one.middle, one.low_80, one.high_80, one.low_95, one.high_95)
    )
    return one.full_label, middle, _("forecast"), *ends


def _zones(chart: FanChart) -> Iterator[Mark]:
    if chart.bands is None:
        return
    for code, low, high in reversed(band_zones(bands=chart.bands)):
        start, end = max(exact(low), chart.axis.low), min(exact(high), chart.axis.high)
        if end > start:
            top, height = chart.y(end), chart.y(start) - chart.y(end)
            yield Rect(css=f"z-{code}", width=100, y=top, height=height)
            if height >= _NAMED:
                yield Text(css=f"t-{code}", text=chart.bands.name(code), x=0, dx=4, y=top + 14)


def _grid(chart: FanChart, taken: Sequence[Text]) -> Iterator[Mark]:
    for tick in chart.axis.ticks():
        y = chart.y(tick)
        yield Line(css="axis", x1=0, x2=100, y1=y, y2=y)
        label = Text(text=short_text(tick, locale=chart.locale), x=100, y=y - 4, anchor="end")
        if not touches_any(label, taken):
            yield label


def _target(chart: FanChart) -> Iterator[Mark]:
    if chart.target is not None:
        y = chart.y(chart.target.value)
        yield Line(css="target target-dash", x1=0, x2=100, y1=y, y2=y)
        yield Text(css="key", text=chart.target.label, x=100, y=y - 5, anchor="end")


def _due(chart: FanChart, taken: Sequence[Text]) -> Iterator[Mark]:
    """The due day as a line down, where it lies within the drawing; its words give way to others."""
    if chart.due_on is None or not chart.ends[0] <= chart.due_on <= chart.ends[1]:
        return
    x, bottom = chart.x(chart.due_on), FAN_BOTTOM
    yield Line(css="note-line", x1=x, x2=x, y1=FAN_TOP, y2=bottom)
    label = Text(text=chart.due_label, x=x, y=bottom - 4, anchor="middle")
    if not fits(label):
        label = replace(label, x=100, anchor="end")
    places = (bottom - 4 - up * LINE for up in range((bottom - FAN_TOP) // LINE))
    free = (replace(label, y=y) for y in places if not touches_any(replace(label, y=y), taken))
    yield from islice(free, 1)


def _shapes(chart: FanChart) -> Iterator[Shape]:
    """Both intervals from the last known value on, the wider one first; the known line, then the middle, dashed."""
    last = chart.points[-1]

    def at(day: date, value: Number) -> tuple[Fraction, Fraction]:
        return chart.x(day), (1 - chart.axis.share(value)) * 100

    start = at(last.as_of, last.value)
    if chart.steps:
        for low, high in (("low_95", "high_95"), ("low_80", "high_80")):
            upper = [at(step.as_of, getattr(step, high)) for step in chart.steps]
            lower = [at(step.as_of, getattr(step, low)) for step in reversed(chart.steps)]
            yield Shape("ci", (start, *upper, *lower), closed=True)
    if len(chart.points) > 1:
        yield Shape("ln", tuple(at(point.as_of, point.value) for point in chart.points))
    if chart.steps:
        yield Shape("ln ln-open", (start, *(at(step.as_of, step.middle) for step in chart.steps)))


def _dots(chart: FanChart) -> Iterator[Mark]:
    for point in chart.points:
        title = f"{point.full_label}: {chart.text(point.value)}"
        css, r = ("dot-open", "5") if point.is_unusual else ("dot", "2")
        yield Dot(css=css, cx=chart.x(point.as_of), cy=chart.y(point.value), r=r, title=title)
