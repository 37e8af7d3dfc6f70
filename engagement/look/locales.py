"""How numbers and days are written in a language; a further language is one more Locale."""

from __future__ import annotations

from dataclasses import dataclass

from engagement.language import _


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
    between: str  # "{low} to {high}", where a dash would be read as a minus
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    months_axis: tuple[str, ...]  # under a chart, where room is short
    weekdays: tuple[str, ...]  # Monday first
    date: str  # "{day} {month} {year}", the month's name in full or in short
    day_month: str  # the same without a year
    weekday_date: str  # "{weekday} {date}"
    days_of_month: str  # "{first}–{date}": two days of one month, the second with month and year
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
    between="{low} to {high}",
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    months_short=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    months_axis=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    date="{day} {month} {year}",
    day_month="{day} {month}",
    weekday_date="{weekday} {date}",
    days_of_month="{first}–{date}",
    minute="{} min",
    hour="{} h",
    day="{} day",
    days="{} days",
    under_a_minute="under 1 min",
)  # fmt: skip

DE = Locale(
    language="de",
    decimal=",",
    group=".",
    minus="−",
    percent="{} %",
    none="–",
    unchanged="unverändert",
    of="{part} von {whole}",
    between="{low} bis {high}",
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
    months_short=("Jan", "Feb", "März", "Apr", "Mai", "Juni", "Juli", "Aug", "Sept", "Okt", "Nov", "Dez"),
    months_axis=("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"),
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    date="{day}. {month} {year}",
    day_month="{day}. {month}",
    weekday_date="{weekday}, {date}",
    days_of_month="{first}.–{date}",
    minute="{} Min.",
    hour="{} Std.",
    day="{} Tag",
    days="{} Tage",
    under_a_minute="unter 1 Min.",
)  # fmt: skip

LOCALES = {locale.language: locale for locale in (EN, DE)}


def locale_for(language: str | None) -> Locale:
    """The locale of a language code such as "en" or "en-gb"; English where there is none yet."""
    return LOCALES.get((language or "").lower().partition("-")[0], EN)


def spoken() -> Locale:
    """The locale of the language that is on: each catalogue says in place of "en" which one it is. Needs no Django."""
    return locale_for(_("en"))
