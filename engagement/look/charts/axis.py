"""Scales: where a drawing starts and ends, and the round numbers on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from engagement.look.exact import Number, exact


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with round numbers `step` apart from `low` on."""

    low: Fraction
    high: Fraction
    step: Fraction

    def share(self, value: Number) -> Fraction:
        """How far up a value lies: 0 at low, 1 at high; beyond them for values outside."""
        return (exact(value) - self.low) / (self.high - self.low)

    def ticks(self) -> tuple[Fraction, ...]:
        count = floor((self.high - self.low) / self.step)
        return tuple(self.low + index * self.step for index in range(count + 1))


def round_step(span: Number, *, parts: int) -> Fraction:
    """The smallest of 1, 2, 5 · 10^k that covers `span` in at most `parts` steps; span > 0.

    Example: round_step(11, parts=4) == 5.
    """
    wanted = exact(span) / parts
    power = Fraction(1)
    while power > wanted:
        power /= 10
    while power * 10 <= wanted:
        power *= 10
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted)


def line_axis(
    values: Iterable[Number], *, least_span: Number, floor_at: Number | None = None, ceiling_at: Number | None = None
) -> Axis:
    """A scale of its own for a line: round ends, a tenth of headroom, never magnified beyond `least_span`.

    Raises ValueError when there are no values.
    """
    numbers = [exact(value) for value in values]
    low, high = min(numbers), max(numbers)
    if high - low < exact(least_span):
        centre = (low + high) / 2
        low, high = centre - exact(least_span) / 2, centre + exact(least_span) / 2
    step = round_step(high - low, parts=4)
    start, end = floor(low / step) * step, ceil(high / step) * step
    if end - high < (end - start) / 10:
        end += step
    if floor_at is not None:
        start = max(start, exact(floor_at))
    if ceiling_at is not None:
        end = min(end, exact(ceiling_at))
    return Axis(low=start, high=end, step=step)


def zero_axis(values: Iterable[Number]) -> Axis:
    """A scale from 0, or from below where there are negative values; about a tenth of headroom.

    Example: zero_axis([1029]) runs from 0 to 1,200 in steps of 500.
    """
    numbers = [exact(value) for value in values]
    low, high = min([*numbers, Fraction(0)]), max([*numbers, Fraction(0)])
    if low == high:
        high = Fraction(1)
    step = round_step(high - low, parts=3)
    fine = step / 5
    return Axis(low=floor(low / step) * step, high=ceil(high * Fraction(11, 10) / fine) * fine, step=step)


def shared_axis(series: Iterable[Iterable[Number | None]]) -> Axis:
    """One scale for all sparks of a column, to tens, within 0–100; printed in the column's header.

    Example: shared_axis([[Decimal("54.2")], [Decimal("97.3"), None]]) runs from 50 to 100.
    """
    numbers = [exact(value) for values in series for value in values if value is not None]
    if not numbers:
        return Axis(low=Fraction(0), high=Fraction(100), step=Fraction(10))
    low = max(floor(min(numbers) / 10) * 10, 0)
    high = min(ceil(max(numbers) / 10) * 10, 100)
    if high == low:
        low, high = (low - 10, high) if low > 0 else (low, high + 10)
    return Axis(low=Fraction(low), high=Fraction(high), step=Fraction(10))
