"""Where a target stands, as it is printed: its state with a mark, the paces, the way on a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.insights.models import Target
from engagement.insights.outlook_types import PastTarget, TargetOutlook
from engagement.insights.terms import Terms
from engagement.insights.types import TargetFigures
from engagement.look.charts import ProgressChart
from engagement.look.charts.table import ChartTable
from engagement.look.dates import day_text, instant_text, short_date_text
from engagement.look.exact import Number, exact
from engagement.look.numbers import (
    chance_text,
    decimal_text,
    delta_text,
    per_customer_text,
    plus_minus_text,
    share_text,
    short_text,
)
from engagement.scoring.formula import TargetState

# A state is never said by a mark alone: its name stands beside it.
_MARKS = {
    TargetState.REACHED: ("✓", _lazy("reached")),
    TargetState.ON_TRACK: ("↗", _lazy("on track")),
    TargetState.AT_RISK: ("≈", _lazy("at risk")),
    TargetState.OFF_TRACK: ("↘", _lazy("off track")),
    TargetState.MISSED: ("✕", _lazy("missed")),
    TargetState.UNKNOWN: ("?", _lazy("not known")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A target's state as it is printed. `pace` is one sentence or two, `chart` is None without a number."""

    code: str
    mark: str
    name: str
    pace: str
    chart: ProgressChart | None
    table: ChartTable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLine:
    """A target of the past, or the one in force, in a list."""

    measure: str
    value: str
    due_on: str
    start: str
    owner: str
    set_by: str
    set_at: str
    ended: str
    note: str


def measure_name(*, measure: str) -> str:
    """The measure's name on a page."""
    return str(Target.Measure(measure).label)


def value_text(*, value: Number | None, measure: str, terms: Terms) -> str:
    """A value of a measure: a score with one decimal, points per customer with two, an active share in per cent."""
    if value is None:
        return terms.locale.none
    if measure == Target.Measure.ACTIVE_SHARE:
        return share_text(value, locale=terms.locale)
    if measure == Target.Measure.SCORE:
        return decimal_text(value, places=1, locale=terms.locale)
    return per_customer_text(value, locale=terms.locale)


def target_text(*, value: Decimal, measure: str, terms: Terms) -> str:
    """A target with as few decimals as it has: "75", "72.5", "45 %"."""
    if measure == Target.Measure.ACTIVE_SHARE:
        return terms.locale.percent.format(short_text(value * 100, most=1, locale=terms.locale))
    return short_text(value, most=3, locale=terms.locale)


def heading(*, states: Sequence[str]) -> str:
    """How targets stand, as the heading of their page: "5 targets: 1 on track, 3 off track, 1 missed"."""
    if not states:
        return _("No target is set")
    counted = [(states.count(str(name)), str(name)) for _mark, name in _MARKS.values()]
    known = states if len(states) == 1 else [f"{count} {name}" for count, name in counted if count]
    said = ngettext("{count} target: {states}", "{count} targets: {states}", len(states))
    return said.format(count=len(states), states=", ".join(known))


def gap_text(*, value: Number, measure: str, terms: Terms) -> str:
    """A difference of two values of a measure, with its sign: "+0.70"; of shares "+1.2 % of customers"."""
    gap = bare_gap_text(value=value, measure=measure, terms=terms)
    return _("{share} of customers").format(share=gap) if measure == Target.Measure.ACTIVE_SHARE else gap


def bare_gap_text(*, value: Number, measure: str, terms: Terms) -> str:
    """The same where the column says of what a share is: "+1.2 %"."""
    if measure == Target.Measure.ACTIVE_SHARE:
        number = delta_text(exact(value) * 100, places=1, locale=terms.locale)
        return terms.locale.percent.format(number)
    return delta_text(value, places=2, locale=terms.locale)


def standing(*, target: TargetFigures, terms: Terms) -> Standing:
    """Where a target stands, from its figures; without an outlook it is not known."""
    outlook = target.outlook or TargetOutlook(state=TargetState.UNKNOWN, reason=_("not computed"))
    mark, name = _MARKS[outlook.state]
    chart = _chart(target, outlook, terms)
    return Standing(
        code=outlook.state.value,
        mark=mark,
        name=str(name),
        pace=_pace(target, outlook, terms),
        chart=chart,
        table=chart.table() if chart else None,
    )


# ── sentences ────────────────────────────────────────────────────────────────────────────────────────────────


def _pace(target: TargetFigures, outlook: TargetOutlook, terms: Terms) -> str:
    """What decided, in the numbers it rests on."""
    if outlook.value is None:
        reason = outlook.reason or _("not known")
        return f"{capfirst(reason)}."
    if outlook.days_left == 0:
        return _settled(target, outlook, terms)
    said = [_needed(target, outlook, terms), _recent(target, outlook, terms), _projected(target, outlook, terms)]
    said += [f"{capfirst(outlook.reason)}."] if outlook.reason else []
    return " ".join(part for part in said if part)


def _settled(target: TargetFigures, outlook: TargetOutlook, terms: Terms) -> str:
    value, day = exact(outlook.value or 0), day_text(outlook.value_on, locale=terms.locale)
    gap = gap_text(value=value - exact(target.value), measure=target.measure, terms=terms)
    said = _("{value} on {day}: {gap} against the target.").format(
        value=_number(value, target, terms), day=day, gap=gap
    )
    return f"{said} {capfirst(outlook.reason)}." if outlook.reason else said


def _number(value: Fraction, target: TargetFigures, terms: Terms) -> str:
    """A value that never prints as if it had reached the target when it has not."""
    if target.measure == Target.Measure.SCORE:
        return terms.text(terms.printed(value, places=1, target=target.value))
    return value_text(value=value, measure=target.measure, terms=terms)


def _needed(target: TargetFigures, outlook: TargetOutlook, terms: Terms) -> str:
    if outlook.state is TargetState.REACHED or outlook.needed_a_month is None:
        value = _number(exact(outlook.value or 0), target, terms)
        day = day_text(outlook.value_on, locale=terms.locale)
        return _("{value} on {day}, which is enough.").format(value=value, day=day)
    gap = gap_text(value=outlook.needed_a_month, measure=target.measure, terms=terms)
    return _("Needs {gap} a month.").format(gap=gap)


def _recent(target: TargetFigures, outlook: TargetOutlook, terms: Terms) -> str:
    if outlook.recent_a_month is None:
        return ""
    gave = gap_text(value=outlook.recent_a_month, measure=target.measure, terms=terms)
    spread = _spread(target, outlook.recent_half_width_95, terms, places=2)
    return _("The last three months gave {gap}.").format(gap=f"{gave}{spread}")


def _spread(target: TargetFigures, half: Decimal | None, terms: Terms, *, places: int) -> str:
    if not half:
        return ""
    if target.measure == Target.Measure.ACTIVE_SHARE:
        return f" ({plus_minus_text(half * 100, places=1, locale=terms.locale)})"
    return f" {plus_minus_text(half, places=places, locale=terms.locale)}"


def _projected(target: TargetFigures, outlook: TargetOutlook, terms: Terms) -> str:
    if outlook.projected is None or outlook.chance is None:
        return ""
    places = 1 if target.measure == Target.Measure.SCORE else 2
    value = value_text(value=outlook.projected, measure=target.measure, terms=terms)
    spread = _spread(target, outlook.projected_half_width_95, terms, places=places)
    due = day_text(target.due_on, locale=terms.locale)
    said = _("At that pace {value} on {day}: a chance of {chance} that it is there.")
    if outlook.state is TargetState.REACHED:
        said = _("At that pace {value} on {day}: a chance of {chance} that it is still there.")
    return said.format(value=f"{value}{spread}", day=due, chance=_chance(outlook.chance, terms))


def _chance(chance: Decimal, terms: Terms) -> str:
    """Example: "about 41 %", "less than 1 %"."""
    text = chance_text(chance, locale=terms.locale)
    if text[0] == "<":
        return _("less than {chance}").format(chance=text[2:])
    return (
        _("more than {chance}").format(chance=text[2:]) if text[0] == ">" else _("about {chance}").format(chance=text)
    )


# ── the scale ────────────────────────────────────────────────────────────────────────────────────────────────


def _chart(target: TargetFigures, outlook: TargetOutlook, terms: Terms) -> ProgressChart | None:
    if outlook.value is None:
        return None
    is_share = target.measure == Target.Measure.ACTIVE_SHARE
    factor = 100 if is_share else 1

    def scaled(value: Number | None) -> Fraction | None:
        return None if value is None else exact(value) * factor

    start = _("Start")
    if target.start_as_of:
        start = _("Start, {day}").format(day=short_date_text(target.start_as_of, locale=terms.locale))
    bounded = target.measure != Target.Measure.POINTS_PER_CUSTOMER
    return ProgressChart(
        target=exact(target.value) * factor,
        now=exact(outlook.value) * factor,
        now_label=short_date_text(outlook.value_on, locale=terms.locale),
        start=scaled(target.start_value),
        start_label=start,
        projected=scaled(outlook.projected),
        projected_label=_("{day}, at this pace").format(day=short_date_text(target.due_on, locale=terms.locale)),
        half_width_95=scaled(outlook.projected_half_width_95),
        least_span=10 if bounded else max(abs(exact(target.value)) / 10, Fraction(1)),
        floor=0 if bounded or not _below_zero(target, outlook) else None,
        ceiling=100 if bounded else None,
        places=1 if bounded else 2,
        unit=terms.locale.percent.format("") if is_share else "",
        locale=terms.locale,
    )


def _below_zero(target: TargetFigures, outlook: TargetOutlook) -> bool:
    """Points may be negative where a weight is; a scale goes below 0 only then."""
    return any(value is not None and value < 0 for value in (outlook.value, outlook.projected, target.start_value))


# ── history ──────────────────────────────────────────────────────────────────────────────────────────────────


def past_line(*, target: PastTarget, terms: Terms) -> PastLine:
    """A target as it was set."""
    locale = terms.locale
    start = value_text(value=target.start_value, measure=target.measure, terms=terms)
    return PastLine(
        measure=measure_name(measure=target.measure),
        value=target_text(value=target.value, measure=target.measure, terms=terms),
        due_on=day_text(target.due_on, locale=locale),
        start=f"{start}, {short_date_text(target.start_as_of, locale=locale)}" if target.start_as_of else start,
        owner=target.owner_name or locale.none,
        set_by=target.set_by or locale.none,
        set_at=instant_text(target.set_at, zone=terms.zone, locale=locale),
        ended=instant_text(target.retired_at, zone=terms.zone, locale=locale) if target.retired_at else _("in force"),
        note=target.note,
    )
