"""A check as it is printed: rows of segments, the chart of groups, the table of suggested weights, the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from engagement.insights.terms import Terms
from engagement.look.charts import IntervalRow, Intervals
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.dates import instant_text, short_date_text
from engagement.look.exact import rounded
from engagement.look.numbers import count_text, decimal_text, delta_text, share_text, short_text
from engagement.scoring.selectors.weights import to_points
from engagement.validity import words
from engagement.validity.types import (
    CheckFound,
    CheckLine,
    Estimated,
    GroupLine,
    OutcomeLine,
    SegmentValidity,
    Standing,
    SuggestedWeight,
    Suggestion,
)

_LEAST_BARS: Final = 2
_COLUMNS = (
    "Check", "Scores of", "Weight set", "Outcome", "Segment key", "Segment", "Verdict", "Customers", "With the outcome",
    "AUC without the outcome's actions", "95 % from", "95 % to", "AUC with them", "Holds for all segments together",
    "Brier score", "Brier score of the base rate", "Calibration slope", "Calibration intercept",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLine:
    """One segment: what is said of it, and its numbers; "–" where there is none."""

    key: str
    name: str
    verdict: str
    sentence: str
    n: str
    outcome: str
    share: str
    pairs: str
    between: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPanel:
    """The groups of one segment: a chart with its table, and how well the score's curve fits."""

    heading: str
    chart: Intervals
    table: ChartTable
    calibration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRow:
    name: str
    standing: str
    is_changed: bool
    now: str
    suggested: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionPanel:
    """`why_not` where there are no weights to make a draft of."""

    heading: str
    why_not: str
    is_other: bool  # whether anything of it differs from the weights of now
    rows: tuple[WeightRow, ...]
    gain: str
    difference: str
    made_from: str
    points: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage:
    number: int
    is_checked: bool
    expiry: str
    guard: str
    many: str
    left_out: str
    rows: tuple[SegmentLine, ...]
    intervals: Intervals | None
    intervals_table: ChartTable | None
    panel: GroupPanel | None
    suggestion: SuggestionPanel | None

    @property
    def told(self) -> tuple[SegmentLine, ...]:
        """Segments of which the check says something, everybody always; all where it says nothing of any."""
        found = tuple(row for row in self.rows if row.between or row.key == "all")
        return found if any(row.between for row in found) else self.rows

    @property
    def untold(self) -> tuple[SegmentLine, ...]:
        """The other ones: too few customers, or too few outcomes."""
        told = {row.key for row in self.told}
        return tuple(sorted((row for row in self.rows if row.key not in told), key=lambda row: row.verdict))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    number: int
    state: str
    is_done: bool
    is_failed: bool
    as_of: str
    outcome: str
    weight_set: str
    cause: str
    asked: str
    verdict: str
    pairs: str
    is_expired: bool


def check_page(check: CheckFound, *, terms: Terms, segment: str = "") -> CheckPage:
    """The check with the groups of one segment, the first that has some unless it is named."""
    shown = next((one for one in check.segments if one.groups and segment in ("", one.key)), None)
    first = check.segments[0] if check.segments and check.segments[0].key == "all" else None
    intervals = _intervals(check.segments, terms=terms)
    return CheckPage(
        number=check.line.number,
        is_checked=not check.line.reason,
        expiry=words.expiry_words(check.line),
        guard=words.guard_words(check.line.outcome, first, terms=terms),
        many=words.many_words(check, terms=terms),
        left_out=words.left_out_words(check.line.left_out, terms=terms),
        rows=tuple(_segment_line(one, terms=terms) for one in check.segments),
        intervals=intervals,
        intervals_table=intervals.table() if intervals else None,
        panel=_panel(shown, terms=terms) if shown else None,
        suggestion=_suggestion(check.suggestion, terms=terms) if check.suggestion else None,
    )


def _segment_line(one: SegmentValidity, *, terms: Terms) -> SegmentLine:
    share = Decimal(one.n_outcome) / one.n if one.n and one.n_outcome is not None else None
    none = terms.locale.none
    return SegmentLine(
        key=one.key,
        name=one.name,
        verdict=words.verdict(one),
        sentence=words.sentence(one, terms=terms),
        n=count_text(one.n, locale=terms.locale),
        outcome=count_text(one.n_outcome, locale=terms.locale),
        share=share_text(share, locale=terms.locale),
        pairs=words.pairs(one.auc.value, terms=terms) if one.auc else none,
        between=words.between(one.auc, terms=terms) if one.auc else "",
        holds=one.holds,
    )


def _percent(value: float) -> Decimal:
    return words.estimate(value * 100, places=2)


def _intervals(segments: Sequence[SegmentValidity], *, terms: Terms) -> Intervals | None:
    """Every segment that has an AUC; one alone is no picture."""
    rows = tuple(
        IntervalRow(
            name=one.name, value=_percent(one.auc.value), low=_percent(one.auc.low), high=_percent(one.auc.high)
        )
        for one in segments
        if one.auc is not None
    )
    if len(rows) < _LEAST_BARS:
        return None
    return Intervals(measure=_("Lower score right, of 100 pairs"), rows=rows, locale=terms.locale)


def _panel(one: SegmentValidity, *, terms: Terms) -> GroupPanel:
    first, last = one.groups[0], one.groups[-1]
    shares = [
        share_text(words.estimate(group.share, places=4), places=0, locale=terms.locale) for group in (first, last)
    ]
    heading = _("{name}: {first} of the lowest scores had the outcome, {last} of the highest")
    rows = tuple(_group_row(at, group, terms=terms) for at, group in enumerate(one.groups, start=1))
    return GroupPanel(
        heading=heading.format(name=one.name, first=shares[0], last=shares[1]),
        chart=Intervals(measure=_("With the outcome, per cent"), rows=rows, locale=terms.locale),
        table=_group_table(one.groups, terms=terms),
        calibration=words.calibration_words(one, terms=terms),
    )


def _group_row(at: int, group: GroupLine, *, terms: Terms) -> IntervalRow:
    return IntervalRow(
        name=words.group_name(at, lowest=group.lowest, highest=group.highest, terms=terms),
        value=_percent(group.share),
        low=_percent(group.low),
        high=_percent(group.high),
        expected=_percent(group.expected),
    )


def _group_table(groups: Sequence[GroupLine], *, terms: Terms) -> ChartTable:
    header = (
        _("Group"), _("Score from"), _("Score to"), _("Customers"), _("With the outcome"), _("Share, %"),
        _("95 % from"), _("95 % to"), _("Expected, %"),
    )  # fmt: skip
    rows = tuple(
        (
            at, _score(one.lowest), _score(one.highest), one.n, one.n_outcome, _percent(one.share), _percent(one.low),
            _percent(one.high), _percent(one.expected),
        )
        for at, one in enumerate(groups, start=1)
    )  # fmt: skip
    return ChartTable(header=header, rows=rows)


def _score(millionths: int) -> Decimal:
    return rounded(Decimal(millionths) / 1_000_000, places=2)


# ── suggested weights ────────────────────────────────────────────────────────────────────────────────────────


def _suggestion(found: Suggestion, *, terms: Terms) -> SuggestionPanel:
    sampled = _("Made from {n} customers and tested on {tested} others.")
    if found.is_sampled:
        sampled = _("Made from a sample: {n} customers, tested on {tested} others of it.")
    n, tested = (count_text(value, locale=terms.locale) for value in (found.n, found.n_tested))
    now, then = (
        decimal_text(words.estimate(value, places=2), places=2, locale=terms.locale)
        for value in (found.points_now, found.points_suggested)
    )
    points = _("Points per customer stay about what they are: {then} instead of {now}.").format(then=then, now=now)
    rows = tuple(_weight_row(line, terms=terms) for line in found.weights)
    return SuggestionPanel(
        heading=words.suggestion_heading(found),
        is_other=any(row.is_changed for row in rows),
        why_not=words.reason_words(found.reason) if found.reason else "",
        rows=rows,
        gain=words.gain_words(found, terms=terms),
        difference=_difference(found.gain, terms=terms),
        made_from=sampled.format(n=n, tested=tested) if found.n_tested else "",
        points=points if found.n_tested else "",
    )


def _difference(gain: Estimated | None, *, terms: Terms) -> str:
    if gain is None:
        return ""
    value, low, high = (
        delta_text(words.estimate(one * 100, places=1), places=1, locale=terms.locale)
        for one in (gain.value, gain.low, gain.high)
    )
    return _("{value} pairs of 100 ({low} to {high})").format(value=value, low=low, high=high)


def _weight_row(line: SuggestedWeight, *, terms: Terms) -> WeightRow:
    now, then = (
        short_text(to_points(value), most=3, locale=terms.locale) for value in (line.now_thousandths, line.thousandths)
    )
    return WeightRow(
        name=line.name,
        standing=words.standing_words(line.standing),
        is_changed=line.standing is Standing.SUGGESTED and line.thousandths != line.now_thousandths,
        now=now,
        suggested=then,
        effect=_effect(line.effect, terms=terms),
    )


def _effect(effect: Estimated | None, *, terms: Terms) -> str:
    if effect is None:
        return terms.locale.none
    value, low, high = (
        delta_text(words.estimate(one, places=3), places=3, locale=terms.locale)
        for one in (effect.value, effect.low, effect.high)
    )
    return _("{value} ({low} to {high})").format(value=value, low=low, high=high)


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────


def history_rows(lines: Sequence[CheckLine], *, terms: Terms) -> tuple[HistoryRow, ...]:
    return tuple(_history_row(line, terms=terms) for line in lines)


def _history_row(line: CheckLine, *, terms: Terms) -> HistoryRow:
    found, none = line.overall, terms.locale.none
    said = words.verdict(found) if found else none
    by = f", {line.asked_by}" if line.asked_by else ""
    return HistoryRow(
        number=line.number,
        state=words.state_words(line.state),
        is_done=line.state == "done",
        is_failed=line.state == "failed",
        as_of=short_date_text(line.as_of, locale=terms.locale),
        outcome=words.outcome_words(line.outcome),
        weight_set=str(line.weight_set_number or none),
        cause=words.cause_words(line.cause) + by,
        asked=instant_text(line.asked_at, zone=terms.zone, locale=terms.locale),
        verdict=_("cannot be checked") if line.reason else said,
        pairs=words.pairs(found.auc.value, terms=terms) if found and found.auc else none,
        is_expired=line.expiry is not None,
    )


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────


def check_table(check: CheckFound) -> ChartTable:
    """Every segment of a check, for a spreadsheet; statistics to six decimals."""
    return ChartTable(header=_COLUMNS, rows=tuple(_cells(check.line, one) for one in check.segments))


def _cells(line: CheckLine, one: SegmentValidity) -> tuple[Cell, ...]:
    auc, whole = one.auc, one.auc_whole
    aucs = (auc.value, auc.low, auc.high) if auc else (None, None, None)
    return (
        line.number, line.as_of.isoformat(), line.weight_set_number, _outcome(line.outcome), one.key, one.name,
        one.verdict.value, one.n, one.n_outcome, *map(_six, aucs), _six(whole.value if whole else None),
        ("yes" if one.holds else "no") if auc else None, _six(one.brier), _six(one.brier_base), _six(one.slope),
        _six(one.intercept),
    )  # fmt: skip


def _outcome(outcome: OutcomeLine) -> str:
    return f"{outcome.kind} {outcome.days} {' '.join(outcome.action_keys)}".strip()


def _six(value: float | None) -> Decimal | None:
    return None if value is None else words.estimate(value, places=6)
