"""Points per customer by channel: adding up as printed, with the shades of a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.terms import Terms
from engagement.insights.types import Figures
from engagement.look.exact import round_parts, rounded
from engagement.look.numbers import per_customer_text
from engagement.scoring.models import Channel

SHADES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """A quantity with its shade, 0 to 4 within its column; no shade where there is no number."""

    text: str
    shade: int | None
    value: Decimal | None = None  # as printed


def channel_codes(total: Figures) -> tuple[str, ...]:
    """The channels that points come from, in the order of the word list; none where one alone would repeat the sum."""
    by_channel = total.channels()
    codes = tuple(code for code in Channel.values if by_channel.get(code))
    return codes if len(codes) > 1 else ()


def heat_heading(total: Figures, terms: Terms) -> str:
    """Which channel gives most: "Purchase gives most: 77.21 of 80.99 points per customer"."""
    by_channel = total.channels()
    if total.points_per_customer is None or not by_channel:
        return _("Points per customer by channel")
    code, value = max(by_channel.items(), key=lambda pair: pair[1])
    part, whole = (per_customer_text(one, locale=terms.locale) for one in (value, total.points_per_customer))
    said = _("{channel} gives most: {part} of {whole} points per customer")
    return said.format(channel=Channel(code).label, part=part, whole=whole)


def _by_channel(figures: Figures, codes: tuple[str, ...]) -> tuple[Fraction, ...]:
    found = figures.channels()
    return tuple(found.get(code, Fraction(0)) for code in codes)


def channel_texts(figures: Figures, codes: tuple[str, ...], terms: Terms) -> tuple[str, ...]:
    """Points per customer by channel, adding up as printed to the segment's; "–" where there is no number."""
    printed = channel_values(figures, codes)
    return tuple(terms.locale.none if value is None else terms.text(value) for value in printed)


def channel_values(figures: Figures, codes: tuple[str, ...]) -> tuple[Decimal | None, ...]:
    """The same as numbers with two decimals."""
    if figures.points_per_customer is None:
        return (None,) * len(codes)
    values = _by_channel(figures, codes)
    whole = sum(values, Fraction(0)) == figures.points_per_customer
    return round_parts(values, places=2, total=figures.points_per_customer if whole else None)


def heat_cells(rows: Sequence[Figures], codes: tuple[str, ...], terms: Terms) -> list[tuple[HeatCell, ...]]:
    values = [_by_channel(row, codes) for row in rows]
    known = [found for row, found in zip(rows, values, strict=True) if row.points_per_customer is not None]
    most = [max((found[at] for found in known), default=Fraction(0)) for at in range(len(codes))]
    return [
        tuple(
            HeatCell(
                text=terms.locale.none if printed is None else terms.text(printed),
                shade=None if row.points_per_customer is None else shade(value=value, most=top),
                value=printed,
            )
            for printed, value, top in zip(channel_values(row, codes), found, most, strict=True)
        )
        for row, found in zip(rows, values, strict=True)
    ]


def two_places(value: Fraction | None) -> Decimal | None:
    return None if value is None else rounded(value, places=2)


def shade(*, value: Fraction, most: Fraction) -> int:
    """Fifths of the largest value of the column: ⌊5·value ÷ most⌋, from 0 to 4; nothing and less is 0.

    Example: shade(value=Fraction(3), most=Fraction(4)) == 3.
    """
    if value <= 0 or most <= 0:
        return 0
    return min(SHADES * value // most, SHADES - 1)
