"""Steps and their read-outs as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from engagement.cases.models import Initiative, Lever, Measure
from engagement.cases.present import words
from engagement.cases.readout_types import ArmView, Effect, ReadOutView
from engagement.cases.types import FindingName, StepChange, StepLine
from engagement.insights.note_types import segment_name
from engagement.insights.speaking import nobody
from engagement.insights.terms import Terms
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.components import Fact
from engagement.look.dates import day_text, instant_text, short_date_text, span_text
from engagement.look.exact import rounded
from engagement.look.numbers import count_text, decimal_text, delta_text, score_text, share_text

FIELDS = {
    "title": _lazy("Title"), "lever": _lazy("Kind of step"), "words": _lazy("What is done"),
    "segment": _lazy("Segment"), "first_day": _lazy("First day"), "last_day": _lazy("Last day"),
    "baseline_first": _lazy("Held against, from"), "baseline_last": _lazy("Held against, to"),
    "expected_thousandths": _lazy("Expected difference"), "expected_by": _lazy("Expected by"),
    "cost_minor": _lazy("Cost"), "return_minor": _lazy("Return"), "money_note": _lazy("Note on the money"),
    "owner": _lazy("Owner"), "comparison": _lazy("Compared with"), "compared": _lazy("Segments compared with"),
    "measure": _lazy("Measure"), "action": _lazy("Action"), "read_out_on": _lazy("Read-out day"),
    "findings": _lazy("Findings answered"),
}  # fmt: skip
_CHOICES = {"lever": Lever, "comparison": Initiative.Comparison, "measure": Measure}
_REWRITTEN = {"title", "words", "money_note", "owner"}
_IN_HUNDREDTHS = {"cost_minor", "return_minor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One thing that was changed."""

    field: str
    said: str
    when: str
    is_after_start: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step in a list."""

    id: UUID
    number: int
    title: str
    lever: str
    about: str
    days: str
    state: str
    is_open: bool
    owner: str
    read_out: str  # when it is due, or that it was read out


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """A step on its page; the read-out is apart."""

    row: StepRow
    words: str
    facts: tuple[Fact, ...]
    findings: tuple[FindingName, ...]
    changes: tuple[ChangeRow, ...]
    state_code: str
    stopped: str
    fixed: str  # by what and when it is judged


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOutPanel:
    """A read-out in words and tables."""

    number: int
    made: str
    headline: str
    change: str
    sentence: str
    others: tuple[str, ...]  # of other measures
    matched: str  # what customers who began alike say beside it; "" where that is the sentence itself
    target: str
    compared: str
    refused: tuple[str, ...]
    pre_trend: tuple[str, ...]
    warnings: tuple[str, ...]
    left_out: tuple[str, ...]
    facts: tuple[Fact, ...]
    table: ChartTable


def step_row(line: StepLine, *, terms: Terms) -> StepRow:
    """A step in words."""
    return StepRow(
        id=line.id,
        number=line.number,
        title=line.title,
        lever=str(Lever(line.lever).label),
        about=segment_name(key=line.segment_key, name=line.segment_name),
        days=_days(line, terms),
        state=str(Initiative.State(line.state).label),
        is_open=line.is_open,
        owner=line.owner_name,
        read_out=_due(line, terms),
    )


def _days(line: StepLine, terms: Terms) -> str:
    if line.last_day is None:
        return _("from {day}").format(day=short_date_text(line.first_day, locale=terms.locale))
    return span_text(line.first_day, line.last_day, locale=terms.locale)


def _due(line: StepLine, terms: Terms) -> str:
    day = short_date_text(line.read_out_on, locale=terms.locale)
    if line.latest_number is not None:
        return _("read-out {number}").format(number=line.latest_number)
    return "" if line.state == Initiative.State.STOPPED else _("due {day}").format(day=day)


def step_page(line: StepLine, *, currency: str, terms: Terms) -> StepPage:
    """A step with all that is known of it."""
    return StepPage(
        row=step_row(line, terms=terms),
        words=line.words,
        facts=_facts(line, currency, terms),
        findings=line.findings,
        changes=tuple(_change(change, currency, terms) for change in line.changes),
        state_code=line.state,
        stopped=line.stopped_because,
        fixed=_fixed(line, terms),
    )


def _fixed(line: StepLine, terms: Terms) -> str:
    measure = line.action_name or str(Measure(line.measure).label)
    day = day_text(line.read_out_on, locale=terms.locale)
    if line.state == Initiative.State.PLANNED:
        return _("It will be judged by: {measure}, on {day}. Starting it fixes both.").format(measure=measure, day=day)
    changed = any(one.is_after_start and one.field in {"measure", "action", "read_out_on"} for one in line.changes)
    said = (
        _("It is judged by: {measure}, on {day}. Both were changed after the start.")
        if changed
        else _("It is judged by: {measure}, on {day}, as was fixed when it started.")
    )
    return said.format(measure=measure, day=day)


def _facts(line: StepLine, currency: str, terms: Terms) -> tuple[Fact, ...]:
    locale = terms.locale
    compared = ", ".join(name for _key, name in line.compared)
    facts = [
        Fact(name=_("Baseline"), value=span_text(line.baseline_first, line.baseline_last, locale=locale)),
        Fact(name=_("Compared with"), value=compared or str(Initiative.Comparison(line.comparison).label)),
        Fact(name=_("Cost"), value=words.money_text(line.cost_minor, currency=currency, locale=locale)),
        Fact(
            name=_("Return"), value=words.money_text(line.return_minor, currency=currency, locale=locale),
            base=line.money_note,
        ),
        Fact(name=_("Owner"), value=line.owner_name or locale.none),
    ]  # fmt: skip
    if line.expected is not None:
        by = _("by {day}").format(day=day_text(line.expected_by, locale=locale)) if line.expected_by else ""
        facts.insert(
            0, Fact(name=_("Expected"), value=words.signed_text(line.expected, locale=locale, most=3), base=by)
        )
    return tuple(facts)


def _change(change: StepChange, currency: str, terms: Terms) -> ChangeRow:
    when = instant_text(change.changed_at, zone=terms.zone, locale=terms.locale)
    said = _("{before} → {after}").format(
        before=_value(change.field, change.before, currency, terms),
        after=_value(change.field, change.after, currency, terms),
    )
    return ChangeRow(
        field=str(FIELDS[change.field]),
        said=_("said otherwise") if change.field in _REWRITTEN else said,
        when=_("{who}, {when}").format(who=change.changed_by or nobody(), when=when),
        is_after_start=change.is_after_start,
    )


def _value(field: str, kept: str, currency: str, terms: Terms) -> str:
    """A kept code, day or number as it is read."""
    if not kept:
        return terms.locale.none
    if field in _CHOICES:
        return str(_CHOICES[field](kept).label)
    if field in _IN_HUNDREDTHS:
        return words.money_text(int(kept), currency=currency, locale=terms.locale)
    if field == "expected_thousandths":
        return words.signed_text(Fraction(int(kept), 1000), locale=terms.locale, most=3)
    if field.endswith(("_day", "_first", "_last", "_by", "_on")):
        return short_date_text(date.fromisoformat(kept), locale=terms.locale)
    return kept


# ── a read-out ───────────────────────────────────────────────────────────────────────────────────────────────


def read_out_panel(view: ReadOutView, *, terms: Terms) -> ReadOutPanel:
    """What came of a step, in words that say no more than the figures can."""
    made = instant_text(view.made_at, zone=terms.zone, locale=terms.locale)
    said = _("Read-out {number}, {made}, by {who}: scoring {before} against {after}.")
    return ReadOutPanel(
        number=view.number,
        made=said.format(
            number=view.number, made=made, who=view.made_by or nobody(),
            before=view.before.run_number, after=view.after.run_number,
        ),
        headline=_headline(view, terms),
        change=_sentence(view, terms),
        sentence=words.effect_sentence(view, view.measure, locale=terms.locale),
        others=_others(view, terms),
        matched=_matched(view, terms),
        target=words.target_sentence(view, terms=terms),
        compared=words.compared_text(view),
        refused=tuple(words.refused_text(one) for one in view.refused),
        pre_trend=words.pre_trend_sentences(view.pre_trend, locale=terms.locale),
        warnings=words.warning_texts(view.warnings),
        left_out=words.left_out_texts(view, locale=terms.locale),
        facts=_money(view, terms),
        table=_table(view, terms),
    )  # fmt: skip


def _headline(view: ReadOutView, terms: Terms) -> str:
    return _("{change}: {moment}").format(
        change=words.change_text(view, terms=terms), moment=words.moment_sentence(view.after, terms=terms)
    )


def _sentence(view: ReadOutView, terms: Terms) -> str:
    """From where to where, in full."""
    said = _("The Customer Engagement Score of the segment went from {before} on {first} to {after} on {last}.")
    scores = [
        score_text(one.score, places=2, bands=terms.bands, locale=terms.locale) for one in (view.before, view.after)
    ]
    days = [day_text(one.as_of, locale=terms.locale) for one in (view.before, view.after)]
    return said.format(before=scores[0], first=days[0], after=scores[1], last=days[1])


def _others(view: ReadOutView, terms: Terms) -> tuple[str, ...]:
    return tuple(
        _("{measure}: {sentence}").format(
            measure=Measure(measure).label, sentence=words.effect_sentence(view, measure, locale=terms.locale)
        )
        for measure in view.treated
        if measure != view.measure and view.effect(measure) is not None
    )


def _matched(view: ReadOutView, terms: Terms) -> str:
    found = view.matched.get(view.measure)
    if found is None or view.effect() is found:
        return ""
    places = words.places_of_measure(view.measure)
    return _("Held against those who began with a like score, tenth by tenth: {size} ({interval}).").format(
        size=delta_text(found.effect, places=places, locale=terms.locale),
        interval=words.interval_text(found, places=places, locale=terms.locale),
    )


def _money(view: ReadOutView, terms: Terms) -> tuple[Fact, ...]:
    money, locale = view.money, terms.locale
    unknown = _("not known")
    each, back = view.cost_per_difference, money.return_on_cost
    no_effect = pgettext("cost for each 1 of an effect", "no effect to divide by")
    return (
        Fact(name=_("Cost"), value=words.money_text(money.cost_minor, currency=money.currency, locale=locale)),
        Fact(
            name=_("Cost for each 1 of the effect"),
            value=f"{decimal_text(each, places=0, locale=locale)} {money.currency}"
            if each is not None
            else unknown
            if money.cost_minor is None
            else no_effect,
        ),
        Fact(name=_("Return on cost"), value=share_text(back, locale=locale) if back is not None else unknown),
    )


def _table(view: ReadOutView, terms: Terms) -> ChartTable:
    """Both groups and the difference between them, by measure."""
    header = (
        _("Measure"),
        _("Group"),
        _("Customers"),
        _("Before"),
        _("After"),
        _("Change"),
        _("95 % from"),
        _("95 % to"),
    )
    rows: list[tuple[Cell, ...]] = []
    for measure in view.treated:
        name = str(Measure(measure).label)
        rows += [_arm(name, _("treated"), view.treated[measure]), _arm(name, _("others"), view.other[measure])]
        rows += [_difference(name, view, measure)]
    return ChartTable(header=header, rows=tuple(rows))


def _arm(measure: str, group: str, arm: ArmView) -> tuple[Cell, ...]:
    if arm.before is None or arm.after is None:
        return measure, group, arm.n, None, None, None, None, None
    ends = rounded(arm.before, places=2), rounded(arm.after, places=2)
    return measure, group, arm.n, *ends, ends[1] - ends[0], None, None


def _difference(name: str, view: ReadOutView, measure: str) -> tuple[Cell, ...]:
    effect: Effect | None = view.effect(measure)
    if effect is None:
        return name, _("difference"), None, None, None, None, None, None
    figures = (rounded(one, places=2) for one in (effect.effect, effect.low, effect.high))
    return name, _("difference"), None, None, None, *figures


def list_facts(steps: Sequence[StepLine], *, terms: Terms) -> str:
    """How many steps there are in which state."""
    running = sum(step.state == Initiative.State.RUNNING for step in steps)
    return _("{n} steps, {running} of them running").format(
        n=count_text(len(steps), locale=terms.locale), running=count_text(running, locale=terms.locale)
    )
