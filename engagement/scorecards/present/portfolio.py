"""A firm's clients as they are printed: what waits for somebody first, then everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from engagement.insights.terms import Terms
from engagement.insights.types import Need, PortfolioLine
from engagement.look.charts import Axis, Mini, Spark, shared_axis
from engagement.look.charts.table import ChartTable
from engagement.look.components import Waiting
from engagement.look.dates import short_day_text
from engagement.look.exact import Number, rounded
from engagement.look.numbers import count_text, range_text, score_text
from engagement.scorecards.present.score import BandMark, band_mark, headline_number
from engagement.scorecards.present.segments import ChangeText, change_text
from engagement.scorecards.words import needs as words


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """One client in the table."""

    slug: str
    name: str
    about: str  # "Education · 3,914 customers"
    is_sample: bool
    score: str
    reason: str
    as_of: str
    band: BandMark
    scale: Mini | None
    to_target: str
    change: ChangeText
    weakest: str
    spark: Spark | None
    data: str
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioPage:
    """Everything on the page, in reading order."""

    headline: str
    waiting: tuple[Waiting, ...]
    rows: tuple[ClientRow, ...]
    spark_header: str


def portfolio_page(*, lines: Sequence[PortfolioLine], terms: Mapping[str, Terms], now: datetime) -> PortfolioPage:
    """The page of a firm; `terms` by slug. Ordered by need and name, never by level across different weights."""
    needs = {line.organisation_id: _needs(line, terms[line.slug], now) for line in lines}
    ordered = words.sort_lines(lines=lines, needs=needs)
    months = max((len(line.trend) for line in lines), default=0)
    axis = shared_axis([line.trend for line in lines])
    return PortfolioPage(
        headline=words.headline(clients=len(lines), in_need=sum(bool(found) for found in needs.values())),
        waiting=tuple(
            _waiting(need, terms[need.organisation_slug])
            for need in words.sort_needs(need for found in needs.values() for need in found)
        ),
        rows=tuple(_row(line, terms[line.slug], axis) for line in ordered),
        spark_header=f"{months} months, {range_text(axis.low, axis.high)}" if months else "",
    )


def _needs(line: PortfolioLine, terms: Terms, now: datetime) -> tuple[Need, ...]:
    today = line.sample_today or now.astimezone(terms.zone).date()
    return words.needs_of(line=line, terms=terms, today=today)


def _waiting(need: Need, terms: Terms) -> Waiting:
    slug = need.organisation_slug
    return Waiting(
        who=need.organisation_name,
        who_url=reverse("scorecard", args=[slug]),
        what=need.what,
        why=need.why,
        since=short_day_text(need.since, locale=terms.locale) if need.since else "",
        do=need.do,
        do_url=reverse(need.url_name, args=[slug]),
    )


def _row(line: PortfolioLine, terms: Terms, axis: Axis) -> ClientRow:
    total = line.total
    return ClientRow(
        slug=line.slug,
        name=line.name,
        about=f"{line.industry} · {_customers(line, terms)}",
        is_sample=line.sample_today is not None,
        score=headline_number(figures=total, target=line.target, terms=terms) if total else terms.locale.none,
        reason=(total.reason or "") if total else "no score yet",
        as_of=short_day_text(total.as_of, locale=terms.locale) if total else "",
        band=band_mark(figures=total, terms=terms) if total else BandMark(code=None, name=terms.locale.none),
        scale=_scale(line, terms),
        to_target=_to_target(line, terms),
        change=change_text(change=line.change, terms=terms, places=1),
        weakest=_weakest(line, terms),
        spark=_spark(line, terms, axis),
        data=_data(line.stale_days),
        is_stale=line.stale_days is not None and line.stale_days >= words.STALE_DAYS,
    )


def _customers(line: PortfolioLine, terms: Terms) -> str:
    if line.total is None:
        return "not scored"
    return f"{count_text(line.total.n, locale=terms.locale)} customer{'' if line.total.n == 1 else 's'}"


def _scale(line: PortfolioLine, terms: Terms) -> Mini | None:
    if line.total is None or line.total.score is None:
        return None
    return Mini(
        score=line.total.score,
        banded=line.total.band is not None,
        half_width_95=line.total.half_width_95,
        target=line.target.value if line.target else None,
        bands=terms.bands,
        locale=terms.locale,
    )


def _to_target(line: PortfolioLine, terms: Terms) -> str:
    """The distance as the headline prints it: score less target, one decimal unless that would hide a miss."""
    if line.target is None or line.total is None or line.total.score is None:
        return terms.locale.none
    difference = terms.printed(line.total.score, places=1, target=line.target.value) - line.target.value
    sign = "+" if difference > 0 else ""
    return f"{sign}{terms.text(difference)}"


def _weakest(line: PortfolioLine, terms: Terms) -> str:
    if line.weakest is None:
        return terms.locale.none
    name, score = line.weakest
    return f"{name} {score_text(score, places=1, bands=terms.bands, locale=terms.locale)}"


def _spark(line: PortfolioLine, terms: Terms, axis: Axis) -> Spark | None:
    if sum(value is not None for value in line.trend) < 2:  # noqa: PLR2004  a line needs two
        return None
    months = f"{len(line.trend)} months"
    return Spark(name=line.name, period=months, values=line.trend, axis=axis, bands=terms.bands, locale=terms.locale)


def _data(stale_days: int | None) -> str:
    if stale_days is None:
        return "none yet"
    if stale_days <= 0:
        return "today"
    return "1 day" if stale_days == 1 else f"{stale_days} days"


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────


def _six(value: Number | None) -> Decimal | None:
    return None if value is None else rounded(value, places=6)


def portfolio_table(*, lines: Sequence[PortfolioLine], terms: Mapping[str, Terms], now: datetime) -> ChartTable:
    """The same clients in the same order, for a spreadsheet: scores to six decimals."""
    needs = {line.organisation_id: _needs(line, terms[line.slug], now) for line in lines}
    header = (
        "Client", "Industry", "As of", "Customers", "Score", "95 %", "Band", "Weight set", "Target", "To target",
        "Change", "Compared with", "Lowest segment", "Its score", "Days without events", "Waits",
    )  # fmt: skip
    return ChartTable(
        header=header,
        rows=tuple(
            _cells(line, " ".join(need.what for need in needs[line.organisation_id]))
            for line in words.sort_lines(lines=lines, needs=needs)
        ),
    )


def _cells(line: PortfolioLine, waits: str) -> tuple[str | int | Decimal | None, ...]:
    total, target = line.total, line.target
    weakest, weakest_score = line.weakest or (None, None)
    return (
        line.name,
        line.industry,
        total.as_of.isoformat() if total else None,
        total.n if total else None,
        _six(total.score) if total else None,
        _six(total.half_width_95) if total else None,
        total.band if total else None,
        line.weight_set_number,
        target.value if target else None,
        _six(target.gap) if target else None,
        _six(line.change),
        line.previous_as_of.isoformat() if line.previous_as_of else None,
        weakest,
        _six(weakest_score),
        line.stale_days,
        waits,
    )
