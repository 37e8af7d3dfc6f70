"""How sure a band is, in words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.terms import Terms
from engagement.insights.types import Figures
from engagement.scorecards.doubt import band_doubt

# Up to this chance a band is printed as it is.
_SMALL = Decimal("0.05")
# From this part of the whole chance on, one other band is named instead of "another band".
_MOST = Decimal("0.8")
_MANY = (Fraction(9, 10), Fraction(4, 5), Fraction(3, 4), Fraction(2, 3), Fraction(1, 2), Fraction(2, 5))
_ODDS = (*_MANY, *(Fraction(1, n) for n in range(3, 21)))


def odds_text(*, chance: Decimal) -> str:
    """A chance as the nearest simple odds, which is as exact as it is known.

    Example: odds_text(chance=Decimal("0.24")) == "1 in 4".
    """
    nearest = min(_ODDS, key=lambda odds: abs(odds - Fraction(chance)))
    return _("{part} in {whole}").format(part=nearest.numerator, whole=nearest.denominator)


def doubt_words(*, figures: Figures, terms: Terms) -> str:
    """Example: "1 in 4 that it is Poor"; empty where the band is sure enough, or where there is none."""
    found = band_doubt(figures=figures)
    if found is None or found.chance <= _SMALL:
        return ""
    if found.chance_of_it < _MOST * found.chance:
        return _("{odds} that it is another band").format(odds=odds_text(chance=found.chance))
    odds, band = odds_text(chance=found.chance_of_it), terms.bands.name(found.band)
    return _("{odds} that it is {band}").format(odds=odds, band=band)
