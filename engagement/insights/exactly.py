"""Exact fractions as decimals: without loss where there is one; chances in whole per cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from engagement.look.exact import Number, exact, from_units, rounded

PLACES = 6
# The finest unit that sums are kept in: thousandths of a point times a half-life's millionths.
_FINEST = 9


def exact_decimal(value: Number) -> Decimal:
    """A sum as a decimal without loss; a fraction that has no end within nine decimals is rounded to six.

    Example: exact_decimal(Fraction(199966)) == Decimal("199966"); exact_decimal(Fraction(1, 8)) == Decimal("0.125").
    """
    number = exact(value)
    for places in range(_FINEST + 1):
        scaled: Fraction = number * 10**places
        if scaled.denominator == 1:
            return from_units(scaled.numerator, places=places)
    return rounded(number, places=PLACES)


def whole_percent(chance: Number) -> int:
    """A chance 0…1 in whole per cent, never 0 or 100 outright: it is approximate. 1 stands for 1 or less, 99 for more.

    Example: whole_percent(Decimal("0.2542")) == 25; whole_percent(0) == 1.
    """
    return min(max(int(rounded(exact(chance) * 100, places=0)), 1), 99)
