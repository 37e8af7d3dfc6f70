"""Companions as they are printed: each measure's number, interval and change."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from engagement.companions.currencies import decimals_of
from engagement.companions.measures import MEASURES, Measure, Unit
from engagement.companions.types import CompanionFigures
from engagement.look.exact import Number, exact
from engagement.look.locales import Locale
from engagement.look.numbers import decimal_text, delta_text, share_text

_PER_CENT: Final = 100
_SHARES: Final = frozenset({Unit.SHARE, Unit.TIMES})


def value_text(value: Number | None, *, measure: Measure, currency: str, locale: Locale) -> str:
    """An NPS with one decimal, a share in per cent, money with its currency."""
    if value is None:
        return locale.none
    if measure.unit in _SHARES:
        return share_text(value, locale=locale)
    if measure.unit is Unit.MONEY:
        return f"{decimal_text(value, places=decimals_of(currency), locale=locale)} {currency}"
    return decimal_text(value, places=1, locale=locale)


def interval_text(figures: CompanionFigures, *, currency: str, locale: Locale) -> str:
    """From one end to the other, an estimate, as many decimals as the number."""
    if figures.low is None or figures.high is None:
        return locale.none
    measure = MEASURES[figures.measure]
    places = decimals_of(currency) if measure.unit is Unit.MONEY else 1
    scale = _PER_CENT if measure.unit in _SHARES else 1
    low, high = (
        decimal_text(estimated(end * scale), places=places, locale=locale) for end in (figures.low, figures.high)
    )
    text = _("{low} to {high}").format(low=low, high=high)
    return locale.percent.format(text) if measure.unit in _SHARES else text


def change_text(figures: CompanionFigures, *, currency: str, locale: Locale) -> str:
    """The signed difference, of a share in hundredths; "unchanged" where it may well be chance."""
    if figures.change is None:
        return locale.none
    if figures.is_unchanged:
        return locale.unchanged
    measure = MEASURES[figures.measure]
    places = decimals_of(currency) if measure.unit is Unit.MONEY else 1
    return delta_text(scaled(figures.change, measure=measure), places=places, locale=locale)


def scaled(value: Fraction, *, measure: Measure) -> Fraction:
    """As it stands on a scale: a share in hundredths."""
    return value * _PER_CENT if measure.unit in _SHARES else value


def estimated(value: float) -> Decimal:
    """An end of an interval as a number that can be printed."""
    return Decimal(repr(round(value, 6)))


def ends_of(figures: CompanionFigures) -> tuple[Fraction, Fraction] | None:
    """The ends of the interval on the scale of a chart."""
    if figures.low is None or figures.high is None:
        return None
    low, high = (exact(estimated(end)) for end in (figures.low, figures.high))
    return scaled(low, measure=MEASURES[figures.measure]), scaled(high, measure=MEASURES[figures.measure])
