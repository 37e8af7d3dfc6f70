"""Tests with arms as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.cases.experiment_types import ArmFound, Doubt, TrialLine, TrialReadOut
from engagement.cases.formula import difference_detectable
from engagement.cases.models import Experiment, Measure
from engagement.cases.present.words import interval_text, places_of_measure
from engagement.cases.readout_types import Effect
from engagement.insights.speaking import nobody
from engagement.insights.terms import Terms
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.components import Fact
from engagement.look.dates import day_text, instant_text, span_text
from engagement.look.exact import rounded
from engagement.look.numbers import count_text, decimal_text, delta_text, share_text, short_text

_STATES: Final = {
    "planned": _lazy("Planned"), "running": _lazy("Running"), "over": _lazy("Over"), "stopped": _lazy("Stopped"),
}  # fmt: skip
_DOUBTS: Final = {
    Doubt.SPLIT: _lazy(
        "The customers found are not split as planned, by more than chance gives: something decides who is in which"
        " arm, or who is counted. The result is withheld until that is found."
    ),
    Doubt.EARLY: _lazy("Too early: the test is not over. Whoever stops when it looks good finds something too often."),
    Doubt.FEW: _lazy("Fewer customers than planned: a difference of the size that was wanted may go unseen."),
    Doubt.NOBODY: _lazy("An arm has too few customers to show a number."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """One test in the list."""

    id: UUID
    title: str
    days: str
    state: str
    is_open: bool
    judged: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPage:
    """A test as it was planned."""

    row: TrialRow
    words: str
    state_code: str
    stopped: str
    facts: tuple[Fact, ...]
    arms: ChartTable


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """A read-out in words; without a table while it is withheld."""

    number: int
    headline: str
    made: str
    sentences: tuple[str, ...]
    doubts: tuple[str, ...]
    is_withheld: bool
    is_shown_anyway: bool
    table: ChartTable | None


def trial_row(line: TrialLine, *, terms: Terms) -> TrialRow:
    """A test in a line."""
    return TrialRow(
        id=line.id,
        title=line.title,
        days=span_text(line.first_day, line.last_day, locale=terms.locale),
        state=str(_STATES[line.state]),
        is_open=line.state != "stopped",
        judged=_judged(line),
        owner=line.owner_name,
    )


def _judged(line: TrialLine) -> str:
    if line.judged_by == Experiment.Judged.SHARE:
        return _("share of customers with {action}").format(action=line.action_name)
    return line.action_name or str(Measure(line.measure).label)


def trial_page(line: TrialLine, *, spread: float | None, terms: Terms) -> TrialPage:
    """A test as it was planned; `spread` is one customer's standard deviation, where it is known."""
    locale = terms.locale
    source = _("event {name}").format(name=line.event_name) if line.event_name else _("trait")
    facts = [
        Fact(name=_("Arm by"), value=line.arm_name, base=source),
        Fact(name=_("Judged by"), value=_judged(line)),
        Fact(name=_("Smallest difference worth seeing"), value=_size(line, Fraction(line.difference), terms)),
        Fact(name=_("Customers in each arm"), value=count_text(line.customers_per_arm, locale=locale)),
    ]
    if spread is not None:
        seen = difference_detectable(spread=spread, customers=line.customers_per_arm)
        facts.append(
            Fact(name=_("So many show a difference of"), value=_size(line, rounded(Fraction(seen), places=1), terms))
        )
    return TrialPage(
        row=trial_row(line, terms=terms),
        words=line.words,
        state_code=line.state,
        stopped=line.stopped_because,
        facts=tuple(facts),
        arms=ChartTable(
            header=(_("Arm"), _("Planned share, %")),
            rows=tuple((value, rounded(Fraction(share, 10), places=1)) for value, share in line.arms),
        ),
    )


def _size(line: TrialLine, value: Fraction | Decimal, terms: Terms) -> str:
    if line.judged_by == Experiment.Judged.SHARE:
        return share_text(value, locale=terms.locale)
    return short_text(value, most=3, locale=terms.locale)


def trial_result(view: TrialReadOut, *, line: TrialLine, anyway: bool, terms: Terms) -> TrialResult:
    """What the arms did. Where the split is off, only for whoever asks for it `anyway`."""
    made = instant_text(view.made_at, zone=terms.zone, locale=terms.locale)
    is_withheld = view.is_withheld and not anyway
    said = _("Read-out {number}, {made}, by {who}: scoring {run}, as of {day}.")
    return TrialResult(
        number=view.number,
        headline=_headline(view, line, terms),
        made=said.format(
            number=view.number, made=made, who=view.made_by or nobody(), run=view.run_number,
            day=day_text(view.as_of, locale=terms.locale),
        ),
        sentences=() if is_withheld else _sentences(view, line, terms),
        doubts=tuple(str(_DOUBTS[doubt]) for doubt in view.doubts),
        is_withheld=is_withheld,
        is_shown_anyway=view.is_withheld and anyway,
        table=None if is_withheld else _table(view, line),
    )  # fmt: skip


def _headline(view: TrialReadOut, line: TrialLine, terms: Terms) -> str:
    """The verdict, or why there is none."""
    if view.is_withheld:
        return _("The result is not to be trusted: the split is off")
    if Doubt.NOBODY in view.doubts:
        return _("Too few customers for a result")
    if Doubt.EARLY in view.doubts:
        return _("Too early for a verdict")
    told = [arm for arm in view.arms if arm.difference is not None and arm.difference.is_told_from_nothing]
    if not told:
        return _("No difference is to be seen")
    arm = max(told, key=lambda one: abs(one.difference.effect) if one.difference else 0)
    assert arm.difference is not None
    size = _difference(line, arm.difference.effect, terms)
    return _("{arm}: {size} against {first}").format(arm=arm.value, size=size, first=view.arms[0].value)


def _difference(line: TrialLine, value: Decimal, terms: Terms) -> str:
    number = Fraction(value)
    if line.judged_by == Experiment.Judged.SHARE:
        return ("+" if number > 0 else "") + share_text(number, locale=terms.locale)
    return delta_text(number, places=places_of_measure(line.measure), locale=terms.locale)


def _sentences(view: TrialReadOut, line: TrialLine, terms: Terms) -> tuple[str, ...]:
    found = [_arm(arm, view, line, terms) for arm in view.arms if arm.difference is not None]
    if not {Doubt.SPLIT, Doubt.NOBODY} & set(view.doubts):
        found.append(_("The customers found are split as planned, as far as chance allows."))
    days = (view.as_of - line.first_day).days + 1
    if view.window_days > days:
        before = view.window_days - days
        said = ngettext(
            "The scoring looks {window} days back, {n} of them before the test: that makes the difference smaller.",
            "The scoring looks {window} days back, {n} of them before the test: that makes the difference smaller.",
            before,
        )
        found.append(said.format(window=view.window_days, n=before))
    if view.outside:
        said = ngettext(
            "{n} customer has a value that is no arm.", "{n} customers have a value that is no arm.", view.outside
        )
        found.append(said.format(n=count_text(view.outside, locale=terms.locale)))
    return tuple(found)


def _arm(arm: ArmFound, view: TrialReadOut, line: TrialLine, terms: Terms) -> str:
    assert arm.difference is not None
    size, ends = _difference(line, arm.difference.effect, terms), _ends(line, arm.difference, terms)
    said = _("{arm} against {first}: {size} ({interval}), 95 % interval.")
    return said.format(arm=arm.value, first=view.arms[0].value, size=size, interval=ends)


def _ends(line: TrialLine, effect: Effect, terms: Terms) -> str:
    if line.judged_by == Experiment.Judged.SHARE:
        ends = (Fraction(end) * 100 for end in (effect.low, effect.high))
        low, high = (decimal_text(end, places=1, locale=terms.locale) for end in ends)
        return terms.locale.percent.format(terms.locale.between.format(low=low, high=high))
    return interval_text(effect, places=places_of_measure(line.measure), locale=terms.locale)


def _table(view: TrialReadOut, line: TrialLine) -> ChartTable:
    is_share = line.judged_by == Experiment.Judged.SHARE
    scale, unit = (100, _("Share, %")) if is_share else (1, _("Mean"))
    header = (_("Arm"), _("Customers"), unit, _("Difference"), _("95 % from"), _("95 % to"))
    return ChartTable(header=header, rows=tuple(_row(arm, scale) for arm in view.arms))


def _row(arm: ArmFound, scale: int) -> tuple[Cell, ...]:
    level = None if arm.level is None else rounded(arm.level * scale, places=2)
    if arm.difference is None:
        return arm.value, arm.n, level, None, None, None
    ends = (arm.difference.effect, arm.difference.low, arm.difference.high)
    return arm.value, arm.n, level, *(rounded(Fraction(one) * scale, places=2) for one in ends)


def list_heading(lines: Sequence[TrialLine]) -> str:
    """How many tests run."""
    running = sum(line.state == "running" for line in lines)
    if not lines:
        return _("Nothing was tested yet")
    return ngettext("{n} test runs", "{n} tests run", running).format(n=running) if running else _("No test runs")
