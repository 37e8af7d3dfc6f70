"""Reading a step out: the customers of two runs compared, once, and kept for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.cases.formula import (
    ArmSums,
    Estimate,
    SlopeSums,
    Strata,
    difference_in_differences,
    matched_difference,
    pre_trend,
    strata_of,
)
from engagement.cases.formula.matched import BINS
from engagement.cases.formula.paired import MIN_ARM, interval
from engagement.cases.formula.trends import slope_unit
from engagement.cases.found import (
    FORMAT,
    arm_to_json,
    estimate_to_json,
    pre_trend_to_json,
    slopes_to_json,
)
from engagement.cases.models import Initiative, Measure, ReadOut
from engagement.cases.readout_types import Mode, Moved, Warned
from engagement.cases.selectors.comparable import is_by_activity
from engagement.cases.selectors.measured import unit_of
from engagement.cases.selectors.reading import ReadingPlan, ReadingSums, chunk_bins, chunk_sums, plan_reading
from engagement.cases.services.initiatives import locked_initiative
from engagement.errors import ConflictError
from engagement.insights.models import Target
from engagement.insights.selectors.figures import Minimum, figures_of_run, snapshots_of
from engagement.scoring.models import ScoreRun
from tenants.audit import audit_append
from tenants.models import Organisation, User

Scope = Callable[[], AbstractContextManager[Any]]
Told = Callable[[int], None]
_STARTED: Final = (Initiative.State.RUNNING, Initiative.State.ENDED, Initiative.State.READ_OUT)


@dataclass(frozen=True, slots=True)
class Reading:
    """A step that is being read out: the plan, made in one scope, and what was found, added up in others."""

    step_id: UUID
    plan: ReadingPlan
    today: date

    @property
    def steps(self) -> int:
        """How many readings of a chunk there are."""
        return 2 * self.plan.chunks


def begin_reading(*, organisation: Organisation, initiative_id: UUID, as_of: date | None, now: datetime) -> Reading:
    """What a read-out will read. Raises NotFoundError, and ConflictError where it cannot be, with what to do."""
    step = locked_initiative(initiative_id)
    check_started(step)
    today = organisation.today(now)
    return Reading(step.pk, plan_reading(step=step, organisation=organisation, as_of=as_of, today=today), today)


def check_started(step: Initiative) -> None:
    """Raises ConflictError for a step that has not begun, or was stopped."""
    if step.state not in _STARTED:
        raise ConflictError(_("Only a step that has started can be read out."))


def _nobody(done: int) -> None:
    """Who hears how far a reading at once is."""


def read_sums(reading: Reading, *, scope: Scope = nullcontext, told: Told = _nobody) -> tuple[ReadingSums, Strata]:
    """All sums of a read-out, one scope for each reading of a chunk; `told` hears how many there have been."""
    plan = reading.plan
    bins = np.zeros(BINS, dtype=np.int64)
    for chunk in range(plan.chunks):
        with scope():
            bins += chunk_bins(plan=plan, chunk=chunk)
            told(chunk + 1)
    strata = strata_of(bins)
    return reduce(add, _chunks(plan, strata, scope, told), ReadingSums()), strata


def _chunks(plan: ReadingPlan, strata: Strata, scope: Scope, told: Told) -> Iterable[ReadingSums]:
    for chunk in range(plan.chunks):
        with scope():
            found = chunk_sums(plan=plan, chunk=chunk, strata=strata)
            told(plan.chunks + chunk + 1)
        yield found


def keep_reading(
    *, organisation: Organisation, reading: Reading, sums: ReadingSums, strata: Strata, user: User | None, now: datetime
) -> ReadOut:
    """Write the read-out, with the next number of its step; a step that has ended is read out from then on."""
    step = locked_initiative(reading.step_id)
    check_started(step)
    last = ReadOut.objects.filter(initiative=step).aggregate(last=Max("number"))["last"] or 0
    plan = reading.plan
    made = ReadOut.objects.create(
        organisation_id=step.organisation_id, initiative=step, number=last + 1, before=plan.before, after=plan.after,
        found=_found(step, organisation, plan, sums, strata), made_by=user, made_at=now,
    )  # fmt: skip
    if step.state == Initiative.State.ENDED:
        step.state = Initiative.State.READ_OUT
        step.save(update_fields=["state"])
    new: dict[str, object] = {"number": made.number, "before": plan.before.number, "after": plan.after.number}
    audit_append(act="initiative.read_out", object_kind="initiative", object_id=step.pk, new=new)
    return made


def read_out(
    *, organisation: Organisation, initiative_id: UUID, as_of: date | None = None, user: User | None, now: datetime
) -> ReadOut:
    """Read a step out at once: right for some hundred thousand customers, more take a worker."""
    reading = begin_reading(organisation=organisation, initiative_id=initiative_id, as_of=as_of, now=now)
    sums, strata = read_sums(reading)
    return keep_reading(organisation=organisation, reading=reading, sums=sums, strata=strata, user=user, now=now)


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────


def _found(
    step: Initiative, organisation: Organisation, plan: ReadingPlan, sums: ReadingSums, strata: Strata
) -> dict[str, Any]:
    units = {name: unit_of(run=plan.after, measure=name) for name in plan.measures}
    is_enough = _is_enough(sums, organisation.minimum_n)
    estimates = _estimates(plan, sums, units) if is_enough else {"plain": {}, "matched": {}, "without_match": 0}
    trend = pre_trend(
        treated=sums.treated_slopes, other=sums.other_slopes, places=plan.places,
        unit=units[Measure.SCORE.value],
    )  # fmt: skip
    slope = _slope(sums.treated_slopes, places=plan.places, unit=units[Measure.SCORE.value])
    return {
        "format": FORMAT,
        "mode": plan.compared.mode.value,
        "compared": [list(one) for one in plan.compared.segments],
        "refused": [[one.key, one.name, one.why.value] for one in plan.compared.refused],
        "measure": step.measure,
        "units": units,
        "treated": {name: arm_to_json(sums.treated.get(name, ArmSums())) for name in plan.measures},
        "other": {name: arm_to_json(sums.other.get(name, ArmSums())) for name in plan.measures},
        "strata": _strata(sums, strata),
        "slopes": [slopes_to_json(sums.treated_slopes), slopes_to_json(sums.other_slopes)],
        **estimates,
        "pre_trend": pre_trend_to_json(trend, days=[run.as_of for run in plan.earlier], treated=slope),
        "moved": [_moved(sums.treated_moved), _moved(sums.other_moved)],
        "overlap": sums.overlap,
        "moments": [_moment(run, plan.treated, organisation) for run in (plan.before, plan.after)],
        "warnings": [one.value for one in _warnings(step, organisation, plan, sums, slope)],
        "target": _target(step),
        "money": _money(step, organisation),
    }


def _is_enough(sums: ReadingSums, minimum: int) -> bool:
    """Whether both groups are large enough for a number to be shown."""
    arms = [arm.get(Measure.SCORE.value, ArmSums()) for arm in (sums.treated, sums.other)]
    return min(arm.n for arm in arms) >= max(minimum, MIN_ARM)


def _estimates(plan: ReadingPlan, sums: ReadingSums, units: dict[str, int]) -> dict[str, Any]:
    plain, matched, without = {}, {}, 0
    for name in plan.measures:
        plain[name] = estimate_to_json(
            difference_in_differences(treated=sums.treated[name], other=sums.other[name], unit=units[name])
        )
        found = matched_difference(sums=sums.matched[name], unit=units[name])
        matched[name] = estimate_to_json(found.estimate if found else None)
        without = found.without_match if found else sums.treated[name].n
    return {"plain": plain, "matched": matched, "without_match": without}


def _strata(sums: ReadingSums, strata: Strata) -> dict[str, Any]:
    of_score = sums.matched.get(Measure.SCORE.value)
    groups = (of_score.treated, of_score.other) if of_score else ({}, {})
    return {
        "lows": list(strata.lows),
        "score": [{str(place): arm_to_json(arm) for place, arm in group.items()} for group in groups],
    }


def _slope(sums: SlopeSums, *, places: list[int], unit: int) -> Estimate | None:
    """By how much the treated rose a month before the start."""
    if sums.n < MIN_ARM:
        return None
    one = unit * slope_unit(places)
    parts = [(float(sums.variance / sums.n / one**2), sums.n - 1)]
    return interval(effect=Fraction(sums.total, sums.n * one), parts=parts)


def _moved(moved: Moved) -> list[int]:
    return [moved.left, moved.joined]


def _moment(run: ScoreRun, key: str, organisation: Organisation) -> dict[str, Any]:
    row = snapshots_of(runs=[run.id], segment_keys=[key])[(run.id, key)]
    figures = figures_of_run(run=run, minimum=Minimum.of(organisation), segment_keys=[key])[key]
    return {
        "run": run.number, "as_of": run.as_of.isoformat(), "n": row.n, "sum_score": row.sum_score_millionths,
        "sum_points": str(row.sum_points), "points_scale": row.points_scale, "band": figures.band,
        "is_shown": figures.score is not None,
    }  # fmt: skip


def _warnings(
    step: Initiative, organisation: Organisation, plan: ReadingPlan, sums: ReadingSums, slope: Estimate | None
) -> list[Warned]:
    fixed = step.fixed or {}
    due = date.fromisoformat(fixed["read_out_on"]) if fixed else step.read_out_on
    now = {
        "measure": step.measure,
        "action": step.action.key if step.action else "",
        "read_out_on": step.read_out_on.isoformat(),
    }
    arms = [arm.get(Measure.SCORE.value, ArmSums()).n for arm in (sums.treated, sums.other)]
    rules = {
        segment["definition"]
        for run in (plan.before, plan.after)
        for segment in run.uses["segments"]
        if segment["key"] == plan.treated
    }
    said = {
        Warned.EARLY: plan.after.as_of < due,
        Warned.CHANGED: bool(fixed) and now != fixed,
        Warned.BY_ACTIVITY: is_by_activity(run=plan.before, key=plan.treated),
        Warned.FELL_BEFORE: slope is not None and slope.high < 0,
        Warned.SMALL: plan.compared.mode is not Mode.NOBODY and min(arms) < organisation.minimum_n_band,
        Warned.RULE_CHANGED: len(rules) > 1,
        Warned.OTHERS_TOUCHED: plan.compared.is_touched_itself,
    }
    return [warned for warned, holds in said.items() if holds]


def _target(step: Initiative) -> dict[str, Any] | None:
    in_force = Target.objects.filter(measure=Target.Measure.SCORE, retired_at__isnull=True)
    of_segment = in_force.filter(segment=step.segment) if step.segment else in_force.filter(segment__key="all")
    found = of_segment.first()
    if found is None:
        return None
    return {"value_thousandths": found.value_thousandths, "due_on": found.due_on.isoformat()}


def _money(step: Initiative, organisation: Organisation) -> dict[str, Any]:
    return {
        "currency": organisation.currency, "cost_minor": step.cost_minor, "return_minor": step.return_minor,
        "note": step.money_note,
    }  # fmt: skip
