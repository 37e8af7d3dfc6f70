"""Forecasts as they were said, and what came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.forecast.models import Forecast, Look
from engagement.forecast.selectors.series import SEASON, past_series
from engagement.forecast.stored import fan_of, from_millionths, path_of, tried_of, unusual_of
from engagement.forecast.types import ForecastFigures, Known, LookFigures, Said
from engagement.insights.calendars import By
from engagement.insights.models import Target
from engagement.insights.note_types import segment_name
from engagement.insights.selectors import periods
from engagement.insights.selectors.known_segments import known_segments
from engagement.scoring.models import ScoreRun, Segment
from tenants.models import Organisation

_KEPT: Final = 60  # earlier forecasts that are looked back at

Keys = Collection[str] | None


def latest_forecasts(*, keys: Keys = None) -> tuple[ForecastFigures, ...]:
    """Of each segment and measure what was said last, everybody first, then by name; `keys`: of these segments alone.

    One whose target has ended since is left out, except for the score of everybody: what it was about is not asked any
    more.
    """
    newest = Forecast.objects.order_by("segment_id", "measure", "-number").distinct("segment_id", "measure")
    rows = list(newest.select_related("segment", "run", "target"))
    wanted = [row for row in rows if (keys is None or row.segment.key in keys) and _is_asked(row)]
    return tuple(sorted((_figures(row) for row in wanted), key=_order))


def _is_asked(row: Forecast) -> bool:
    if row.target is not None:
        return row.target.retired_at is None
    return _is_of_everybody(row.segment)


def _is_of_everybody(segment: Segment) -> bool:
    return segment.segment_set_id is None


def _order(found: ForecastFigures) -> tuple[bool, str, str]:
    return found.segment_key != "all", found.segment_name, found.measure


def forecast_history(*, segment_key: str, measure: str, keys: Keys = None) -> tuple[ForecastFigures, ...]:
    """All that was said of a segment's measure, the latest first; raises NotFoundError for a segment there is not."""
    if (keys is not None and segment_key not in keys) or segment_key not in {one.key for one in known_segments()}:
        raise NotFoundError(_("There is no such segment."))
    rows = Forecast.objects.filter(segment__key=segment_key, measure=measure).order_by("-number")
    return tuple(_figures(row) for row in rows.select_related("segment", "run", "target")[:_KEPT])


def said_and_came(*, organisation: Organisation, earlier: Sequence[ForecastFigures], today: date) -> tuple[Said, ...]:
    """Of each earlier forecast the furthest day that has come, with what came, the latest said first.

    Only where that day is counted alike still: with the weight set and the rule of then. What was restated since is
    another number.
    """
    if not earlier:
        return ()
    pair = (earlier[0].segment_key, earlier[0].measure)
    came: dict[By, dict[date, _Came]] = {}
    for by in {By(one.period) for one in earlier}:
        series = past_series(organisation=organisation, today=today, by=by, wanted=[pair]).get(pair)
        came[by] = (
            {
                one.day: _Came(one, run.uses["weight_set"], _rule(run, pair[0]))
                for one, run in zip(series.known, series.runs, strict=True)
            }
            if series
            else {}
        )
    return tuple(said for one in earlier if (said := _judged(one, came[By(one.period)])) is not None)


@dataclass(frozen=True, slots=True)
class _Came:
    """A number that came, and what it was counted with."""

    known: Known
    weight_set: int
    rule: int | None


def _rule(run: ScoreRun, key: str) -> int | None:
    """The number of a segment's definition in a run."""
    return next((segment["definition"] for segment in run.uses["segments"] if segment["key"] == key), None)


def _judged(one: ForecastFigures, came: dict[date, _Came]) -> Said | None:
    for fan in reversed(one.steps):
        found = came.get(fan.day)
        if found is not None and (found.weight_set, found.rule) == (one.weight_set_number, one.rule):
            return Said(one.number, one.as_of, fan, found.known.value, found.known.run_number)
    return None


def latest_look(*, keys: Keys = None) -> LookFigures | None:
    """What was unusual in the last run that was looked at; `keys`: of these segments alone."""
    row = Look.objects.select_related("run").order_by("-as_of", "-made_at").first()
    if row is None:
        return None
    names = {one.key: segment_name(key=one.key, name=one.name) for one in known_segments()}
    found = tuple(unusual_of(one, names=names) for one in row.found)
    return LookFigures(
        as_of=row.as_of,
        run_number=row.run.number,
        period=row.period,
        compared=row.compared,
        found=tuple(one for one in found if keys is None or one.segment_key in keys),
        action_names={action["key"]: action["name"] for action in row.run.uses["actions"]},
    )


def unforecast_run(*, organisation: Organisation, now: datetime) -> ScoreRun | None:
    """The run of the last finished period, week or month, that was scored; None before there is one."""
    today = organisation.today(now)
    days = [ends[0] for by in SEASON if (ends := periods.scored_ends(today=today, by=by))]
    return periods.runs_in_force([max(days)]).get(max(days)) if days else None


def _figures(row: Forecast) -> ForecastFigures:
    names = {action["key"]: action["name"] for action in row.run.uses["actions"]}
    return ForecastFigures(
        number=row.number,
        segment_key=row.segment.key,
        segment_name=segment_name(key=row.segment.key, name=row.segment.name),
        measure=row.measure,
        as_of=row.as_of,
        run_number=row.run.number,
        period=row.period,
        outcome=row.outcome,
        method=row.method,
        broken_by=row.broken_by,
        weight_set_number=row.weight_set,
        rule=_rule(row.run, row.segment.key),
        series=_series(row.series),
        steps=tuple(fan_of(one) for one in row.steps),
        test=tried_of(row.test) if row.test else None,
        target_id=str(row.target_id) if row.target_id else None,
        target=None if row.target_thousandths is None else Decimal(row.target_thousandths) / 1000,
        due_on=row.due_on,
        at_due=fan_of(row.at_due) if row.at_due else None,
        chance=from_millionths(row.chance_millionths),
        path=path_of(row.path, names=names) if row.path else None,
        made_at=row.made_at,
    )


def _series(stored: Iterable[tuple[str, int, int]]) -> tuple[Known, ...]:
    return tuple(Known(date.fromisoformat(day), run, Fraction(value, 1_000_000)) for day, run, value in stored)


def target_in_force(*, figures: ForecastFigures) -> Target | None:
    """The target that holds for the segment and measure of a forecast today."""
    found = Target.objects.filter(retired_at__isnull=True, segment__key=figures.segment_key, measure=figures.measure)
    return found.first()
