"""A firm's clients under one template: the numbers, the ranks that they leave open, and who has none and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.insights.terms import Terms
from engagement.insights.types import PortfolioLine
from engagement.look.charts.intervals import IntervalRow, Intervals
from engagement.look.charts.table import ChartTable
from engagement.look.dates import short_day_text
from engagement.look.exact import rounded
from engagement.look.locales import spoken
from engagement.look.numbers import decimal_text
from engagement.scorecards.present.score import headline_number
from engagement.scorecards.words import yardstick as words
from engagement.scoring.formula import (
    FEWEST_RANKED,
    SCORE_SCALE,
    GroupMean,
    RankRange,
    half_width_95,
    interval_95,
    rank_ranges,
    standard_error,
)
from engagement.scoring.selectors.yardsticks import YardstickLine
from engagement.scoring.templating.yardstick import Fit, FittedAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A client's number under the yardstick. `score` is None where none may be shown, `ranks` where it has no rank."""

    client: PortfolioLine
    line: YardstickLine | None
    score: Fraction | None = None
    interval: tuple[Fraction, Fraction] | None = None
    half_width: Decimal | None = None
    ranks: RankRange | None = None
    by_number: int | None = None
    why: str = ""  # there is no score, or no rank


@dataclass(frozen=True, slots=True, kw_only=True)
class YardstickRow:
    """One client as printed."""

    slug: str
    name: str
    about: str
    own_score: str
    own_weights: str
    bound: str
    score: str
    plus_minus: str
    ranks: str
    ranks_said: str
    by_number: str
    measured: str
    notes: tuple[str, ...]
    as_of: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YardstickPage:
    """Everything under one version of a template; `to_ask` says whether there is something to be asked for."""

    headline: str
    rows: tuple[YardstickRow, ...]
    unranked: tuple[YardstickRow, ...]
    chart: Intervals | None
    n_done: int
    n_clients: int
    is_working: bool
    to_ask: bool
    is_asked: bool


def standings(
    *, clients: Sequence[PortfolioLine], lines: Mapping[int, YardstickLine], terms: Mapping[str, Terms]
) -> tuple[Standing, ...]:
    """Every client: who has a rank by the best and then the worst that is open to it, then by name; the others behind.

    Never by the number: where ranks overlap, that order would say more than the data does.
    """
    found = [_standing(client, lines.get(client.organisation_id), terms[client.slug]) for client in clients]
    ranked = [one for one in found if one.score is not None and not one.why]
    sums = [_sums(one) for one in ranked]
    placed = [
        replace(one, ranks=ranks, by_number=1 + sum(other.mean > own.mean for other in sums))
        for one, own, ranks in zip(ranked, sums, rank_ranges(sums), strict=True)
    ]
    rest = [one for one in found if one not in ranked]
    return (*sorted(placed, key=_place), *sorted(rest, key=lambda one: one.client.name.casefold()))


def _place(one: Standing) -> tuple[int, int, str]:
    assert one.ranks is not None
    return one.ranks.best, one.ranks.worst, one.client.name.casefold()


def _sums(one: Standing) -> GroupMean:
    assert one.line is not None
    assert one.line.sums is not None
    return one.line.sums


def _standing(client: PortfolioLine, line: YardstickLine | None, terms: Terms) -> Standing:
    if line is None or line.sums is None:
        return Standing(client=client, line=line, why=words.state(line) or (line.reason if line else ""))
    sums, ranked_from = line.sums, max(terms.minimum_n, terms.minimum_n_band, FEWEST_RANKED)
    why = words.why_unranked(n=sums.n, shown_from=terms.minimum_n, ranked_from=ranked_from, locale=terms.locale)
    if not sums.n or sums.n < terms.minimum_n:
        return Standing(client=client, line=line, why=why)
    score = sums.mean / SCORE_SCALE
    error = standard_error(n=sums.n, total=sums.total, squares=sums.squares, unit=SCORE_SCALE)
    half = half_width_95(error=error, n=sums.n)
    interval = None if half is None else interval_95(score=score, half_width=half)
    return Standing(client=client, line=line, score=score, interval=interval, half_width=half, why=why)


def yardstick_page(*, found: Sequence[Standing], terms: Mapping[str, Terms]) -> YardstickPage:
    """The page; `found` as `standings` gives them."""
    ranked = [one for one in found if one.ranks is not None]
    lines = [one.line for one in found]
    return YardstickPage(
        headline=words.headline(
            names=[one.client.name for one in ranked],
            ranges=[one.ranks for one in ranked if one.ranks is not None],
            asked=any(line is not None for line in lines),
        ),
        rows=tuple(_row(one, terms[one.client.slug]) for one in ranked),
        unranked=tuple(_row(one, terms[one.client.slug]) for one in found if one.ranks is None),
        chart=_chart(ranked),
        n_done=sum(line is not None and line.state == "done" for line in lines),
        n_clients=len(found),
        is_working=any(line is not None and line.state == "waiting" for line in lines),
        to_ask=any(line is None or line.state == "failed" for line in lines),
        is_asked=any(line is not None for line in lines),
    )


def _row(one: Standing, terms: Terms) -> YardstickRow:
    client, line, total = one.client, one.line, one.client.total
    day = line.as_of if line else None
    return YardstickRow(
        slug=client.slug,
        name=client.name,
        about=client.industry,
        own_score=headline_number(figures=total, target=client.target, terms=terms) if total else terms.locale.none,
        own_weights=_("set {n}").format(n=client.weight_set_number) if client.weight_set_number else "",
        bound=words.bound(line) if line and one.score is not None else "",
        score=decimal_text(one.score, places=1, locale=terms.locale),
        plus_minus=f"± {decimal_text(one.half_width, places=1, locale=terms.locale)}" if one.half_width else "",
        ranks=words.ranks(one.ranks),
        ranks_said=words.ranks_sentence(one.ranks) if one.ranks else "",
        by_number=str(one.by_number or ""),
        measured=words.measured(line) if line else "",
        notes=tuple(filter(None, (words.not_measured(line.fits), words.own_rules(line.fits)))) if line else (),
        as_of=short_day_text(day, locale=terms.locale) if day else "",
        why=one.why,
    )


def _chart(ranked: Sequence[Standing]) -> Intervals | None:
    """The ranked clients in the order of the table; one alone is no picture."""
    rows = [
        IntervalRow(
            name=one.client.name,
            value=one.score,
            low=one.interval[0],
            high=one.interval[1],
            is_open_above=_sums(one).open_above,
            is_open_below=_sums(one).open_below,
        )
        for one in ranked
        if one.score is not None and one.interval is not None
    ]
    if len(rows) < 2:  # noqa: PLR2004  a picture needs two
        return None
    locale = spoken()  # of the reader: the clients have each their own
    return Intervals(measure=_("Score under the yardstick"), rows=tuple(rows), locale=locale)


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────


def yardstick_table(*, found: Sequence[Standing], name: str, version: int) -> ChartTable:
    """The same clients in the same order, for a spreadsheet: scores to six decimals."""
    header = (
        "Client", "Template", "Version", "As of", "Scoring", "Customers", "Own score", "Own weight set",
        "Score under the template", "It is", "95 % from", "95 % to", "Best rank", "Worst rank", "Ranked clients",
        "Actions measured", "Actions of the template", "Not measured", "By a rule of its own", "Why not",
    )  # fmt: skip
    n_ranked = sum(one.ranks is not None for one in found)
    return ChartTable(header=header, rows=tuple(_cells(one, name, version, n_ranked) for one in found))


def _cells(one: Standing, name: str, version: int, n_ranked: int) -> tuple[str | int | Decimal | None, ...]:
    line, total = one.line, one.client.total
    low, high = one.interval or (None, None)
    fits = line.fits if line else ()
    return (
        one.client.name,
        name,
        version,
        line.as_of.isoformat() if line and line.as_of else None,
        line.run_number if line else None,
        line.sums.n if line and line.sums else None,
        _six(total.score) if total else None,
        one.client.weight_set_number,
        _six(one.score),
        (words.bound(line) or _("all of it")) if line and one.score is not None else None,
        _six(low),
        _six(high),
        one.ranks.best if one.ranks else None,
        one.ranks.worst if one.ranks else None,
        n_ranked if one.ranks else None,
        len(fits) - len(line.missing) if line and fits else None,
        len(fits) or None,
        ", ".join(_named(action) for action in fits if not action.fit.is_measured) or None,
        ", ".join(action.name for action in fits if action.fit is Fit.OWN_RULE) or None,
        one.why or None,
    )


def _named(action: FittedAction) -> str:
    return _("{action} (counted otherwise)").format(action=action.name) if action.fit is Fit.OTHERWISE else action.name


def _six(value: Fraction | None) -> Decimal | None:
    return None if value is None else rounded(value, places=6)
