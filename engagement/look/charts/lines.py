"""Plain lines: a customer's points per month, the spark of a table row, and the small scale of a portfolio row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from typing import ClassVar

from django.utils.translation import gettext as _

from engagement.look.bands import DEFAULT_BANDS, GOOD, Bands
from engagement.look.charts.axis import Axis, zero_axis
from engagement.look.charts.marks import Dot, Drawing, Line, Mark, Plot, Rect, Shape, Text
from engagement.look.charts.room import EDGE, LINE, fits, thinned, touch, touches_any
from engagement.look.charts.scale import zones
from engagement.look.charts.table import ChartTable
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import points_text, score_text, short_text

LINE_TOP, LINE_BOTTOM = 14, 146


@dataclass(frozen=True, slots=True)
class LinePoint:
    label: str  # "Mar"
    full_label: str  # "Mar 2017"
    value: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlain:
    """Points at the end of each month, oldest first, on a scale from 0; `reference` is full points, dashed."""

    template: ClassVar[str] = "drawing"
    measure: str  # "Points at the end of each month"
    points: tuple[LinePoint, ...]
    reference: Number | None = None
    reference_label: str = field(default_factory=lambda: _("Full points"))
    locale: Locale = EN
    axis: Axis = field(init=False, repr=False, compare=False)  # found once: every place in the drawing asks for it

    def __post_init__(self) -> None:
        object.__setattr__(self, "axis", self._axis())

    def _axis(self) -> Axis:
        values = [point.value for point in self.points if point.value is not None]
        return zero_axis([*values, *([] if self.reference is None else [self.reference])])

    def x(self, index: int) -> Fraction:
        return Fraction(3) + Fraction(94 * index, len(self.points) - 1) if len(self.points) > 1 else Fraction(50)

    def y(self, value: Number) -> Fraction:
        return LINE_TOP + (1 - self.axis.share(value)) * (LINE_BOTTOM - LINE_TOP)

    def draw(self) -> Drawing:
        """The line with its highest and its last value in figures."""
        reference = tuple(self._reference())
        keys = tuple(self._keys(tuple(mark for mark in reference if isinstance(mark, Text))))
        known = [(self.x(index), point) for index, point in enumerate(self.points) if point.value is not None]
        return Drawing(
            css="chart",
            height=170,
            label=self.label(),
            marks=(
                *self._grid(),
                *reference,
                Plot(y=LINE_TOP, height=LINE_BOTTOM - LINE_TOP, shapes=tuple(self._shapes())),
                *(
                    Dot(css="dot", cx=x, cy=self.y(point.value or 0), r="2.5", title=self.said(point))
                    for x, point in known
                ),
                *keys,
                *thinned(
                    Text(text=point.label, x=self.x(index), y=164, anchor="middle")
                    for index, point in enumerate(self.points)
                ),
            ),
        )

    def said(self, point: LinePoint) -> str:
        return f"{point.full_label}: {points_text(point.value, locale=self.locale)}"

    def _grid(self) -> Iterator[Mark]:
        for tick in self.axis.ticks():
            y = self.y(tick)
            yield Line(css="axis-0" if tick == 0 else "axis", x1=0, x2=100, y1=y, y2=y)
            if tick:
                yield Text(text=short_text(tick, locale=self.locale), x=0, y=y - 4)

    def _reference(self) -> Iterator[Mark]:
        if self.reference is not None:
            y = self.y(self.reference)
            words = f"{self.reference_label} {short_text(self.reference, locale=self.locale)}"
            yield Line(css="target target-dash", x1=0, x2=100, y1=y, y2=y)
            yield Text(css="key", text=words, x=100, y=y - 5, anchor="end")

    def runs(self) -> Iterator[tuple[tuple[int, LinePoint], ...]]:
        """The stretches between gaps that are long enough for a line."""
        for gap, points in groupby(enumerate(self.points), key=lambda pair: pair[1].value is None):
            run = tuple(points)
            if not gap and len(run) > 1:
                yield run

    def _shapes(self) -> Iterator[Shape]:
        for run in self.runs():
            yield Shape(
                "ln", tuple((self.x(index), (1 - self.axis.share(point.value or 0)) * 100) for index, point in run)
            )

    def _keys(self, taken: tuple[Text, ...]) -> Iterator[Text]:
        """The last value below its dot, the highest above; both move or give way rather than touch."""
        known = [(index, exact(point.value)) for index, point in enumerate(self.points) if point.value is not None]
        if not known:
            return
        index, value = known[-1]
        highest = max(known, key=lambda pair: pair[1])
        below, above = (self._key(index, value, down=down) for down in (18, -9))
        places = [above] if highest == known[-1] else [below, above]
        places += [replace(above, y=exact(words.y) - LINE - 1) for words in taken] + [replace(above, y=LINE_BOTTOM - 4)]
        last = next(
            (key for key in places if not touches_any(key, taken) and 0 < exact(key.y) < LINE_BOTTOM - 3), above
        )
        yield last
        if highest != known[-1]:
            top = self._key(*highest, down=-9)
            if not touch(top, last) and not touches_any(top, taken):
                yield top

    def _key(self, index: int, value: Fraction, *, down: int) -> Text:
        words = points_text(value, locale=self.locale)
        text = Text(css="key", text=words, x=self.x(index), y=self.y(value) + down, anchor="middle")
        if fits(text, edge=EDGE):
            return text
        return (
            replace(text, x=100, anchor="end")
            if text.x == self.x(len(self.points) - 1)
            else replace(text, x=0, anchor="start")
        )

    def label(self) -> str:
        said = "; ".join(self.said(point) for point in self.points)
        reference = (
            f" {self.reference_label} {short_text(self.reference, locale=self.locale)}."
            if self.reference is not None
            else ""
        )
        points = said or _("none")
        return f"{self.measure}: {points}.{reference}"

    def table(self) -> ChartTable:
        rows = tuple(
            (point.full_label, None if point.value is None else rounded(point.value, places=2)) for point in self.points
        )
        return ChartTable(header=(_("Period"), self.measure), rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """A row's scores over time on the column's shared axis, with the Good zone behind; None leaves a gap."""

    template: ClassVar[str] = "drawing"
    name: str  # whose scores: "19–24"
    period: str  # "March to December 2017"
    values: tuple[Number | None, ...]
    axis: Axis
    bands: Bands = DEFAULT_BANDS
    is_missing_data: bool = False
    said: str = ""  # of what is no score: the text alternative, and no zone is drawn
    locale: Locale = EN

    def draw(self) -> Drawing:
        marks: list[Mark] = [] if self.said else [*self._zone()]
        last = len(self.values) - 1
        css = "ln ln-thin ln-missing" if self.is_missing_data else "ln ln-thin"
        shapes = []
        for gap, run in groupby(enumerate(self.values), key=lambda pair: pair[1] is None):
            points = tuple((Fraction(100 * index, max(last, 1)), self._down(value or 0)) for index, value in run)
            if not gap and len(points) > 1:
                shapes.append(Shape(css, points))
        marks += [Plot(shapes=tuple(shapes))] if shapes else []
        if self.values and self.values[-1] is not None:
            marks.append(Dot(css="dot halo", cx=100, cy=self._down(self.values[-1]), r="3", down="%"))
        return Drawing(css="spark", label=self.label(), marks=tuple(marks))

    def _down(self, value: Number) -> Fraction:
        return (1 - self.axis.share(value)) * 100

    def _zone(self) -> Iterator[Mark]:
        _code, low, high = next(zone for zone in zones(bands=self.bands) if zone[0] == GOOD)
        top, bottom = max(self._down(high), Fraction(0)), min(self._down(low), Fraction(100))
        if bottom > top:
            yield Rect(css="z-good", width=100, y=top, height=bottom - top, down="%")

    def label(self) -> str:
        if self.said:
            return self.said
        known = [value for value in self.values if value is not None]
        if not known:
            return _("Score of {name}, {period}: none").format(name=self.name, period=self.period)
        first, last = (
            score_text(value, places=1, bands=self.bands, locale=self.locale) for value in (known[0], known[-1])
        )
        said = _("Score of {name}, {period}: from {first} to {last}")
        return said.format(name=self.name, period=self.period, first=first, last=last)

    def table(self) -> ChartTable:
        rows = tuple(
            (index, None if value is None else rounded(value, places=2)) for index, value in enumerate(self.values, 1)
        )
        return ChartTable(header=(_("Period"), self.name), rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mini:
    """The scale of one row: score with its interval and target on 0–100, no words but the text alternative."""

    template: ClassVar[str] = "drawing"
    score: Number
    banded: bool = True
    half_width_95: Number | None = None
    target: Number | None = None
    bands: Bands = DEFAULT_BANDS
    locale: Locale = EN

    def _interval(self) -> tuple[Fraction, Fraction] | None:
        if not self.half_width_95:
            return None
        score, half = exact(self.score), exact(self.half_width_95)
        return max(score - half, Fraction(0)), min(score + half, Fraction(100))

    def draw(self) -> Drawing:
        marks: list[Mark] = [
            Rect(css=f"z-{code}", x=low, width=exact(high) - exact(low), y=5, height=10)
            for code, low, high in zones(bands=self.bands)
        ]
        band = self.bands.code(self.score) if self.banded else None
        interval = self._interval()
        if interval:
            css = f"whisker {f'k-{band}' if band else 'axis-0'}"
            marks.append(Line(css=css, x1=interval[0], x2=interval[1], y1=10, y2=10))
        marks.append(Dot(css=f"{f'f-{band}' if band else 'dot'} halo", cx=self.score, cy=10, r="5"))
        if self.target is not None:
            marks.append(Line(css="target", x1=self.target, x2=self.target, y1=1, y2=19))
        return Drawing(css="mini", label=self.label(), marks=tuple(marks))

    def label(self) -> str:
        score = score_text(self.score, places=1, bands=self.bands, locale=self.locale)
        parts = [_("Score {n}").format(n=score)]
        interval = self._interval()
        if interval:
            low, high = (short_text(rounded(end, places=1), most=1, locale=self.locale) for end in interval)
            parts.append(_("interval {low} to {high}").format(low=low, high=high))
        if self.target is not None:
            parts.append(_("target {n}").format(n=short_text(self.target, locale=self.locale)))
        return ", ".join(parts)

    def table(self) -> ChartTable:
        low, high = self._interval() or (None, None)
        cells = [None if value is None else rounded(value, places=2) for value in (self.score, low, high, self.target)]
        header = (_("Score"), _("95 % from"), _("95 % to"), _("Target"))
        return ChartTable(header=header, rows=(tuple(cells),))
