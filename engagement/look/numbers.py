"""How a number is written on a page: exact values in, text out. None is "–"; a float is refused."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engagement.look.bands import DEFAULT_BANDS, Bands
from engagement.look.exact import Number, exact, from_units, round_parts, rounded, units
from engagement.look.locales import EN, Locale

__all__ = [
    "Change",
    "Number",
    "Share",
    "chance_text",
    "count_text",
    "decimal_text",
    "delta_text",
    "exact",
    "from_units",
    "headline_score_text",
    "per_customer_text",
    "plus_minus_text",
    "points_text",
    "range_text",
    "read_change",
    "round_parts",
    "rounded",
    "score_text",
    "share_text",
    "share_with_base",
    "short_text",
    "units",
]

# A change smaller than this reads "unchanged" whatever its interval: it would print as 0.0 in a headline.
SMALLEST_CHANGE = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it is read: the words, whether they say "unchanged", whether an interval stood behind them."""

    text: str
    is_unchanged: bool
    interval_known: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its base: "94.9 %" and "2,343 of 2,469"."""

    text: str
    base: str


def _digits(count: int, *, places: int, locale: Locale) -> str:
    """A non-negative number of units with thousands grouped."""
    whole, part = divmod(count, 10**places)
    text = f"{whole:,}".replace(",", locale.group)
    return f"{text}{locale.decimal}{part:0{places}d}" if places else text


def decimal_text(value: Number | None, *, places: int, locale: Locale = EN) -> str:
    """Fixed decimals, thousands grouped, a real minus.

    Example: decimal_text(-5, places=1) == "−5.0".
    """
    if value is None:
        return locale.none
    count = units(value, places=places)
    return (locale.minus if count < 0 else "") + _digits(abs(count), places=places, locale=locale)


def short_text(value: Number | None, *, most: int = 2, locale: Locale = EN) -> str:
    """As few decimals as the value has, at most `most`: "75", "72.5". For targets, thresholds and axes."""
    if value is None:
        return locale.none
    places = next((few for few in range(most) if exact(value) * 10**few % 1 == 0), most)
    return decimal_text(value, places=places, locale=locale)


def count_text(value: Number | None, *, locale: Locale = EN) -> str:
    """A count without decimals.

    Example: count_text(2469) == "2,469".
    """
    return decimal_text(value, places=0, locale=locale)


def points_text(value: Number | None, *, locale: Locale = EN) -> str:
    """Points of one customer: no decimals where they are whole; up to two where weights or a half-life made parts."""
    return short_text(value, most=2, locale=locale)


def per_customer_text(value: Number | None, *, locale: Locale = EN) -> str:
    """Points or actions per customer: two decimals.

    Example: per_customer_text(Fraction(200, 60)) == "3.33".
    """
    return decimal_text(value, places=2, locale=locale)


def score_text(value: Number | None, *, places: int = 2, bands: Bands = DEFAULT_BANDS, locale: Locale = EN) -> str:
    """A score with as many decimals as it takes not to contradict its band, at least `places`.

    Range 0–100; None is "–". One decimal in headlines, two in tables, six behind "How is this calculated?".
    It always ends: a value that is not a threshold differs from it at some decimal.
    Example: score_text(Decimal("69.95"), places=1) == "69.95"; score_text(Decimal("69.94"), places=1) == "69.9".
    """
    if value is None:
        return locale.none
    band = bands.code(value)
    while bands.code(rounded(value, places=places)) != band:
        places += 1
    return decimal_text(value, places=places, locale=locale)


def headline_score_text(value: Number | None, *, bands: Bands = DEFAULT_BANDS, locale: Locale = EN) -> str:
    """The big number: one decimal, but "0" and "100" where it is exactly that."""
    if value is not None and exact(value) in (0, 100):
        return count_text(value, locale=locale)
    return score_text(value, places=1, bands=bands, locale=locale)


def delta_text(value: Number | None, *, places: int = 2, locale: Locale = EN) -> str:
    """A difference with its sign: "+0.16", "−5.0"; what rounds to nothing has none: "0.00"."""
    text = decimal_text(value, places=places, locale=locale)
    return f"+{text}" if value is not None and units(value, places=places) > 0 else text


def read_change(value: Number | None, *, half_width_95: Number | None, places: int = 2, locale: Locale = EN) -> Change:
    """A change in words: "unchanged" inside its 95 % interval or under 0.05, else the signed number.

    Formula: unchanged when |value| ≤ half_width_95 or |value| < 0.05. With no interval known the number is printed
    and `interval_known` is False, for the caption to say so. None gives "–", which is not "unchanged".
    Example: read_change(Decimal("0.16"), half_width_95=Decimal("0.55")).text == "unchanged".
    """
    known = half_width_95 is not None
    if value is None:
        return Change(text=locale.none, is_unchanged=False, interval_known=known)
    size = abs(exact(value))
    inside = half_width_95 is not None and size <= exact(half_width_95)
    if inside or size < exact(SMALLEST_CHANGE):
        return Change(text=locale.unchanged, is_unchanged=True, interval_known=known)
    return Change(text=delta_text(value, places=places, locale=locale), is_unchanged=False, interval_known=known)


def share_text(share: Number | None, *, places: int = 1, locale: Locale = EN) -> str:
    """A share from 0 to 1 in per cent.

    Example: share_text(Fraction(2343, 2469)) == "94.9 %".
    """
    if share is None:
        return locale.none
    return locale.percent.format(decimal_text(exact(share) * 100, places=places, locale=locale))


def chance_text(chance: Number, *, locale: Locale = EN) -> str:
    """An approximate chance 0…1 in whole per cent, never 0 % or 100 % outright: "41 %", "< 1 %", "> 99 %"."""
    percent = exact(chance) * 100
    if percent < 1:
        return f"< {locale.percent.format(1)}"
    if percent > 99:  # noqa: PLR2004  the other end
        return f"> {locale.percent.format(99)}"
    return share_text(chance, places=0, locale=locale)


def share_with_base(*, part: int, whole: int, places: int = 1, locale: Locale = EN) -> Share:
    """A share never stands without its base; of nobody there is no share, only "0 of 0"."""
    base = locale.of.format(part=count_text(part, locale=locale), whole=count_text(whole, locale=locale))
    from_whole = exact(part) / whole if whole else None
    return Share(text=share_text(from_whole, places=places, locale=locale), base=base)


def range_text(low: Number, high: Number, *, most: int = 2, locale: Locale = EN) -> str:
    """From one number to another: "19–24"; a negative end is set apart: "−5 to 20"."""
    first, last = (short_text(end, most=most, locale=locale) for end in (low, high))
    return locale.between.format(low=first, high=last) if exact(low) < 0 else f"{first}–{last}"


def plus_minus_text(half_width: Number | None, *, places: int = 1, locale: Locale = EN) -> str:
    """Half of an interval: "± 1.4"; None is "–"."""
    if half_width is None:
        return locale.none
    return f"± {decimal_text(half_width, places=places, locale=locale)}"
