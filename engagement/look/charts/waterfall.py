"""From one number to another by steps that add up: what each cause gave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final

from engagement.look.charts.marks import Drawing, Line, Mark, Rect, Text
from engagement.look.charts.table import ChartTable
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import decimal_text, delta_text

_ROW: Final = 30
_LEFT, _RIGHT = Fraction(38), Fraction(84)  # where bars may lie; names stand before them, numbers behind


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
        """One row a step, each bar from where the one before ended."""
        moving = [step for step in self.steps if exact(step.value)]
        low, high = self._span(moving)
        marks: list[Mark] = [*self._end(0, self.before_name, self.before, low, high)]
        level = exact(self.before)
        for row, step in enumerate(moving, start=1):
            marks += self._step(row, step, level, low, high)
            level += exact(step.value)
        marks += self._end(len(moving) + 1, self.after_name, self.after, low, high)
        return Drawing(css="chart", height=_ROW * (len(moving) + 2), label=self._label(moving), marks=tuple(marks))

    def _label(self, moving: list[WaterfallStep]) -> str:
        parts = ", ".join(f"{step.name} {self._delta(step.value)}" for step in moving) or "nothing moved it"
        return f"{self.measure}: {self._level(self.before)} to {self._level(self.after)}; {parts}"

    def _span(self, moving: list[WaterfallStep]) -> tuple[Fraction, Fraction]:
        levels = [exact(self.before), exact(self.after)]
        level = levels[0]
        for step in moving:
            level += exact(step.value)
            levels.append(level)
        low, high = min(levels), max(levels)
        room = (high - low) / 10 or Fraction(1)
        return low - room, high + room

    @staticmethod
    def _across(value: Fraction, low: Fraction, high: Fraction) -> Fraction:
        return _LEFT + (value - low) / (high - low) * (_RIGHT - _LEFT)

    def _end(self, row: int, name: str, value: Number, low: Fraction, high: Fraction) -> Iterator[Mark]:
        x, top = self._across(exact(value), low, high), row * _ROW
        yield Text(text=name, x=0, y=top + 19, css="key")
        yield Line(css="axis-0", x1=x, x2=x, y1=top + 6, y2=top + _ROW - 6)
        yield Text(text=self._level(value), x=100, y=top + 19, css="key", anchor="end")

    def _step(self, row: int, step: WaterfallStep, level: Fraction, low: Fraction, high: Fraction) -> Iterator[Mark]:
        top, value = row * _ROW, exact(step.value)
        start, end = sorted((self._across(level, low, high), self._across(level + value, low, high)))
        yield Text(text=step.name, x=0, y=top + 19)
        yield Rect(
            css="bar" if value > 0 else "bar-fall",
            x=start,
            width=max(end - start, Fraction(3, 10)),
            y=top + 8,
            height=_ROW - 16,
            title=f"{step.name}: {self._delta(step.value)}",
        )
        yield Text(text=self._delta(step.value), x=100, y=top + 19, anchor="end")

    def _level(self, value: Number) -> str:
        return decimal_text(value, places=self.places, locale=self.locale)

    def _delta(self, value: Number) -> str:
        return delta_text(value, places=self.places, locale=self.locale)

    def table(self) -> ChartTable:
        ends = [(name, rounded(value, places=self.places)) for name, value in self._ends()]
        steps = [(step.name, rounded(step.value, places=self.places)) for step in self.steps]
        return ChartTable(header=("Cause", self.measure), rows=(ends[0], *steps, ends[1]))

    def _ends(self) -> tuple[tuple[str, Number], tuple[str, Number]]:
        return (self.before_name, self.before), (self.after_name, self.after)
