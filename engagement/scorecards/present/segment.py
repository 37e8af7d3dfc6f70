"""One segment's page: where its points come from, how its customers spread, who is at either end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urlencode

from engagement.insights.history import Comparison
from engagement.insights.terms import Terms
from engagement.insights.types import (
    CustomerLine,
    Distribution,
    Figures,
    RunFacts,
    SegmentRow,
    TrendPoint,
)
from engagement.look.charts import Histogram
from engagement.look.charts.table import ChartTable
from engagement.look.components import Choice
from engagement.look.exact import round_parts
from engagement.look.numbers import (
    count_text,
    headline_score_text,
    per_customer_text,
    points_text,
    share_text,
    share_with_base,
    short_text,
)
from engagement.scorecards.present.score import (
    BandMark,
    BandsPanel,
    Explained,
    ScorePanel,
    bands_panel,
    facts,
    printed_parts,
    score_panel,
    total_text,
)
from engagement.scorecards.present.segments import ChangeText, change_text
from engagement.scorecards.present.trend import TrendPanel, trend_panel
from engagement.scorecards.words import calculation, findings
from engagement.scorecards.words.periods import (
    KnownBanner,
    Unscored,
    by_choices,
    compared_words,
    is_provisional,
    known_banner,
    not_compared,
    not_shown_words,
    page_query,
    period_choices,
    shown_period,
    sums_only,
    unscored_lines,
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadPanel:
    heading: str
    caption: str
    chart: Histogram
    table: ChartTable


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer in a list."""

    number: int
    external_id: str
    points: str
    score: str
    band: BandMark
    last_action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPage:
    """Everything on the page, in reading order."""

    key: str
    name: str
    day: str  # ISO, for the link to what counts now
    query: str  # what every link keeps: the day or the run, and the kind of period
    period: str
    window: str
    finding: str
    standfirst: str
    is_missing: bool
    provisional: bool
    by: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    known: KnownBanner | None
    sums_only: str
    compared: str
    unscored: tuple[Unscored, ...]
    score: ScorePanel
    bands: BandsPanel | None
    facts: tuple[Explained, ...]
    change: ChangeText
    actions: PartTable | None
    channels: PartTable | None
    spread: SpreadPanel | None
    trend: TrendPanel | None
    most: tuple[CustomerRow, ...]
    fewest: tuple[CustomerRow, ...]


def segment_page(
    *,
    row: SegmentRow,
    run: RunFacts,
    trend: Sequence[TrendPoint],
    spread: Distribution | None,
    comparison: Comparison,
    most: Sequence[CustomerLine],
    fewest: Sequence[CustomerLine],
    terms: Terms,
    line: str = "",
) -> SegmentPage:
    """The page of one segment on one day; a segment too small for numbers shows its customers and the reason.

    Without a spread the run is kept as sums only, and the page says so where customers would stand.
    """
    figures = row.figures
    subject = findings.short_name(figures.segment_name)
    moved = row.change if comparison.is_shown else None  # what is provisional has not moved yet
    kept = {"line": line} if line else {}
    query = page_query(run=run, comparison=comparison) | kept
    return SegmentPage(
        key=figures.segment_key,
        name=figures.segment_name,
        day=run.as_of.isoformat(),
        query=urlencode(query),
        period=shown_period(run=run, comparison=comparison),
        window=calculation.window_words(run=run, terms=terms),
        finding=findings.finding(subject=subject, figures=figures, change=moved, target=row.target, terms=terms),
        standfirst=_standfirst(figures, spread, terms),
        is_missing=figures.is_missing_data,
        provisional=is_provisional(periods=comparison.periods),
        by=by_choices(comparison=comparison, query=kept),
        periods=period_choices(comparison=comparison, query=kept),
        known=known_banner(run=run, known=comparison.known, shown=figures, terms=terms),
        sums_only=sums_only(run=run, terms=terms),
        compared=_compared(row, comparison, terms),
        unscored=unscored_lines(days=comparison.unscored, terms=terms),
        score=score_panel(figures=figures, run=run, target=row.target, industry=None, terms=terms),
        bands=bands_panel(figures=figures, terms=terms),
        facts=facts(figures=figures, run=run, terms=terms),
        change=change_text(change=row.change, terms=terms),
        actions=action_table(figures=figures, terms=terms),
        channels=channel_table(figures=figures, terms=terms),
        spread=_spread(figures, spread, terms),
        trend=trend_panel(
            points=trend,
            target=row.target,
            window_days=run.window_days,
            terms=terms,
            by=comparison.by,
            asked=query,
        ),
        most=customer_rows(lines=most, terms=terms),
        fewest=customer_rows(lines=fewest, terms=terms),
    )


def _compared(row: SegmentRow, comparison: Comparison, terms: Terms) -> str:
    """What the change is of, or why there is none."""
    if row.change is None:
        return not_compared(comparison=comparison, compared=row.compared, previous=row.previous, terms=terms)
    change = change_text(change=row.change, terms=terms).text
    aside = "" if comparison.is_shown else f"; {not_shown_words(comparison).removesuffix('.')}"
    return f"{compared_words(comparison)}: {change}{aside}. No interval is known for it."


def _standfirst(figures: Figures, spread: Distribution | None, terms: Terms) -> str:
    if figures.score is None:
        count = count_text(figures.n, locale=terms.locale)
        return (
            f"Numbers show from {terms.minimum_n} customers on; here there {'is' if figures.n == 1 else 'are'} {count}."
        )
    silent = share_with_base(part=figures.n - figures.n_active, whole=figures.n, locale=terms.locale)
    if spread is None:
        return f"{silent.base} did nothing that counts ({silent.text})."
    full = share_with_base(part=spread.full, whole=figures.n, locale=terms.locale)
    return f"{silent.base} did nothing that counts ({silent.text}); {full.base} are fully engaged ({full.text})."


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────


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
            name=action.name if action.cap is None else f"{action.name}, at most {action.cap} a customer",
            channel=str(Channel(action.channel).label),
            weight=short_text(action.weight, most=3, locale=terms.locale),
            occurrences=total_text(action.occurrences, terms),
            customers=count_text(action.customers, locale=terms.locale),
            points=terms.text(point),
            per_customer=terms.text(one),
            share=share,
        )
        for action, point, one, share in zip(figures.actions, points, per_customer, shares, strict=True)
    )
    return PartTable(lines=lines, total=_total_line(figures, lines, terms))


def _total_line(figures: Figures, lines: Sequence[PartLine], terms: Terms) -> PartLine:
    has_shares = bool(lines) and lines[0].share != terms.locale.none
    return PartLine(
        name="All actions",
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


# ── spread and customers ─────────────────────────────────────────────────────────────────────────────────────


def _spread_words(figures: Figures, spread: Distribution, terms: Terms) -> str:
    """Where the middle lies; a middle at an end of the scale says nothing, so the end is counted instead."""
    if figures.median_score in {0, 100}:
        n = spread.full if figures.median_score == 100 else spread.bins[0]  # noqa: PLR2004  the end of the scale
        score = "100" if figures.median_score == 100 else "below 10"  # noqa: PLR2004
        text = count_text(n, locale=terms.locale)
        return f"{text} of {count_text(figures.n, locale=terms.locale)} customers score {score}"
    median = headline_score_text(figures.median_score, bands=terms.bands, locale=terms.locale)
    return f"Half of the customers score {median} or less"


def _spread(figures: Figures, spread: Distribution | None, terms: Terms) -> SpreadPanel | None:
    if figures.score is None or spread is None:
        return None
    chart = Histogram(
        counts=spread.bins,
        bin_width=10,
        unit="score",
        last_label="100",
        median=figures.median_score,
        locale=terms.locale,
    )
    return SpreadPanel(
        heading=_spread_words(figures, spread, terms),
        caption="Customers by score, in tens; exactly 100 apart. Dotted: the median.",
        chart=chart,
        table=chart.table(),
    )


def customer_rows(*, lines: Sequence[CustomerLine], terms: Terms) -> tuple[CustomerRow, ...]:
    """Customers as they are listed."""
    return tuple(
        CustomerRow(
            number=line.number,
            external_id=line.external_id or f"no. {line.number}",
            points=points_text(line.points, locale=terms.locale),
            score=headline_score_text(line.score, bands=terms.bands, locale=terms.locale),
            band=BandMark(code=line.band, name=terms.bands.name(line.band)),
            last_action=days_ago(days=line.days_since_last_action),
        )
        for line in lines
    )


def days_ago(*, days: int | None) -> str:
    """How long before the end of the window somebody last did something that counts."""
    if days is None:
        return "none in the window"
    if days == 0:
        return "on the last day"
    return "1 day before" if days == 1 else f"{days} days before"
