"""The scorecard of a membership that is limited to segments: these, and nothing that is counted over everybody."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from engagement.insights.present import TargetLine, target_line
from engagement.insights.selectors.limited import OwnSegments
from engagement.insights.terms import Terms
from engagement.insights.types import SegmentGroup, SegmentRow
from engagement.look.components import Choice
from engagement.look.numbers import score_text
from engagement.look.sorting import Order
from engagement.scorecards.present.change import half_width_of
from engagement.scorecards.present.ordering import segments_in_order
from engagement.scorecards.present.segments import SegmentLine, segment_line
from engagement.scorecards.words import calculation, findings
from engagement.scorecards.words.periods import (
    KnownBanner,
    PeriodPicker,
    by_choices,
    compared_words,
    is_provisional,
    known_banner,
    page_query,
    period_choices,
    period_picker,
    shown_period,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnGroup:
    """The segments of one set."""

    key: str
    name: str
    lines: tuple[SegmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSegmentsPage:
    """Everything on the page, in reading order."""

    day: str  # ISO, for the link to what counts now
    query: str  # what every link keeps: the day or the run, and the kind of period
    period: str
    window: str
    finding: str
    compared: str
    provisional: bool
    by: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    picker: PeriodPicker | None
    known: KnownBanner | None
    groups: tuple[OwnGroup, ...]
    targets: tuple[TargetLine, ...]
    order: Order | None


def own_segments_page(*, card: OwnSegments, terms: Terms, order: Order | None = None) -> OwnSegmentsPage:
    """The page of one day."""
    said, kept = card.comparison, {"sort": order.written} if order else {}
    query = page_query(run=card.run, comparison=said) | kept
    return OwnSegmentsPage(
        day=card.run.as_of.isoformat(),
        query=urlencode(query),
        period=shown_period(run=card.run, comparison=said),
        window=calculation.window_words(run=card.run, terms=terms),
        finding=_finding(card, terms),
        compared=compared_words(said),
        provisional=is_provisional(periods=said.periods),
        by=by_choices(comparison=said, query=kept),
        periods=period_choices(comparison=said, query=kept),
        picker=period_picker(comparison=said, shown=card.run.as_of, query=kept),
        known=known_banner(run=card.run, known=said.known, shown=None, terms=terms),
        groups=tuple(_group(group, terms, order) for group in card.groups),
        targets=tuple(target_line(target=target, terms=terms) for target in card.targets),
        order=order,
    )


def _group(group: SegmentGroup, terms: Terms, order: Order | None) -> OwnGroup:
    rows = segments_in_order(group.rows, order=order) if order else group.rows
    lines = (segment_line(row, parts=None, spark=None, channels=(), terms=terms) for row in rows)
    return OwnGroup(key=group.key, name=group.name, lines=tuple(lines))


def _finding(card: OwnSegments, terms: Terms) -> str:
    """One segment speaks for itself; of several, the two ends."""
    rows = [row for group in card.groups for row in group.rows]
    if not rows:
        return _("None of your segments was there when this day was scored")
    if len(rows) == 1:
        return _only(card, rows[0], terms)
    ranked = sorted(
        (row for group in card.groups for row in findings.ranked(group)), key=lambda row: row.figures.score or 0
    )
    if len(ranked) < 2:  # noqa: PLR2004  two ends need two
        return _("Your {n} segments").format(n=len(rows))
    low, high = (
        _("{name} at {score}").format(
            name=findings.short_name(row.figures.segment_name),
            score=score_text(row.figures.score, bands=terms.bands, locale=terms.locale),
        )
        for row in (ranked[0], ranked[-1])
    )
    return _("Lowest of your {n} segments is {low}, highest {high}").format(n=len(rows), low=low, high=high)


def _only(card: OwnSegments, row: SegmentRow, terms: Terms) -> str:
    return findings.finding(
        subject=findings.short_name(row.figures.segment_name),
        figures=row.figures,
        change=row.change if card.comparison.is_shown else None,  # what is provisional has not moved yet
        target=row.target,
        terms=terms,
        half_width_95=half_width_of(error=row.change_error),
    )
