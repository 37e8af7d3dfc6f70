"""Whole minor units of a currency, and back. No database."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

_USUAL: Final = 2
# ISO 4217: the currencies whose smallest unit is not a hundredth.
_DECIMALS: Final = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
         "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip


def decimals_of(currency: str) -> int:
    """How many decimals the currency's amounts have."""
    return _DECIMALS.get(currency, _USUAL)


def minor_units(amount: Decimal, *, currency: str) -> int | None:
    """Whole minor units, None for an amount with parts of one.

    >>> minor_units(Decimal("12.50"), currency="EUR"), minor_units(Decimal("12.505"), currency="EUR")
    (1250, None)
    """
    if not amount.is_finite() or amount.adjusted() > _LARGEST:
        return None
    whole = amount.scaleb(decimals_of(currency))
    return int(whole) if whole == whole.to_integral_value() else None


def major_units(minor: int, *, currency: str) -> Decimal:
    """The amount again.

    >>> major_units(1250, currency="EUR"), major_units(1250, currency="JPY")
    (Decimal('12.50'), Decimal('1250'))
    """
    return Decimal(minor).scaleb(-decimals_of(currency))


def exact_units(minor: int, *, currency: str) -> Fraction:
    """The same as a fraction, for arithmetic."""
    return Fraction(minor, 10 ** decimals_of(currency))


_LARGEST: Final = 18
