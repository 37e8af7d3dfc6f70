"""Exact numbers on their way to a page: what is accepted, how it is rounded, how parts add up as printed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

Number = Decimal | Fraction | int

_HALF = Fraction(1, 2)


def exact(value: Number) -> Fraction:
    """The value as a fraction, nothing lost.

    Raises TypeError for anything but int, Decimal and Fraction: a float has already lost the digit that decides a
    band, and a bool is no quantity. Raises ValueError or OverflowError for a Decimal that is not a number.
    Example: exact(Decimal("69.95")) == Fraction(1399, 20).
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | Fraction | int):
        raise TypeError(f"a page prints int, Decimal or Fraction, not {type(value).__name__}")
    return Fraction(value)


def units(value: Number, *, places: int) -> int:
    """The value in whole units of 10^-places, rounded half away from zero, so that +x and −x print alike.

    Formula: sign(x) · ⌊|x| · 10^places + 1/2⌋. Example: units(Decimal("-0.05"), places=1) == -1.
    """
    scaled = exact(value) * Fraction(10) ** places
    size = floor(abs(scaled) + _HALF)
    return -size if scaled < 0 else size


def rounded(value: Number, *, places: int) -> Decimal:
    """The value with exactly that many decimals, rounded half away from zero; never a negative zero.

    Example: rounded(Fraction(2, 3), places=2) == Decimal("0.67").
    """
    return from_units(units(value, places=places), places=places)


def from_units(count: int, *, places: int) -> Decimal:
    """The Decimal count · 10^-places with exactly that many decimals, whatever the context's precision.

    Example: from_units(6893, places=2) == Decimal("68.93").
    """
    digits = tuple(int(digit) for digit in str(abs(count)))
    return Decimal((1 if count < 0 else 0, digits, -places))


def round_parts(values: Sequence[Number], *, places: int, total: Number | None = None) -> tuple[Decimal, ...]:
    """The parts rounded by largest remainder, so that they add up to the total as printed.

    Formula: every part is rounded down to 10^-places; the units still missing to round(total) go one each to the
    largest remainders, ties to the earlier part. A part that needs no rounding is never changed.
    values: any signs, any length; total: their exact sum when not given, else the sum as it is printed elsewhere.
    Raises ValueError when the parts are not parts of the total: more than one unit a part would have to be moved.
    Example: round_parts([Fraction(1, 3)] * 3, places=0, total=1) == (Decimal("1"), Decimal("0"), Decimal("0")).
    """
    scaled = [exact(value) * 10**places for value in values]
    floors = [floor(value) for value in scaled]
    wanted = units(sum(scaled, Fraction(0)) / 10**places if total is None else total, places=places)
    missing = wanted - sum(floors)
    uneven = [index for index, value in enumerate(scaled) if value != floors[index]]
    if not 0 <= missing <= len(uneven):
        raise ValueError("the parts do not add up to the total")
    uneven.sort(key=lambda index: floors[index] - scaled[index])
    for index in uneven[:missing]:
        floors[index] += 1
    return tuple(from_units(count, places=places) for count in floors)


def six_places(value: Number) -> str:
    """A ratio to six decimals, half away from zero, as text.

    Example: six_places(Fraction(2, 3)) == "0.666667".
    """
    return f"{rounded(value, places=6):f}"
