"""Customers at risk as they are printed, on the page and in a file, and what became of outreach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.exactly import exact_decimal
from engagement.insights.risk_types import AFTER_DAYS, Back, Became, FallRule, OutreachLine, RiskLine, RiskPage, State
from engagement.insights.terms import Terms
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.dates import instant_text, short_date_text
from engagement.look.exact import rounded
from engagement.look.numbers import count_text, delta_text, range_text, share_text
from engagement.scorecards.present.segment import days_ago
from engagement.scorecards.words import at_risk as words

_COLUMNS = (
    "Customer", "Number", "Baseline", "Score", "Fall", "Days since last action", "State", "Owner", "Contact",
    "Contacted on", "Look again on", "Outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OutreachRow:
    """One outreach."""

    id: str
    state: str
    is_open: bool
    is_due: bool  # the day to look again has come
    owner: str
    contact: str  # "Call, 3 Feb 2026"
    return_on: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    number: int
    external_id: str
    baseline: str
    score: str
    fall: str
    last_action: str
    is_silent: bool
    state: str
    outreach: OutreachRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackRow:
    """How many of some customers are back; "–" where they are too few to say."""

    who: str
    of: str
    back: str
    share: str
    interval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BecamePanel:
    heading: str
    rows: tuple[BackRow, ...]
    outcomes: tuple[tuple[str, str], ...]
    left_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRiskPage:
    finding: str
    standfirst: str
    rule: str
    bases: tuple[str, ...]
    missing: str  # why there is no baseline, and what to do; "" where there is one
    is_scored: bool
    anybody: bool  # at risk, whatever the filter
    states: str
    kept: str
    closed: str
    rows: tuple[RiskRow, ...]
    where: str
    previous: int | None
    next: int | None
    became: BecamePanel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    number: str
    says: str
    set_by: str
    set_at: str


def at_risk_page(*, found: RiskPage, became: Became | None, today: date, terms: Terms) -> AtRiskPage:
    page, pages = (count_text(number, locale=terms.locale) for number in (found.page, found.pages))
    return AtRiskPage(
        finding=words.finding(found=found, terms=terms),
        standfirst=words.standfirst(found=found, terms=terms),
        rule=words.rule_words(rule=found.rule, terms=terms),
        bases=words.base_lines(bases=found.bases, rule=found.rule, terms=terms),
        missing="" if found.has_baseline or found.run is None else words.missing_words(found=found),
        is_scored=found.run is not None,
        anybody=found.at_risk > 0,
        states=words.states_words(found=found, terms=terms),
        kept=words.kept_words(found=found, terms=terms),
        closed=str(words.CLOSED),
        rows=tuple(_row(line, today=today, terms=terms) for line in found.lines),
        where=_("Page {n} of {all}").format(n=page, all=pages),
        previous=found.page - 1 if found.page > 1 else None,
        next=found.page + 1 if found.page < found.pages else None,
        became=became_panel(became=became, terms=terms) if became else None,
    )


def _row(line: RiskLine, *, today: date, terms: Terms) -> RiskRow:
    baseline, score = (terms.printed(value, places=2) for value in (line.baseline, line.score))
    days = line.days_since_last_action
    return RiskRow(
        number=line.number,
        external_id=line.external_id,
        baseline=terms.text(baseline),
        score=terms.text(score),
        fall=delta_text(score - baseline, places=2, locale=terms.locale),
        last_action=_("newly silent") if days is None else days_ago(days=days),
        is_silent=days is None,
        state=words.state_words(line.state),
        outreach=outreach_row(line=line.outreach, today=today, terms=terms) if line.outreach else None,
    )


def outreach_row(*, line: OutreachLine, today: date, terms: Terms) -> OutreachRow:
    how, on = words.how_words(line.how), line.contacted_on
    is_open = line.state is not State.CLOSED
    return OutreachRow(
        id=line.id,
        state=words.state_words(line.state),
        is_open=is_open,
        is_due=is_open and line.return_on is not None and line.return_on <= today,
        owner=line.owner_name or terms.locale.none,
        contact=f"{how}, {short_date_text(on, locale=terms.locale)}" if on else terms.locale.none,
        return_on=short_date_text(line.return_on, locale=terms.locale) if line.return_on else terms.locale.none,
        outcome=words.outcome_words(line.outcome) if line.outcome else terms.locale.none,
        note=line.note,
    )


def rule_row(*, rule: FallRule, terms: Terms) -> RuleRow:
    at = instant_text(rule.set_at, zone=terms.zone, locale=terms.locale) if rule.set_at else terms.locale.none
    says = words.rule_words(rule=rule, terms=terms)
    return RuleRow(number=str(rule.number), says=says, set_by=rule.set_by or terms.locale.none, set_at=at)


# ── what became of it ────────────────────────────────────────────────────────────────────────────────────────


def became_panel(*, became: Became, terms: Terms) -> BecamePanel:
    left_out = ""
    if became.not_comparable:
        n = count_text(became.not_comparable, locale=terms.locale)
        left_out = ngettext(
            "{n} contacted left out: not on a list then, scored with other weights since, or not scored now.",
            "{n} contacted left out: not on a list then, scored with other weights since, or not scored now.",
            became.not_comparable,
        ).format(n=n)
    return BecamePanel(
        heading=_became_heading(became, terms),
        rows=(
            _back_row(_("Contacted"), became.contacted, terms),
            _back_row(_("On the same lists, contacted by nobody"), became.others, terms),
        ),
        outcomes=tuple(
            (words.outcome_words(outcome), count_text(n, locale=terms.locale)) for outcome, n in became.outcomes
        ),
        left_out=left_out,
    )


def _became_heading(became: Became, terms: Terms) -> str:
    ours, others = became.contacted, became.others
    if ours.share is None:
        said = ngettext(
            "Fewer than {n} contacted customers can be followed {days} days on",
            "Fewer than {n} contacted customers can be followed {days} days on",
            terms.minimum_n,
        )
        return said.format(n=terms.minimum_n, days=AFTER_DAYS)
    share, other_share = (share_text(back.share, places=0, locale=terms.locale) for back in (ours, others))
    if others.share is None:
        said = _("{share} of those contacted are back")
    elif _may_be_alike(ours, others):
        said = _("{share} of those contacted are back, {others} of the others: no clear difference")
    else:
        said = _("{share} of those contacted are back, {others} of the others")
    return said.format(share=share, others=other_share)


def _may_be_alike(one: Back, other: Back) -> bool:
    """Whether the two intervals share a share."""
    lows = [back.low for back in (one, other) if back.low is not None]
    highs = [back.high for back in (one, other) if back.high is not None]
    return max(lows, default=Fraction(0)) <= min(highs, default=Fraction(1))


def _back_row(who: str, back: Back, terms: Terms) -> BackRow:
    none = terms.locale.none
    of = count_text(back.of, locale=terms.locale)
    if back.back is None or back.low is None or back.high is None:
        return BackRow(who=who, of=of, back=none, share=none, interval=none)
    low, high = (rounded(end * 100, places=0) for end in (back.low, back.high))
    return BackRow(
        who=who,
        of=of,
        back=count_text(back.back, locale=terms.locale),
        share=share_text(back.share, locale=terms.locale),
        interval=terms.locale.percent.format(range_text(low, high, most=0, locale=terms.locale)),
    )


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────


def risk_table(*, found: RiskPage) -> ChartTable:
    """The list as a file: scores in full."""
    return ChartTable(_COLUMNS, tuple(_cells(line) for line in found.lines))


def _cells(line: RiskLine) -> tuple[Cell, ...]:
    made = line.outreach
    return (
        line.external_id,
        line.number,
        exact_decimal(line.baseline),
        exact_decimal(line.score),
        exact_decimal(line.fall),
        line.days_since_last_action,
        line.state.value,
        made.owner_name if made else "",
        made.how if made else "",
        made.contacted_on.isoformat() if made and made.contacted_on else "",
        made.return_on.isoformat() if made and made.return_on else "",
        made.outcome if made else "",
    )
