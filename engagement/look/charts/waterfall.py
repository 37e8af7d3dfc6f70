"""From one number to another by steps that add up: what each cause gave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final

from django.utils.translation import gettext as _

from engagement.look.charts.marks import Dot, Drawing, Line, Mark, Rect, Text
from engagement.look.charts.room import NARROW, width_of
from engagement.look.charts.table import ChartTable
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import decimal_text, delta_text

_ROW: Final = 30
_TALL: Final = 40  # of a row whose name has a line of its own above the bar
_BAR: Final = 14
_LEFT, _RIGHT = Fraction(38), Fraction(80)  # where bars may lie; names stand before them, numbers behind


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """One cause and what it gave, with its sign."""

    name: str
    value: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """`before` + Σ steps = `after`; steps that gave nothing are in the table alone.

    `places` decimals are printed of ends and steps: give printed numbers that add up.
    """

    template: ClassVar[str] = "waterfall"
    measure: str
    before_name: str
    after_name: str
    before: Number
    after: Number
    steps: tuple[WaterfallStep, ...]
    places: int = 2
    locale: Locale = EN

    def draw(self) -> Drawing:
        """One row a step, each bar from where the one before ended.

        Where a name has no room before the bars on a phone, names stand above them and bars have the whole width.
        """
        moving = [step for step in self.steps if exact(step.value)]
        plan = _Plan.of(self, moving)
        marks: list[Mark] = [*self._end(plan, 0, self.before_name, self.before)]
        level = exact(self.before)
        for row, step in enumerate(moving, start=1):
            marks += self._step(plan, row, step, level)
            level += exact(step.value)
        marks += self._end(plan, len(moving) + 1, self.after_name, self.after)
        return Drawing(css="chart", height=plan.row * (len(moving) + 2), label=self._label(moving), marks=tuple(marks))

    def _label(self, moving: list[WaterfallStep]) -> str:
        parts = ", ".join(f"{step.name} {self._delta(step.value)}" for step in moving) or _("nothing moved it")
        said = _("{measure}: {before} to {after}; {list}")
        before, after = self._level(self.before), self._level(self.after)
        return said.format(measure=self.measure, before=before, after=after, list=parts)

    def _end(self, plan: _Plan, row: int, name: str, value: Number) -> Iterator[Mark]:
        x, top = plan.across(exact(value)), row * plan.row
        yield Line(css="axis", x1=0, x2=100, y1=top + plan.row, y2=top + plan.row)
        yield Text(text=name, x=0, y=top + plan.words, css="key")
        yield Line(css="axis-0", x1=x, x2=x, y1=top + plan.bar - 2, y2=top + plan.bar + _BAR + 2)
        yield Dot(css="dot", cx=x, cy=top + plan.bar + _BAR // 2, r="4")
        yield Text(text=self._level(value), x=100, y=top + plan.words, css="key", anchor="end")

    def _step(self, plan: _Plan, row: int, step: WaterfallStep, level: Fraction) -> Iterator[Mark]:
        top, value = row * plan.row, exact(step.value)
        start, end = sorted((plan.across(level), plan.across(level + value)))
        yield Line(css="axis", x1=0, x2=100, y1=top + plan.row, y2=top + plan.row)
        yield Text(text=step.name, x=0, y=top + plan.words)
        yield Rect(
            css="bar" if value > 0 else "bar-fall",
            x=start,
            width=max(end - start, Fraction(3, 10)),
            y=top + plan.bar,
            height=_BAR,
            title=f"{step.name}: {self._delta(step.value)}",
        )
        yield Text(text=self._delta(step.value), x=100, y=top + plan.words, anchor="end")

    def _level(self, value: Number) -> str:
        return decimal_text(value, places=self.places, locale=self.locale)

    def _delta(self, value: Number) -> str:
        return delta_text(value, places=self.places, locale=self.locale)

    def table(self) -> ChartTable:
        ends = [(name, rounded(value, places=self.places)) for name, value in self._ends()]
        steps = [(step.name, rounded(step.value, places=self.places)) for step in self.steps]
        return ChartTable(header=(_("Cause"), self.measure), rows=(ends[0], *steps, ends[1]))

    def _ends(self) -> tuple[tuple[str, Number], tuple[str, Number]]:
        return (self.before_name, self.before), (self.after_name, self.after)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where things lie: pixels down within a row, per cent across."""

    row: int
    words: int
    bar: int
    left: Fraction
    right: Fraction
    low: Fraction
    high: Fraction

    @classmethod
    def of(cls, chart: Waterfall, moving: list[WaterfallStep]) -> _Plan:
        levels = [exact(chart.before)]
        for step in moving:
            levels.append(levels[-1] + exact(step.value))
        levels.append(exact(chart.after))
        low, high = min(levels), max(levels)
        room = (high - low) / 20 or Fraction(1)
        names = [Text(text=step.name, x=0, y=0) for step in moving]
        names += [Text(text=name, x=0, y=0, css="key") for name in (chart.before_name, chart.after_name)]
        beside = all(width_of(name) <= NARROW * _LEFT / 100 for name in names)
        if beside:
            return cls(_ROW, 19, 8, _LEFT, _RIGHT, low - room, high + room)
        return cls(_TALL, 15, 21, Fraction(0), Fraction(100), low - room, high + room)

    def across(self, value: Fraction) -> Fraction:
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)
