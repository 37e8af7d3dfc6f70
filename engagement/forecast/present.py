"""Forecasts as they are printed: text, one chart, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from engagement.forecast.types import ForecastFigures, LookFigures, PathLever, Said
from engagement.forecast.words import forecasts as words
from engagement.forecast.words import paths
from engagement.insights.calendars import By, period_label, period_mark
from engagement.insights.models import Target
from engagement.insights.standing import measure_name, standing, target_text, value_text
from engagement.insights.terms import Terms
from engagement.insights.types import TargetFigures
from engagement.look.charts import FanChart, FanPoint, FanStep, TrendTarget
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.dates import day_text, short_date_text
from engagement.look.exact import rounded
from engagement.look.numbers import decimal_text, delta_text, share_text

_DRAWN: Final = 40  # of the past: more of it is in the table's file
Outlooks = Mapping[str, TargetFigures]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastLine:
    """One forecast in the list of all."""

    segment_name: str
    measure: str
    query: str
    is_shown: bool
    now: str
    target: str
    due_on: str
    at_due: str
    chance: str
    pace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverRow:
    """One action of the path."""

    name: str
    now: str
    rise: str
    percent: str
    usual: str
    precedent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRow:
    """What was said of a day, and what came."""

    made: str
    day: str
    said: str
    came: str
    inside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualRow:
    """One segment outside of what was to be expected."""

    text: str
    stands: bool
    carried: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPage:
    """One forecast whole, beside the list of all."""

    lines: tuple[ForecastLine, ...]
    query: str
    segment_key: str
    name: str
    finding: str
    chart: FanChart
    chart_title: str
    chart_caption: str
    expected: str
    pace: str
    rests_on: tuple[str, ...]
    tried: tuple[tuple[str, str, bool], ...]
    has_path: bool
    verdict: str
    levers: tuple[LeverRow, ...]
    said: tuple[SaidRow, ...]
    inside: str
    looked: str
    look_day: str
    unusual: tuple[UnusualRow, ...]


def forecast_page(
    *,
    every: Sequence[ForecastFigures],
    shown: ForecastFigures,
    targets: Outlooks,
    look: LookFigures | None,
    said: Sequence[Said],
    is_limited: bool,
    terms: Terms,
) -> ForecastPage:
    """The page of one forecast; `targets` in force by id."""
    chart = fan_chart(figures=shown, look=look, terms=terms)
    target = targets.get(shown.target_id or "")
    return ForecastPage(
        lines=tuple(_line(one, targets, is_shown=one is shown, terms=terms) for one in every),
        query=query_of(shown),
        segment_key=shown.segment_key,
        name=shown.segment_name,
        finding=words.finding(figures=shown, terms=terms),
        chart=chart,
        chart_title=_("{segment}, {measure}: so far, and where it may go").format(
            segment=shown.segment_name, measure=measure_name(measure=shown.measure)
        ),
        chart_caption=_caption(chart),
        expected=words.expected(figures=shown, terms=terms),
        pace=words.beside_pace(figures=shown, outlook=target.outlook if target else None, terms=terms),
        rests_on=tuple(words.rests_on(figures=shown, terms=terms)),
        tried=tuple(words.tried(figures=shown, terms=terms)),
        has_path=shown.path is not None,
        verdict=paths.verdict(figures=shown, path=shown.path, terms=terms) if shown.path else "",
        levers=tuple(_lever(one, shown.period, terms) for one in (shown.path.levers if shown.path else ())),
        said=tuple(_said(one, shown.measure, terms) for one in said),
        inside=_inside(said),
        looked=paths.looked(look=look, is_limited=is_limited) if look else "",
        look_day=day_text(look.as_of, locale=terms.locale) if look else "",
        unusual=_unusual(look, terms) if look else (),
    )


def _caption(chart: FanChart) -> str:
    said = _(
        "Inner band: 80 of 100 cases; outer band: 95 of 100. The dashed line is the middle. A ringed point is unusual."
    )
    return f"{said} {chart.scale_note}".rstrip()


def query_of(figures: ForecastFigures) -> str:
    """What opens a forecast on the page."""
    return urlencode({"segment": figures.segment_key, "measure": figures.measure})


def _line(one: ForecastFigures, targets: Outlooks, *, is_shown: bool, terms: Terms) -> ForecastLine:
    target = targets.get(one.target_id or "")
    none, locale = terms.locale.none, terms.locale
    ends = ""
    if one.at_due is not None:
        low, high = (
            value_text(value=end, measure=one.measure, terms=terms) for end in (one.at_due.low_80, one.at_due.high_80)
        )
        ends = _("{low} to {high}").format(low=low, high=high)
    return ForecastLine(
        segment_name=one.segment_name,
        measure=measure_name(measure=one.measure),
        query=query_of(one),
        is_shown=is_shown,
        now=value_text(value=one.series[-1].value, measure=one.measure, terms=terms),
        target=none if one.target is None else target_text(value=one.target, measure=one.measure, terms=terms),
        due_on=day_text(one.due_on, locale=locale) if one.due_on else none,
        at_due=ends or none,
        chance=none if one.chance is None else words.chance_in_tenths(one.chance),
        pace=standing(target=target, terms=terms).name if target else none,
    )


def fan_chart(*, figures: ForecastFigures, look: LookFigures | None, terms: Terms) -> FanChart:
    """History, fan, target and due day; shares in per cent."""
    factor = 100 if figures.measure == Target.Measure.ACTIVE_SHARE else 1
    is_score, by = figures.measure == Target.Measure.SCORE, By(figures.period)
    odd = {figures.as_of} if look and is_score and _is_unusual(figures, look) else set()
    target = None
    if figures.target is not None:
        value = target_text(value=figures.target, measure=figures.measure, terms=terms)
        target = TrendTarget(figures.target * factor, _("Target {value}").format(value=value))
    due = short_date_text(figures.due_on, locale=terms.locale) if figures.due_on else ""
    is_bounded = figures.measure != Target.Measure.POINTS_PER_CUSTOMER
    return FanChart(
        measure=measure_name(measure=figures.measure),
        points=tuple(
            FanPoint(
                as_of=one.day,
                label=period_mark(one.day, by=by),
                full_label=period_label(one.day, by=by),
                value=one.value * factor,
                is_unusual=one.day in odd,
            )
            for one in figures.series[-_DRAWN:]
        ),
        steps=tuple(
            FanStep(
                as_of=one.day,
                label=period_mark(one.day, by=by),
                full_label=period_label(one.day, by=by),
                middle=one.middle * factor,
                low_80=one.low_80 * factor,
                high_80=one.high_80 * factor,
                low_95=one.low_95 * factor,
                high_95=one.high_95 * factor,
            )
            for one in figures.steps
        ),
        bands=terms.bands if is_score else None,
        target=target,
        due_on=figures.due_on,
        due_label=_("due {day}").format(day=due) if due else "",
        floor=0 if is_bounded else None,
        top=100 if is_bounded else None,
        places=1 if is_bounded else 2,
        locale=terms.locale,
    )


def _is_unusual(figures: ForecastFigures, look: LookFigures) -> bool:
    return look.as_of == figures.as_of and figures.segment_key in {one.segment_key for one in look.found}


def _lever(one: PathLever, period: str, terms: Terms) -> LeverRow:
    none, locale = terms.locale.none, terms.locale
    usual = none
    if one.usual is not None and one.high is not None:
        usual = _("{usual}, seldom over {high}").format(
            usual=decimal_text(one.usual, places=2, locale=locale), high=decimal_text(one.high, places=2, locale=locale)
        )
    return LeverRow(
        name=one.name,
        now=decimal_text(one.now, places=2, locale=locale),
        rise=none if one.rise is None else delta_text(one.rise, places=2, locale=locale),
        percent=none if one.factor is None else f"+{share_text(one.factor - 1, places=0, locale=locale)}",
        usual=usual,
        precedent=paths.precedent(lever=one, period=period, terms=terms),
    )


def _said(one: Said, measure: str, terms: Terms) -> SaidRow:
    low, high = (value_text(value=end, measure=measure, terms=terms) for end in (one.fan.low_95, one.fan.high_95))
    return SaidRow(
        made=short_date_text(one.made_as_of, locale=terms.locale),
        day=short_date_text(one.fan.day, locale=terms.locale),
        said=_("{low} to {high}").format(low=low, high=high),
        came=value_text(value=one.came, measure=measure, terms=terms),
        inside=_("inside") if one.is_inside else _("outside"),
    )


def _inside(said: Sequence[Said]) -> str:
    n = sum(one.is_inside for one in said)
    return _("{n} of {all} were inside the 95 % interval.").format(n=n, all=len(said)) if said else ""


def _unusual(look: LookFigures, terms: Terms) -> tuple[UnusualRow, ...]:
    return tuple(
        UnusualRow(
            text=paths.unusual(one=one, terms=terms),
            stands=one.stands,
            carried=paths.carried(by=one.carried_by, names=dict(look.action_names), terms=terms),
        )
        for one in look.found
    )


def forecast_table(*, figures: ForecastFigures) -> ChartTable:
    """The known series and the forecast as a file: the measure's own unit, six decimals at most."""
    header = ("day", "run", "state", "value", "low_80", "high_80", "low_95", "high_95")

    def plain(value: Fraction) -> Decimal:
        return rounded(value, places=6)

    known: list[tuple[Cell, ...]] = [
        (one.day.isoformat(), one.run_number, "known", plain(one.value), None, None, None, None)
        for one in figures.series
    ]
    ahead: list[tuple[Cell, ...]] = [
        (
            one.day.isoformat(),
            None,
            "forecast",
            plain(one.middle),
            *map(plain, (one.low_80, one.high_80)),
            *map(plain, (one.low_95, one.high_95)),
        )
        for one in figures.steps
    ]
    return ChartTable(header=header, rows=(*known, *ahead))
