"""A firm's clients as they are printed: what waits for somebody first, then everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.terms import Terms
from engagement.insights.types import Figures, Need, PortfolioLine
from engagement.look.charts import Axis, Mini, Spark, shared_axis
from engagement.look.charts.table import ChartTable
from engagement.look.components import Waiting
from engagement.look.dates import short_date_text, short_day_text
from engagement.look.exact import Number, rounded
from engagement.look.numbers import SMALLEST_CHANGE, count_text, decimal_text, delta_text, range_text, score_text
from engagement.look.sorting import Order
from engagement.scorecards.present.ordering import clients_in_order
from engagement.scorecards.present.score import BandMark, band_mark, headline_number
from engagement.scorecards.present.segments import ChangeText, change_text
from engagement.scorecards.words import needs as words

# Of a client and whether it waits for somebody: whether the table holds it.
Shown = Callable[[PortfolioLine, bool], bool]
Needs = Mapping[int, tuple[Need, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """One client in the table."""

    organisation_id: int
    slug: str
    name: str
    about: str  # "Education · 3,914 customers"
    minder: str  # of the firm; empty for nobody
    is_sample: bool
    score: str
    reason: str
    as_of: str
    band: BandMark
    scale: Mini | None
    to_target: str
    change: ChangeText
    cause: str  # "mostly Design −1.8"; empty where nothing moved or it cannot be split
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
    n_clients: int  # all, whatever is shown
    order: Order | None


def portfolio_page(
    *,
    lines: Sequence[PortfolioLine],
    terms: Mapping[str, Terms],
    needs: Needs,
    shown: Shown | None = None,
    order: Order | None = None,
) -> PortfolioPage:
    """The page of a firm; `terms` by slug. Ordered by need and name, never by level across different weights.

    What waits is everything that does; `shown` says, of a client and whether it waits, which ones the table holds.
    """
    ordered = clients_in_order(words.sort_lines(lines=lines, needs=needs), order=order)
    months = max((len(line.trend) for line in lines), default=0)
    axis = shared_axis([line.trend for line in lines])
    return PortfolioPage(
        headline=words.headline(clients=len(lines), in_need=sum(bool(found) for found in needs.values())),
        waiting=tuple(
            _waiting(need, terms[need.organisation_slug])
            for need in words.sort_needs(need for found in needs.values() for need in found)
        ),
        rows=tuple(
            client_row(line, terms[line.slug], axis)
            for line in ordered
            if shown is None or shown(line, bool(needs[line.organisation_id]))
        ),
        n_clients=len(lines),
        spark_header=spark_header(months, axis),
        order=order,
    )


def spark_header(months: int, axis: Axis) -> str:
    """How many months the small charts show, from where to where; empty where there are none."""
    if not months:
        return ""
    said = ngettext("{n} months, {range}", "{n} months, {range}", months)
    return said.format(n=months, range=range_text(axis.low, axis.high))


def lines_shown(*, lines: Sequence[PortfolioLine], needs: Needs, shown: Shown) -> tuple[PortfolioLine, ...]:
    """The clients that the table holds."""
    return tuple(line for line in lines if shown(line, bool(needs[line.organisation_id])))


def needs_by_client(*, lines: Sequence[PortfolioLine], terms: Mapping[str, Terms], now: datetime) -> Needs:
    """What waits, by organisation: found once for the list, the order and the filter of the table."""
    return {line.organisation_id: _needs(line, terms[line.slug], now) for line in lines}


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


def client_row(line: PortfolioLine, terms: Terms, axis: Axis) -> ClientRow:
    """One client in its own terms; `axis` is the one that its sparkline shares with the others."""
    total = line.total
    return ClientRow(
        organisation_id=line.organisation_id,
        slug=line.slug,
        name=line.name,
        about=f"{line.industry} · {_customers(line, terms)}",
        minder=line.minder,
        is_sample=line.sample_today is not None,
        score=headline_number(figures=total, target=line.target, terms=terms) if total else terms.locale.none,
        reason=(total.reason or "") if total else _("no score yet"),
        as_of=_as_of(total, terms, is_sample=line.sample_today is not None) if total else "",
        band=band_mark(figures=total, terms=terms) if total else BandMark(code=None, name=terms.locale.none),
        scale=_scale(line, terms),
        to_target=_to_target(line, terms),
        change=change_text(change=line.change, terms=terms, places=1),
        cause=_cause(line, terms),
        weakest=_weakest(line, terms),
        spark=_spark(line, terms, axis),
        data=_data(line.stale_days),
        is_stale=line.stale_days is not None and line.stale_days >= words.STALE_DAYS,
    )


def _as_of(total: Figures, terms: Terms, *, is_sample: bool) -> str:
    """The day, and half the interval where there is one: "31 Dec · ± 1.4"; a sample's with the year, long past."""
    day = (short_date_text if is_sample else short_day_text)(total.as_of, locale=terms.locale)
    if total.score is None or total.half_width_95 is None:
        return day
    return f"{day} · ± {decimal_text(total.half_width_95, places=1, locale=terms.locale)}"


def _cause(line: PortfolioLine, terms: Terms) -> str:
    """Where most of the change came from, in a few words."""
    most = _most(line, terms)
    return _("mostly {most}").format(most=most) if most else ""


def _most(line: PortfolioLine, terms: Terms) -> str:
    """Its largest part, by the first partition that splits it: the mix, or one segment's rate."""
    split = next((one for one in line.partitions if one.mix is not None and one.parts), None)
    if split is None or line.change is None or abs(line.change) < SMALLEST_CHANGE:
        return ""
    assert split.mix is not None
    terms_by_name = [(_("other customers"), split.mix), *((part.segment_name, part.rate) for part in split.parts)]
    name, value = max(terms_by_name, key=lambda term: abs(term[1]))
    return f"{name} {delta_text(value, places=1, locale=terms.locale)}"


def _customers(line: PortfolioLine, terms: Terms) -> str:
    if line.total is None:
        return _("not scored")
    said = ngettext("{n} customer", "{n} customers", line.total.n)
    return said.format(n=count_text(line.total.n, locale=terms.locale))


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
    months = ngettext("{n} month", "{n} months", len(line.trend)).format(n=len(line.trend))
    return Spark(name=line.name, period=months, values=line.trend, axis=axis, bands=terms.bands, locale=terms.locale)


def _data(stale_days: int | None) -> str:
    if stale_days is None:
        return _("none yet")
    if stale_days <= 0:
        return _("today")
    return ngettext("{n} day", "{n} days", stale_days).format(n=stale_days)


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────


def _six(value: Number | None) -> Decimal | None:
    return None if value is None else rounded(value, places=6)


def portfolio_table(
    *, lines: Sequence[PortfolioLine], terms: Mapping[str, Terms], needs: Needs, order: Order | None = None
) -> ChartTable:
    """The same clients in the same order, for a spreadsheet: scores to six decimals."""
    header = (
        "Client", "Industry", "As of", "Customers", "Score", "95 %", "Band", "Weight set", "Target", "To target",
        "Change", "Compared with", "Mostly", "Lowest segment", "Its score", "Days without events", "Minded by", "Waits",
    )  # fmt: skip
    return ChartTable(
        header=header,
        rows=tuple(
            _cells(line, _most(line, terms[line.slug]), " ".join(need.what for need in needs[line.organisation_id]))
            for line in clients_in_order(words.sort_lines(lines=lines, needs=needs), order=order)
        ),
    )


def _cells(line: PortfolioLine, mostly: str, waits: str) -> tuple[str | int | Decimal | None, ...]:
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
        mostly or None,
        weakest,
        _six(weakest_score),
        line.stale_days,
        line.minder or None,
        waits,
    )
