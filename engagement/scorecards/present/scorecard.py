"""An organisation's scorecard as it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from engagement.errors import NotFoundError
from engagement.insights.present import TargetLine, target_line
from engagement.insights.terms import Terms
from engagement.insights.types import Period, Scorecard, SegmentGroup, TargetFigures
from engagement.look.charts import IndustryRange
from engagement.look.components import Choice
from engagement.scorecards.present.change import ChangePanel, change_panel, half_width_of, parts_of
from engagement.scorecards.present.score import (
    BandsPanel,
    Explained,
    ScorePanel,
    bands_panel,
    facts,
    score_panel,
)
from engagement.scorecards.present.segments import SegmentTable, segment_table
from engagement.scorecards.present.trend import TrendPanel, trend_panel
from engagement.scorecards.words import calculation, findings

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardPage:
    """Everything on the page, in reading order."""

    as_of: str  # ISO day, for links
    window: str
    finding: str
    standfirst: str
    provisional: bool
    periods: tuple[Choice, ...]
    score: ScorePanel
    bands: BandsPanel | None
    facts: tuple[Explained, ...]
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
            raise NotFoundError("There is no such set of segments on this day.")
        return found
    return groups[0] if groups else None


def total_target(targets: Sequence[TargetFigures], *, segment_key: str = ALL) -> TargetFigures | None:
    """The score target of a segment, by default of everybody."""
    fitting = (target for target in targets if target.segment_key == segment_key and target.measure == "score")
    return next(fitting, None)


def scorecard_page(*, card: Scorecard, set_key: str, industry: str, terms: Terms) -> ScorecardPage:
    """The page of one day and one set of segments."""
    group = chosen_group(groups=card.groups, key=set_key)
    target = total_target(card.targets)
    parts = parts_of(total=card.total, previous=card.previous, group=group, terms=terms)
    span = IndustryRange(industry, *card.industry_range) if card.industry_range else None
    runs = (card.run, card.previous_run)
    return ScorecardPage(
        as_of=card.run.as_of.isoformat(),
        window=calculation.window_words(run=card.run, terms=terms),
        finding=findings.finding(
            subject="Engagement",
            figures=card.total,
            change=card.change,
            target=target,
            terms=terms,
            half_width_95=half_width_of(error=card.change_error),
        ),
        standfirst=findings.standfirst(total=card.total, change=card.change, group=group, terms=terms),
        provisional=is_provisional(periods=card.periods),
        periods=period_choices(periods=card.periods, query={"set": group.key} if group and set_key else {}),
        score=score_panel(figures=card.total, run=card.run, target=target, industry=span, terms=terms),
        bands=bands_panel(figures=card.total, terms=terms),
        facts=facts(figures=card.total, run=card.run, terms=terms),
        change=change_panel(
            total=card.total,
            previous=card.previous,
            runs=runs,
            change=card.change,
            group=group,
            parts=parts,
            terms=terms,
            error=card.change_error,
        ),
        trend=trend_panel(points=card.trend, target=target, window_days=card.run.window_days, terms=terms),
        sets=_set_choices(card, group),
        table=segment_table(
            group=group,
            total=card.total,
            change=card.change,
            trend=[point.figures.score for point in card.trend if point.finished],
            parts=parts,
            terms=terms,
            error=card.change_error,
        )
        if group
        else None,
        targets=tuple(target_line(target=each, terms=terms) for each in card.targets),
    )


def is_provisional(*, periods: Sequence[Period]) -> bool:
    """Whether the period that is shown is unfinished."""
    return any(period.current and not period.finished for period in periods)


def period_choices(*, periods: Sequence[Period], query: dict[str, str]) -> tuple[Choice, ...]:
    """The days on offer, as addresses that keep the rest of the question."""
    return tuple(
        Choice(
            label=period.label,
            url="?" + urlencode({"as_of": period.as_of.isoformat(), **query}),
            current=period.current,
        )
        for period in periods
    )


def _set_choices(card: Scorecard, chosen: SegmentGroup | None) -> tuple[Choice, ...]:
    day = card.run.as_of.isoformat()
    return tuple(
        Choice(
            label=group.name, url="?" + urlencode({"as_of": day, "set": group.key}) + "#h-seg", current=group is chosen
        )
        for group in card.groups
    )
