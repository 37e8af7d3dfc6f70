"""Making forecasts from one run: of everybody's score, and of every segment that has a target. A worker's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from django.db.models import Max

from engagement.forecast import estimates
from engagement.forecast.models import Forecast, Look
from engagement.forecast.selectors.forecasts import unforecast_run
from engagement.forecast.selectors.series import SEASON, PastSeries, best_series, next_ends, past_series
from engagement.forecast.services.looking import look_at
from engagement.forecast.services.paths import path_for
from engagement.forecast.stored import millionths
from engagement.insights.calendars import By
from engagement.insights.models import Target
from engagement.insights.selectors.scorecard import ALL
from engagement.scoring.models import ScoreRun, Segment
from tenants.jobs import Work
from tenants.models import Organisation
from tenants.scope import organisation_scope

FURTHEST: Final[Mapping[By, int]] = {By.WEEK: 52, By.MONTH: 12}
_WITHOUT_TARGET: Final[Mapping[By, int]] = {By.WEEK: 13, By.MONTH: 3}
_BOUNDS: Final[Mapping[str, estimates.Bounds]] = {
    Target.Measure.SCORE: estimates.Bounds(0, 100),
    Target.Measure.ACTIVE_SHARE: estimates.Bounds(0, 1),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One thing to forecast: everybody's score, or what a target is about."""

    segment: Segment
    measure: str
    target: Target | None


def make_forecasts(work: Work) -> None:
    """Say what comes, from the run of the last finished period. Called outside any scope.

    Each forecast is a transaction of its own; what was said from the same run about the same target is not said again,
    so beginning anew is harmless. Then all segments are held against what was to be expected, once a run.
    """
    now = work.clock()
    with organisation_scope(work.organisation_id, write=False):
        organisation = Organisation.objects.get(pk=work.organisation_id)
        run = unforecast_run(organisation=organisation, now=now)
        asked = _asked() if run else []
    if run is None:
        return
    work.begin(steps=len(asked) + 1)
    for at, one in enumerate(asked, start=1):
        with organisation_scope(work.organisation_id):
            _make(organisation, one, until=run.as_of, now=now)
            work.done(at)
    with organisation_scope(work.organisation_id):
        if not Look.objects.filter(run=run).exists():
            look_at(organisation=organisation, run=run, now=now)
        work.done(len(asked) + 1)


def _asked() -> list[_Asked]:
    """Everybody's score first, whether or not it has a target."""
    targets = list(Target.objects.filter(retired_at__isnull=True).select_related("segment").order_by("due_on", "id"))
    asked = [_Asked(target.segment, target.measure, target) for target in targets]
    if not any(one.segment.key == ALL and one.measure == Target.Measure.SCORE for one in asked):
        asked.insert(0, _Asked(Segment.objects.get(key=ALL), Target.Measure.SCORE, None))
    return asked


def series_for(
    *, organisation: Organisation, segment_key: str, measure: str, today: date, until: date
) -> PastSeries | None:
    """The weeks or months that a forecast is made from, whichever serve it better."""
    pair = (segment_key, measure)
    weeks, months = (
        past_series(organisation=organisation, today=today, by=by, wanted=[pair], until=until).get(pair)
        for by in SEASON
    )
    return best_series(weeks=weeks, months=months)


def _make(organisation: Organisation, asked: _Asked, *, until: date, now: datetime) -> Forecast | None:
    series = series_for(
        organisation=organisation,
        segment_key=asked.segment.key,
        measure=asked.measure,
        today=organisation.today(now),
        until=until,
    )
    if series is None or _is_said(asked, series.runs[-1]):
        return None
    said = estimates.Series(
        tuple(float(one.value) for one in series.known), SEASON[series.by], _BOUNDS.get(asked.measure)
    )
    days = _days_ahead(series, asked.target)
    found = estimates.forecast(said, steps=len(days))
    row = Forecast(
        organisation=organisation,
        segment=asked.segment,
        run=series.runs[-1],
        target=asked.target,
        measure=asked.measure,
        number=_next_number(asked),
        as_of=series.known[-1].day,
        period=series.by.value,
        outcome=found.outcome.value,
        method=found.method.value if found.method else "",
        broken_by=series.broken_by.value,
        weight_set=series.runs[-1].uses["weight_set"],
        series=[[one.day.isoformat(), one.run_number, millionths(one.value)] for one in series.known],
        steps=[_stored(day, step) for day, step in zip(days, found.steps, strict=False)],
        test=_test(found),
        made_at=now,
        **_about_target(asked.target, found, series, days),
    )
    if asked.target is not None:
        row.path = path_for(series=series, target=asked.target, periods=len(days))
    row.save(force_insert=True)
    return row


def _is_said(asked: _Asked, run: ScoreRun) -> bool:
    said = Forecast.objects.filter(segment=asked.segment, measure=asked.measure, run=run)
    return said.filter(target=asked.target).exists()


def _next_number(asked: _Asked) -> int:
    said = Forecast.objects.filter(segment=asked.segment, measure=asked.measure)
    return (said.aggregate(last=Max("number"))["last"] or 0) + 1


def _days_ahead(series: PastSeries, target: Target | None) -> list[date]:
    """The ends of the periods up to the target's due day, at most a year of them; a quarter of a year without one."""
    last, by = series.known[-1].day, series.by
    far = date.fromordinal(last.toordinal() + 400)
    if target is None or target.due_on <= last:
        return next_ends(day=last, by=by, until=far)[: _WITHOUT_TARGET[by]]
    return next_ends(day=last, by=by, until=target.due_on)[: FURTHEST[by]]


def periods_until(*, day: date, last: date, days: list[date]) -> Fraction | None:
    """How many periods after the last one a day lies, counting parts of one; None beyond the days, or not after it."""
    ends = [last, *days]
    for at, (start, end) in enumerate(zip(ends, days, strict=False)):
        if start < day <= end:
            return at + Fraction((day - start).days, (end - start).days)
    return None


def _about_target(
    target: Target | None, found: estimates.Projection, series: PastSeries, days: list[date]
) -> dict[str, Any]:
    if target is None:
        return {}
    said: dict[str, Any] = {"target_thousandths": target.value_thousandths, "due_on": target.due_on}
    last = series.known[-1]
    ahead = periods_until(day=target.due_on, last=last.day, days=days)
    if found.carried is None or ahead is None:
        return said
    goal = target.value_thousandths / 1000
    chance = estimates.chance_of(found, target=goal, periods=float(ahead), last=float(last.value))
    on_due = _stored(target.due_on, chance.on)
    return said | {"at_due": on_due, "chance_millionths": min(max(millionths(chance.chance), 0), 1_000_000)}


def _stored(day: date, step: estimates.Step) -> list[Any]:
    ends = (step.centre, step.low_80, step.high_80, step.low_95, step.high_95)
    return [day.isoformat(), *(millionths(value) for value in ends)]


def _test(found: estimates.Projection) -> dict[str, Any] | None:
    test = found.test
    if test is None:
        return None
    return {
        "mase": millionths(test.mase),
        "forecasts": test.forecasts,
        "numbers": test.numbers,
        "furthest": test.furthest,
        "inside": list(test.inside),
        "widening": [millionths(value) for value in found.widening],
        "others": [[method.value, millionths(other.mase)] for method, other in (found.tests or {}).items()],
    }
