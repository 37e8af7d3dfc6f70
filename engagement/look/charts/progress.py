"""The way to a target on one scale: where it began, where it is, where the recent pace leads, and the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from engagement.look.charts.axis import Axis, line_axis
from engagement.look.charts.marks import Anchor, Dot, Drawing, Line, Mark, Text
from engagement.look.charts.room import EDGE, fits, yielding
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import plus_minus_text, short_text

_MIDDLE, _FIRST_ROW, _ROW = 34, 62, 17


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressChart:
    """Values of one measure on a scale of its own; without a start or a projection these marks are left out.

    `half_width_95` is of the projected value. `floor` and `ceiling` are where the measure ends, `least_span` is what
    the scale covers at least, so that a small step is not drawn as a large one. `unit` follows a number: " %".
    """

    template: ClassVar[str] = "drawing"
    target: Number
    now: Number
    now_label: str = field(default_factory=lambda: _("Now"))
    start: Number | None = None
    start_label: str = field(default_factory=lambda: _("Start"))
    projected: Number | None = None
    projected_label: str = field(default_factory=lambda: _("Due day"))
    half_width_95: Number | None = None
    least_span: Number = 10
    floor: Number | None = 0
    ceiling: Number | None = None
    places: int = 1
    unit: str = ""
    locale: Locale = EN

    @property
    def axis(self) -> Axis:
        ends = self._interval() or ()
        known = [value for value in (self.start, self.projected) if value is not None]
        return line_axis(
            [self.target, self.now, *known, *ends],
            least_span=self.least_span,
            floor_at=self.floor,
            ceiling_at=self.ceiling,
        )

    def _interval(self) -> tuple[Number, Number] | None:
        """The ends of the projected value's interval, not beyond the measure's own."""
        if self.projected is None or not self.half_width_95:
            return None
        low, high = (exact(self.projected) + sign * exact(self.half_width_95) for sign in (-1, 1))
        low = low if self.floor is None else max(low, exact(self.floor))
        return low, high if self.ceiling is None else min(high, exact(self.ceiling))

    def _across(self, value: Number) -> Number:
        return self.axis.share(value) * 100

    def _number(self, value: Number) -> str:
        printed = rounded(value, places=self.places)
        return f"{short_text(printed, most=self.places, locale=self.locale)}{self.unit}"

    def draw(self) -> Drawing:
        """Each label on a row of its own, so that none touches another however near the values are."""
        words = _("Target {n}").format(n=self._target())
        target = _placed(Text(css="key", text=words, x=self._across(self.target), y=12))
        labels = tuple(self._labels())
        return Drawing(
            css="chart",
            height=_FIRST_ROW + _ROW * (len(labels) - 1) + 7,
            label=self.label(),
            marks=(*self._marks(), target, *self._ends(target), *labels),
        )

    def _target(self) -> str:
        return f"{short_text(self.target, most=3, locale=self.locale)}{self.unit}"

    def _marks(self) -> Iterator[Mark]:
        yield Line(css="axis-0", x1=0, x2=100, y1=_MIDDLE, y2=_MIDDLE)
        interval = self._interval()
        if interval:
            low, high = (self._across(end) for end in interval)
            yield Line(css="whisker axis-0", x1=low, x2=high, y1=_MIDDLE, y2=_MIDDLE)
        if self.start is not None:
            across = self._across(self.start)
            yield Line(css="range", x1=across, x2=across, y1=_MIDDLE - 8, y2=_MIDDLE + 8)
        if self.projected is not None:
            yield Dot(css="dot-open", cx=self._across(self.projected), cy=_MIDDLE, r="5")
        yield Dot(css="dot halo", cx=self._across(self.now), cy=_MIDDLE, r="6")
        across = self._across(self.target)
        yield Line(css="target", x1=across, x2=across, y1=_MIDDLE - 16, y2=_MIDDLE + 12)

    def _said(self) -> Iterator[tuple[str, Number, str, str]]:
        """Each value with its sign in the drawing: sign, value, name, text; from the start onward."""
        if self.start is not None:
            yield "╵", self.start, self.start_label, self._number(self.start)
        yield "●", self.now, self.now_label, self._number(self.now)
        if self.projected is not None:
            half = plus_minus_text(self.half_width_95, places=self.places, locale=self.locale)
            spread = f" {half}" if self.half_width_95 else ""
            yield "○", self.projected, self.projected_label, f"{self._number(self.projected)}{spread}"

    def _labels(self) -> Iterator[Text]:
        for row, (sign, value, name, text) in enumerate(self._said()):
            css = "key" if sign == "●" else ""
            y = _FIRST_ROW + row * _ROW
            yield _placed(Text(css=css, text=f"{sign} {name} {text}", x=self._across(value), y=y))

    def _ends(self, target: Text) -> Iterator[Text]:
        """The scale's ends, giving way to the target."""
        axis = self.axis
        ends: tuple[tuple[Number, int, Anchor], ...] = ((axis.low, 0, "start"), (axis.high, 100, "end"))
        for value, across, anchor in ends:
            label = yielding(Text(text=self._number(value), x=across, y=12, anchor=anchor), (target,))
            if label is not None:
                yield label

    def label(self) -> str:
        """The picture in words."""
        said = "; ".join(f"{name} {text}" for _sign, _value, name, text in self._said())
        low, high = (self._number(end) for end in (self.axis.low, self.axis.high))
        whole = _("Target {target}. {list}. On a scale from {low} to {high}.")
        return whole.format(target=self._target(), list=said, low=low, high=high)

    def table(self) -> ChartTable:
        interval = self._interval()
        rows: list[tuple[Cell, ...]] = []
        for sign, value, name, _text in self._said():
            ends = interval if sign == "○" and interval else (None, None)
            rows.append((name, self._cell(value), *(self._cell(end) for end in ends)))
        rows.append((_("Target"), self._cell(self.target), None, None))
        header = (_("Mark"), _("Value{unit}").format(unit=self.unit), _("95 % from"), pgettext("end of a range", "to"))
        return ChartTable(header=header, rows=tuple(rows))

    def _cell(self, value: Number | None) -> Cell:
        return None if value is None else rounded(value, places=2)


def _placed(label: Text) -> Text:
    """A label at its mark, or moved to the nearer edge where it would leave the drawing."""
    for anchor in ("middle", "start", "end"):
        tried = replace(label, anchor=anchor)
        if fits(tried, edge=EDGE):
            return tried
    return replace(label, x=0, anchor="start")
