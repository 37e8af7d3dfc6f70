"""Where a segment's points come from: by action and by channel, in parts that add up as printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.terms import Terms
from engagement.insights.types import (
    Figures,
)
from engagement.look.exact import round_parts
from engagement.look.numbers import (
    count_text,
    per_customer_text,
    share_text,
    short_text,
)
from engagement.scorecards.present.score import (
    printed_parts,
    total_text,
)
from engagement.scorecards.words.parts import weights_differ
from engagement.scoring.models import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """An action's or a channel's part of the points."""

    name: str
    channel: str
    weight: str
    occurrences: str
    customers: str
    points: str
    per_customer: str
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTable:
    """Parts that add up as printed to the points, the points per customer and 100 %."""

    lines: tuple[PartLine, ...]
    total: PartLine


def _shares(values: Sequence[Fraction], total: Fraction, terms: Terms) -> tuple[str, ...]:
    """Shares that add up to 100.0 % as printed; "–" where negative weights or no points make shares meaningless."""
    if total <= 0 or any(value < 0 for value in values):
        return (terms.locale.none,) * len(values)
    parts = round_parts([value * 100 / total for value in values], places=1, total=100)
    return tuple(share_text(part / 100, locale=terms.locale) for part in parts)


def action_table(*, figures: Figures, terms: Terms) -> PartTable | None:
    """Points by action: they add up to the segment's points and points per customer. None without a number."""
    if figures.points_per_customer is None or not figures.actions:
        return None
    points = printed_parts(actions=figures.actions, total=figures.total_points)
    each = [action.points_per_customer or Fraction(0) for action in figures.actions]
    per_customer = round_parts(each, places=2, total=figures.points_per_customer)
    shares = _shares([action.points for action in figures.actions], figures.total_points, terms)
    lines = tuple(
        PartLine(
            name=_action_name(figures, at),
            channel=str(Channel(action.channel).label),
            weight=_("several")  # times one weight would not give the points
            if weights_differ(figures=figures, at=at)
            else short_text(action.weight, most=3, locale=terms.locale),
            occurrences=total_text(action.occurrences, terms),
            customers=count_text(action.customers, locale=terms.locale),
            points=terms.text(point),
            per_customer=terms.text(one),
            share=share,
        )
        for at, (action, point, one, share) in enumerate(
            zip(figures.actions, points, per_customer, shares, strict=True)
        )
    )
    return PartTable(lines=lines, total=_total_line(figures, lines, terms))


def _action_name(figures: Figures, at: int) -> str:
    action = figures.actions[at]
    if action.cap is None or weights_differ(figures=figures, at=at):
        return action.name
    return _("{action}, at most {cap} a customer").format(action=action.name, cap=action.cap)


def _total_line(figures: Figures, lines: Sequence[PartLine], terms: Terms) -> PartLine:
    has_shares = bool(lines) and lines[0].share != terms.locale.none
    return PartLine(
        name=_("All actions"),
        channel="",
        weight="",
        occurrences=total_text(figures.total_occurrences, terms),
        customers=count_text(figures.n_active, locale=terms.locale),
        points=total_text(figures.total_points, terms),
        per_customer=per_customer_text(figures.points_per_customer, locale=terms.locale),
        share=share_text(1, locale=terms.locale) if has_shares else terms.locale.none,
    )


def channel_table(*, figures: Figures, terms: Terms) -> PartTable | None:
    """Points by channel, with the same totals; None without a number or with one channel only."""
    codes = [code for code in Channel.values if any(action.channel == code for action in figures.actions)]
    if figures.points_per_customer is None or len(codes) < 2:  # noqa: PLR2004  one channel is the total
        return None
    sums = {
        code: sum((action.points for action in figures.actions if action.channel == code), Fraction(0))
        for code in codes
    }
    values = [sums[code] for code in codes]
    places = 0 if all(action.points % 1 == 0 for action in figures.actions) else 2
    points = round_parts(values, places=places, total=figures.total_points)
    per_customer = round_parts([value / figures.n for value in values], places=2, total=figures.points_per_customer)
    shares = _shares(values, figures.total_points, terms)
    lines = tuple(
        PartLine(
            name=str(Channel(code).label),
            channel="",
            weight="",
            occurrences=total_text(_occurrences(figures, code), terms),
            customers="",
            points=terms.text(point),
            per_customer=terms.text(one),
            share=share,
        )
        for code, point, one, share in zip(codes, points, per_customer, shares, strict=True)
    )
    return PartTable(lines=lines, total=_total_line(figures, lines, terms))


def _occurrences(figures: Figures, channel: str) -> Fraction:
    return sum((action.occurrences for action in figures.actions if action.channel == channel), Fraction(0))
