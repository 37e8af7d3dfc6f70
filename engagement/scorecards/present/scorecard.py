"""An organisation's scorecard as it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.forecast.selectors import Marks
from engagement.insights.note_types import NoteLine
from engagement.insights.present import TargetLine, target_line
from engagement.insights.terms import Terms
from engagement.insights.types import Scorecard, SegmentGroup, TargetFigures
from engagement.look.charts import IndustryRange
from engagement.look.components import Choice
from engagement.look.sorting import Order
from engagement.scorecards.present.change import ChangePanel, Parts, change_panel, half_width_of, parts_of
from engagement.scorecards.present.fact_changes import changes_caption
from engagement.scorecards.present.row_why import RowReasons
from engagement.scorecards.present.score import (
    BandsPanel,
    Explained,
    ScorePanel,
    bands_panel,
    facts,
    score_panel,
)
from engagement.scorecards.present.segments import SegmentTable, segment_table
from engagement.scorecards.present.trend import TrendPanel, finished_scores, trend_panel
from engagement.scorecards.words import calculation, findings
from engagement.scorecards.words.periods import (
    KnownBanner,
    PeriodPicker,
    by_choices,
    is_provisional,
    known_banner,
    page_query,
    period_choices,
    period_picker,
    shown_period,
)

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardPage:
    """Everything on the page, in reading order."""

    day: str  # ISO, for the link to what counts now
    query: str  # what every link keeps: the day or the run, and the kind of period
    period: str
    window: str
    finding: str
    standfirst: str
    provisional: bool
    by: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    picker: PeriodPicker | None
    known: KnownBanner | None
    score: ScorePanel
    bands: BandsPanel | None
    facts: tuple[Explained, ...]
    facts_caption: str
    change: ChangePanel
    trend: TrendPanel | None
    sets: tuple[Choice, ...]
    table: SegmentTable | None
    targets: tuple[TargetLine, ...]


def chosen_group(*, groups: Sequence[SegmentGroup], key: str) -> SegmentGroup | None:
    """The set of segments asked for, else the first; raises NotFoundError for a set that is not there."""
    if key:
        found = next((group for group in groups if group.key == key), None)
        if found is None:
            raise NotFoundError(_("There is no such set of segments on this day."))
        return found
    return groups[0] if groups else None


def total_target(targets: Sequence[TargetFigures], *, segment_key: str = ALL) -> TargetFigures | None:
    """The score target of a segment, by default of everybody."""
    fitting = (target for target in targets if target.segment_key == segment_key and target.measure == "score")
    return next(fitting, None)


def scorecard_page(
    *,
    card: Scorecard,
    set_key: str,
    industry: str,
    terms: Terms,
    line: str = "",
    order: Order | None = None,
    notes: Sequence[NoteLine] = (),
    unusual: Marks | None = None,
) -> ScorecardPage:
    """The page of one day and one set of segments, with one line of the trend and the notes on it."""
    group = chosen_group(groups=card.groups, key=set_key)
    target = total_target(card.targets)
    parts = parts_of(total=card.compared, previous=card.previous, group=group, terms=terms)
    span = IndustryRange(industry, *card.industry_range) if card.industry_range else None
    comparison = card.comparison
    moved = card.change if comparison.is_shown else None  # what is provisional has not moved yet
    kept = ({"line": line} if line else {}) | ({"sort": order.written} if order else {})
    query = page_query(run=card.run, comparison=comparison) | kept
    chosen = ({"set": group.key} if group and set_key else {}) | kept
    return ScorecardPage(
        day=card.run.as_of.isoformat(),
        query=urlencode(query),
        period=shown_period(run=card.run, comparison=comparison),
        window=calculation.window_words(run=card.run, terms=terms),
        finding=_finding(card, moved, target, terms),
        standfirst=findings.standfirst(total=card.total, change=moved, group=group, terms=terms),
        provisional=is_provisional(periods=comparison.periods),
        by=by_choices(comparison=comparison, query=chosen),
        periods=period_choices(comparison=comparison, query=chosen),
        picker=period_picker(comparison=comparison, shown=card.run.as_of, query=chosen),
        known=known_banner(run=card.run, known=comparison.known, shown=card.total, terms=terms),
        score=score_panel(figures=card.total, run=card.run, target=target, industry=span, terms=terms),
        bands=bands_panel(figures=card.total, terms=terms),
        facts=(found := _facts(card, terms)),
        facts_caption=changes_caption(comparison=comparison, has_changes=any(fact.change for fact in found)),
        change=_change(card, group, parts, terms),
        trend=trend_panel(
            points=card.trend, target=target, window_days=card.run.window_days, terms=terms, by=comparison.by,
            asked=query | chosen, notes=notes, unusual=unusual,
        ),
        sets=_set_choices(card, group, query),
        table=_table(card, group, parts, terms, order) if group else None,
        targets=tuple(target_line(target=each, terms=terms) for each in card.targets),
    )  # fmt: skip


def _finding(card: Scorecard, moved: Fraction | None, target: TargetFigures | None, terms: Terms) -> str:
    return findings.finding(
        subject=_("Engagement"),
        figures=card.total,
        change=moved,
        target=target,
        terms=terms,
        half_width_95=half_width_of(error=card.change_error),
    )


def _facts(card: Scorecard, terms: Terms) -> tuple[Explained, ...]:
    return facts(figures=card.total, run=card.run, terms=terms, comparison=card.comparison, previous=card.previous)


def _change(card: Scorecard, group: SegmentGroup | None, parts: Parts | None, terms: Terms) -> ChangePanel:
    return change_panel(
        compared=card.compared,
        previous=card.previous,
        comparison=card.comparison,
        change=card.change,
        group=group,
        parts=parts,
        terms=terms,
        error=card.change_error,
    )


def _table(
    card: Scorecard, group: SegmentGroup, parts: Parts | None, terms: Terms, order: Order | None
) -> SegmentTable:
    return segment_table(
        group=group,
        total=card.total,
        change=card.change,
        trend=finished_scores(points=card.trend, by=card.comparison.by),
        parts=parts,
        comparison=card.comparison,
        terms=terms,
        error=card.change_error,
        order=order,
        why=RowReasons(run=card.run, comparison=card.comparison, terms=terms),
    )


def _set_choices(card: Scorecard, chosen: SegmentGroup | None, query: dict[str, str]) -> tuple[Choice, ...]:
    return tuple(
        Choice(label=group.name, url="?" + urlencode({**query, "set": group.key}) + "#h-seg", current=group is chosen)
        for group in card.groups
    )
