"""Where targets stand: the rule of `scoring.formula.targets` over what runs have stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.insights.models import Target
from engagement.insights.outlook_types import TargetOutlook
from engagement.insights.selectors import periods
from engagement.insights.selectors.figures import Minimum, figures_over_runs
from engagement.insights.types import Figures
from engagement.scoring.formula import Measured, Outlook, TargetState, outlook, pace_half_width_95, settled
from engagement.scoring.formula.targets import PERIODS
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation

MONTH: Final = Fraction(365, 12)  # days: a pace is printed per month of a year's average length
# A target is settled by the last scored day of the week that ends with its due day: later numbers are another question.
SETTLING_DAYS: Final = 7
# Where a measure ends.
_ENDS: Final[Mapping[str, tuple[Fraction | None, Fraction | None]]] = {
    Target.Measure.SCORE: (Fraction(0), Fraction(100)),
    Target.Measure.ACTIVE_SHARE: (Fraction(0), Fraction(1)),
    Target.Measure.POINTS_PER_CUSTOMER: (None, None),
}


def value_of(*, figures: Figures, measure: str) -> Fraction | None:
    """The number that a target of this measure is about; None where it may not be shown."""
    return {
        Target.Measure.SCORE: figures.score,
        Target.Measure.POINTS_PER_CUSTOMER: figures.points_per_customer,
        Target.Measure.ACTIVE_SHARE: figures.active_share,
    }[Target.Measure(measure)]


def _error_of(figures: Figures, measure: str) -> Decimal | None:
    return {
        Target.Measure.SCORE: figures.standard_error,
        Target.Measure.POINTS_PER_CUSTOMER: figures.points_standard_error,
        Target.Measure.ACTIVE_SHARE: figures.active_share_standard_error,
    }[Target.Measure(measure)]


@dataclass(frozen=True, slots=True)
class _Past:
    """Runs by day, and the figures of the segments that have targets in them."""

    runs: Mapping[date, ScoreRun]
    figures: Mapping[tuple[UUID, str], Figures]

    def at(self, day: date, key: str) -> Figures | None:
        run = self.runs.get(day)
        return self.figures.get((run.id, key)) if run else None


def outlooks(
    *,
    organisation: Organisation,
    run: ScoreRun,
    figures: Mapping[str, Figures],
    targets: Iterable[Target],
    today: date,
    known: ScoreRun | None = None,
) -> dict[UUID, TargetOutlook]:
    """Where each target stands as of a run; `today` is the day after it on a page of a past day.

    The pace is of the last three finished months, scored with the run's own weight set and the segment's own rule:
    another scale or another group would be taken for a movement. Three queries, however many targets. With `known`, the
    months are as they counted when that run was published.
    """
    wanted = list(targets)
    last = min(run.as_of, today - timedelta(days=1))
    months = periods.month_ends_before(last, months=PERIODS)
    past = _past(organisation, wanted, months, known, last=run.as_of)
    return {
        target.id: _outlook(target, figures.get(target.segment.key), run=run, months=months, past=past, today=today)
        for target in wanted
    }


def _past(
    organisation: Organisation, targets: list[Target], months: list[date], known: ScoreRun | None, *, last: date
) -> _Past:
    """The months, and the days up to `last` from which targets that are due are settled."""
    days = {day for target in targets for day in _settling_days(target) if day <= last}
    runs = periods.runs_known([*months, *days], known=known)
    keys = {target.segment.key for target in targets}
    found = figures_over_runs(runs=runs.values(), minimum=Minimum.of(organisation), segment_keys=keys)
    return _Past(runs, found)


def _settling_days(target: Target) -> list[date]:
    """The due day and the days of the week before it, the latest first."""
    return [target.due_on - timedelta(days=back) for back in range(SETTLING_DAYS)]


def _outlook(
    target: Target, now: Figures | None, *, run: ScoreRun, months: list[date], past: _Past, today: date
) -> TargetOutlook:
    if target.due_on < today:
        return _settled(target, past, last=run.as_of)
    value = value_of(figures=now, measure=target.measure) if now else None
    if now is None or value is None:
        return TargetOutlook(state=TargetState.UNKNOWN, reason=_no_number(now))
    goal, left = Fraction(target.value_thousandths, 1000), (target.due_on - run.as_of).days
    if left <= 0:
        return _last_day(goal, value, value_on=run.as_of)
    usable, reason = _usable(target, now, run=run, months=months, past=past)
    error = _error_of(now, target.measure)
    if error is None and reason is None:
        usable, reason = [], _("no pace: how far this number may be off is not known; score the day again")
    floor, ceiling = _ENDS[target.measure]
    found = outlook(
        target=goal,
        due=target.due_on.toordinal(),
        now=Measured(run.as_of.toordinal(), value, error or Decimal(0)),
        periods=usable,
        floor=floor,
        ceiling=ceiling,
    )
    return _filled(found, value=value, value_on=run.as_of, days_left=left, reason=reason, months=usable)


def _last_day(goal: Fraction, value: Fraction, *, value_on: date) -> TargetOutlook:
    """The due day itself, scored before it is over: nothing is missed yet."""
    if value >= goal:
        return TargetOutlook(state=TargetState.REACHED, value=value, value_on=value_on, days_left=0)
    reason = _("its due day is not over yet")
    return TargetOutlook(state=TargetState.UNKNOWN, reason=reason, value=value, value_on=value_on, days_left=0)


def _no_number(now: Figures | None) -> str:
    return _("not scored in this run") if now is None else (now.reason or _("no number"))


def _settled(target: Target, past: _Past, *, last: date) -> TargetOutlook:
    for day in _settling_days(target):
        figures = past.at(day, target.segment.key) if day <= last else None
        if figures is not None:
            value = value_of(figures=figures, measure=target.measure)
            if value is None:
                return TargetOutlook(state=TargetState.UNKNOWN, reason=_no_number(figures), value_on=day)
            found = settled(target=Fraction(target.value_thousandths, 1000), value=value)
            return TargetOutlook(state=found.state, value=value, value_on=day, days_left=0)
    reason = _("its due day has passed, and nothing was scored in the {days} days up to it: score that day")
    return TargetOutlook(state=TargetState.UNKNOWN, reason=reason.format(days=SETTLING_DAYS))


def _usable(
    target: Target, now: Figures, *, run: ScoreRun, months: list[date], past: _Past
) -> tuple[list[Measured], str | None]:
    """The finished months that the pace may be taken from, oldest first; none of them and the reason otherwise."""
    found: list[Measured] = []
    for day in months:
        label, figures = periods.month_label(day), past.at(day, target.segment.key)
        if figures is None:
            said = _("no pace: three finished months are needed, and {month} was not scored")
            return [], said.format(month=label)
        if past.runs[day].uses["weight_set"] != run.uses["weight_set"]:
            said = _("no pace: three finished months under weight set {number} are needed, and {month} had another")
            return [], said.format(number=run.uses["weight_set"], month=label)
        if figures.definition_number != now.definition_number:
            said = _("no pace: three finished months under the segment’s rule are needed, and {month} had another")
            return [], said.format(month=label)
        value, error = value_of(figures=figures, measure=target.measure), _error_of(figures, target.measure)
        if value is None:
            return [], _("no pace: {month} has {reason}").format(month=label, reason=figures.reason or _("no number"))
        if error is None:
            said = _("no pace: how far {month} may be off is not known; score its last day again")
            return [], said.format(month=label)
        found.append(Measured(day.toordinal(), value, error))
    return found, None


def _filled(
    found: Outlook, *, value: Fraction, value_on: date, days_left: int, reason: str | None, months: list[Measured]
) -> TargetOutlook:
    def half(error: Decimal | None) -> Decimal | None:
        return None if error is None else pace_half_width_95(error=error)

    recent_error = None if found.recent_error is None else found.recent_error * MONTH.numerator / MONTH.denominator
    return TargetOutlook(
        state=found.state,
        reason=reason,
        value=value,
        value_on=value_on,
        days_left=days_left,
        needed_a_month=None if found.needed_pace is None else found.needed_pace * MONTH,
        recent_a_month=None if found.recent_pace is None else found.recent_pace * MONTH,
        recent_half_width_95=half(recent_error),
        projected=found.projected,
        projected_half_width_95=half(found.projected_error),
        chance=found.chance,
        months=tuple(date.fromordinal(each.day) for each in months),
    )
