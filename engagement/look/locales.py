"""How numbers and days are written in a language. English stands; a further language is one more Locale."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """Signs, names and the few fixed words of one language."""

    language: str
    decimal: str
    group: str
    minus: str
    percent: str  # "{} %"
    none: str
    unchanged: str
    of: str  # "{part} of {whole}"
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    weekdays: tuple[str, ...]  # Monday first
    minute: str  # "{} min"
    hour: str
    day: str
    days: str
    under_a_minute: str


EN = Locale(
    language="en",
    decimal=".",
    group=",",
    minus="−",
    percent="{} %",
    none="–",
    unchanged="unchanged",
    of="{part} of {whole}",
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    months_short=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    minute="{} min",
    hour="{} h",
    day="{} day",
    days="{} days",
    under_a_minute="under 1 min",
)  # fmt: skip

LOCALES = {EN.language: EN}


def locale_for(language: str | None) -> Locale:
    """The locale of a language code such as "en" or "en-gb"; English where there is none yet."""
    return LOCALES.get((language or "").lower().partition("-")[0], EN)
