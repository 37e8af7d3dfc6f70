"""Numbers and days as whoever reads the page writes them: the look layer's, in the language that is on."""

from __future__ import annotations

from datetime import date

from engagement.look import dates, numbers
from engagement.look.bands import DEFAULT_BANDS, Bands
from engagement.look.exact import Number
from engagement.look.locales import spoken


def count_text(value: Number | None) -> str:
    return numbers.count_text(value, locale=spoken())


def decimal_text(value: Number | None, *, places: int) -> str:
    return numbers.decimal_text(value, places=places, locale=spoken())


def delta_text(value: Number | None, *, places: int = 2) -> str:
    return numbers.delta_text(value, places=places, locale=spoken())


def per_customer_text(value: Number | None) -> str:
    return numbers.per_customer_text(value, locale=spoken())


def range_text(low: Number, high: Number) -> str:
    return numbers.range_text(low, high, locale=spoken())


def score_text(value: Number | None, *, places: int = 2, bands: Bands = DEFAULT_BANDS) -> str:
    return numbers.score_text(value, places=places, bands=bands, locale=spoken())


def share_text(share: Number | None) -> str:
    return numbers.share_text(share, locale=spoken())


def short_text(value: Number | None, *, most: int = 2) -> str:
    return numbers.short_text(value, most=most, locale=spoken())


def day_text(day: date | None) -> str:
    return dates.day_text(day, locale=spoken())


def short_date_text(day: date | None) -> str:
    return dates.short_date_text(day, locale=spoken())


def weekday_text(day: date | None) -> str:
    return dates.weekday_text(day, locale=spoken())
