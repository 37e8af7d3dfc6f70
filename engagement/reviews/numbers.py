"""Exact numbers as the texts in which a review keeps them, and back."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def kept(value: Fraction | Decimal | None) -> str | None:
    """A number as it is kept: "149/2", "75"; None stays None.

    >>> kept(Fraction(149, 2)), kept(Decimal("1.25")), kept(None)
    ('149/2', '1.25', None)
    """
    return None if value is None else str(value)


def fraction(text: str | None) -> Fraction | None:
    """A kept number, exact again.

    >>> fraction("149/2"), fraction("1.25"), fraction("")
    (Fraction(149, 2), Fraction(5, 4), None)
    """
    return Fraction(text) if text else None


def decimal(text: str | None) -> Decimal | None:
    """A kept decimal."""
    return Decimal(text) if text else None
