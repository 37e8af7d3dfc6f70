"""One segment's page: where its points come from, how its customers spread, who is at either end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.forecast.selectors import Marks
from engagement.insights.customer_types import CustomerLine
from engagement.insights.history import Comparison
from engagement.insights.note_types import NoteLine
from engagement.insights.terms import Terms
from engagement.insights.types import Distribution, Figures, RunFacts, SegmentRow, TrendPoint
from engagement.look.charts import Histogram
from engagement.look.charts.table import ChartTable
from engagement.look.components import Choice
from engagement.look.numbers import (
    count_text,
    delta_text,
    headline_score_text,
    plus_minus_text,
    points_text,
    share_with_base,
)
from engagement.scorecards.present.change import half_width_of
from engagement.scorecards.present.fact_changes import changes_caption
from engagement.scorecards.present.parts import PartTable, action_table, channel_table
from engagement.scorecards.present.score import (
    BandMark,
    BandsPanel,
    Explained,
    ScorePanel,
    bands_panel,
    facts,
    score_panel,
)
from engagement.scorecards.present.segments import change_text
from engagement.scorecards.present.trend import TrendPanel, trend_panel
from engagement.scorecards.words import calculation, findings
from engagement.scorecards.words.parts import own_of
from engagement.scorecards.words.periods import (
    KnownBanner,
    PeriodPicker,
    Unscored,
    by_choices,
    compared_words,
    is_provisional,
    known_banner,
    not_compared,
    not_shown_words,
    page_query,
    period_choices,
    period_picker,
    shown_period,
    sums_only,
    unscored_lines,
)


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
    is_own: bool  # scored wholly with own weights of a segment
    provisional: bool
    by: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    picker: PeriodPicker | None
    known: KnownBanner | None
    sums_only: str
    compared: str
    unscored: tuple[Unscored, ...]
    score: ScorePanel
    bands: BandsPanel | None
    facts: tuple[Explained, ...]
    facts_caption: str
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
    notes: Sequence[NoteLine] = (),
    unusual: Marks | None = None,
) -> SegmentPage:
    """The page of one segment on one day; a segment too small for numbers shows its customers and the reason.

    Without a spread the run is kept as sums only, and the page says so where customers would stand.
    """
    figures, kept = row.figures, {"line": line} if line else {}
    query = page_query(run=run, comparison=comparison) | kept
    return SegmentPage(
        key=figures.segment_key,
        name=figures.segment_name,
        day=run.as_of.isoformat(),
        query=urlencode(query),
        period=shown_period(run=run, comparison=comparison),
        window=calculation.window_words(run=run, terms=terms),
        finding=_finding(row, comparison, terms),
        standfirst=_standfirst(figures, spread, terms),
        is_missing=figures.is_missing_data,
        is_own=own_of(figures) is not None,
        provisional=is_provisional(periods=comparison.periods),
        by=by_choices(comparison=comparison, query=kept),
        periods=period_choices(comparison=comparison, query=kept),
        picker=period_picker(comparison=comparison, shown=run.as_of, query=kept),
        known=known_banner(run=run, known=comparison.known, shown=figures, terms=terms),
        sums_only=sums_only(run=run, terms=terms),
        compared=_compared(row, comparison, terms),
        unscored=unscored_lines(days=comparison.unscored, terms=terms),
        score=score_panel(figures=figures, run=run, target=row.target, industry=None, terms=terms),
        bands=bands_panel(figures=figures, terms=terms),
        facts=(found := _facts(row, run, comparison, terms)),
        facts_caption=changes_caption(comparison=comparison, has_changes=any(fact.change for fact in found)),
        actions=action_table(figures=figures, terms=terms),
        channels=channel_table(figures=figures, terms=terms),
        spread=_spread(figures, spread, terms),
        trend=_trend(trend, row, run, comparison, terms=terms, asked=query, notes=notes, unusual=unusual),
        most=customer_rows(lines=most, terms=terms),
        fewest=customer_rows(lines=fewest, terms=terms),
    )


def _trend(
    points: Sequence[TrendPoint],
    row: SegmentRow,
    run: RunFacts,
    comparison: Comparison,
    *,
    terms: Terms,
    asked: dict[str, str],
    notes: Sequence[NoteLine],
    unusual: Marks | None,
) -> TrendPanel | None:
    return trend_panel(
        points=points,
        target=row.target,
        window_days=run.window_days,
        terms=terms,
        by=comparison.by,
        asked=asked,
        notes=notes,
        unusual=unusual,
    )


def _facts(row: SegmentRow, run: RunFacts, comparison: Comparison, terms: Terms) -> tuple[Explained, ...]:
    return facts(figures=row.figures, run=run, terms=terms, comparison=comparison, previous=row.previous)


def _finding(row: SegmentRow, comparison: Comparison, terms: Terms) -> str:
    return findings.finding(
        subject=findings.short_name(row.figures.segment_name),
        figures=row.figures,
        change=row.change if comparison.is_shown else None,  # what is provisional has not moved yet
        target=row.target,
        terms=terms,
        half_width_95=half_width_of(error=row.change_error),
    )


def _compared(row: SegmentRow, comparison: Comparison, terms: Terms) -> str:
    """What the change is of and how sure it is, or why there is none."""
    if row.change is None:
        return not_compared(comparison=comparison, compared=row.compared, previous=row.previous, terms=terms)
    read = change_text(change=row.change, terms=terms, error=row.change_error)
    half = half_width_of(error=row.change_error)
    if half is None:
        reason = row.change_error.reason if row.change_error and row.change_error.reason else ""
        why = capfirst(reason) or _("No interval is known for it")
        said = f"{read.text}. {why}."
    else:
        number = delta_text(row.change, places=2, locale=terms.locale)
        interval = f"{number} {plus_minus_text(half, places=2, locale=terms.locale)}"
        spread = _("{interval}, customer by customer").format(interval=interval)
        said = f"{read.text} ({spread})." if read.is_quiet else f"{spread}."
    return f"{compared_words(comparison)}: {said} {capfirst(not_shown_words(comparison))}".rstrip()


def _standfirst(figures: Figures, spread: Distribution | None, terms: Terms) -> str:
    if figures.score is None:
        count = count_text(figures.n, locale=terms.locale)
        said = ngettext(
            "Numbers show from {minimum} customers on; here there is {n}.",
            "Numbers show from {minimum} customers on; here there are {n}.",
            figures.n,
        )
        return said.format(minimum=terms.minimum_n, n=count)
    silent = share_with_base(part=figures.n - figures.n_active, whole=figures.n, locale=terms.locale)
    if spread is None:
        return _("{base} did nothing that counts ({share}).").format(base=silent.base, share=silent.text)
    full = share_with_base(part=spread.full, whole=figures.n, locale=terms.locale)
    said = _("{silent} did nothing that counts ({silent_share}); {full} are fully engaged ({full_share}).")
    return said.format(silent=silent.base, silent_share=silent.text, full=full.base, full_share=full.text)


# ── spread and customers ─────────────────────────────────────────────────────────────────────────────────────


def _spread_words(figures: Figures, spread: Distribution, terms: Terms) -> str:
    """Where the middle lies; a middle at an end of the scale says nothing, so the end is counted instead."""
    if figures.median_score in {0, 100}:
        n = spread.full if figures.median_score == 100 else spread.bins[0]  # noqa: PLR2004  the end of the scale
        if figures.median_score == 100:  # noqa: PLR2004
            said = _("{n} of {all} customers score 100")
        else:
            said = _("{n} of {all} customers score below 10")
        return said.format(n=count_text(n, locale=terms.locale), all=count_text(figures.n, locale=terms.locale))
    median = headline_score_text(figures.median_score, bands=terms.bands, locale=terms.locale)
    return _("Half of the customers score {median} or less").format(median=median)


def _spread(figures: Figures, spread: Distribution | None, terms: Terms) -> SpreadPanel | None:
    if figures.score is None or spread is None:
        return None
    chart = Histogram(
        counts=spread.bins,
        bin_width=10,
        of_scores=True,
        last_label="100",
        median=figures.median_score,
        locale=terms.locale,
    )
    return SpreadPanel(
        heading=_spread_words(figures, spread, terms),
        caption=_("Customers by score, in tens; exactly 100 apart. Dotted: the median."),
        chart=chart,
        table=chart.table(),
    )


def customer_rows(*, lines: Sequence[CustomerLine], terms: Terms) -> tuple[CustomerRow, ...]:
    """Customers as they are listed."""
    return tuple(
        CustomerRow(
            number=line.number,
            external_id=line.external_id or _("no. {n}").format(n=line.number),
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
        return _("none in the window")
    if days == 0:
        return _("on the last day")
    return ngettext("{n} day before", "{n} days before", days).format(n=days)
