"""Reading a test out: its arms in one run, chunk by chunk, kept for good."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.cases.experiment_types import Doubt
from engagement.cases.formula import (
    ArmShare,
    ArmValues,
    Estimate,
    RatioCheck,
    arm_values,
    difference_of_means,
    difference_of_shares,
    sample_ratio,
)
from engagement.cases.formula.paired import MIN_ARM
from engagement.cases.found import estimate_to_json
from engagement.cases.models import Experiment, ExperimentReadOut
from engagement.cases.selectors.arms import ELSEWHERE, arms_of_chunk
from engagement.cases.selectors.measured import action_place, chunk_rows, unit_of
from engagement.cases.services.experiments import locked_experiment
from engagement.errors import ConflictError
from engagement.look.exact import rounded
from engagement.scoring.formula.counts import IntArray
from engagement.scoring.models import RunPointer, ScoreRun
from tenants.audit import audit_append
from tenants.jobs import Work, ask_job, latest_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope

KIND: Final = "cases.read_test"
Scope = Callable[[], AbstractContextManager[Any]]
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class TrialReading:
    """A test and the run it is read out in."""

    test: Experiment
    run: ScoreRun


@dataclass(frozen=True, slots=True)
class ArmSum:
    """What one arm did; chunks are added up."""

    values: ArmValues = field(default_factory=ArmValues)
    did: int = 0

    def __add__(self, other: ArmSum) -> ArmSum:
        return ArmSum(self.values + other.values, self.did + other.did)

    @property
    def share(self) -> ArmShare:
        return ArmShare(self.values.n, self.did)


@dataclass(frozen=True, slots=True)
class TrialSums:
    arms: tuple[ArmSum, ...]
    outside: int = 0


def begin_trial_reading(*, organisation: Organisation, experiment_id: UUID, now: datetime) -> TrialReading:
    """The run of the last day or, before it, the latest finished one. Raises NotFoundError, ConflictError."""
    test = locked_experiment(experiment_id)
    if test.state != Experiment.State.RUNNING:
        raise ConflictError(_("Only a test that has started can be read out."))
    days = RunPointer.objects.filter(as_of__gte=test.first_day, as_of__lt=organisation.today(now))
    pointers = days.select_related("run").order_by("-as_of")
    pointer = pointers.filter(as_of=test.last_day).first() or pointers.first()
    if pointer is None or pointer.run.thinned_at is not None:
        raise ConflictError(_("No finished day since the test began was scored yet. Score one, then repeat."))
    if test.action is not None and action_place(run=pointer.run, key=test.action.key) is None:
        raise ConflictError(_("The action does not count in this scoring. Score the day again with its weights."))
    return TrialReading(test, pointer.run)


def _nobody(done: int) -> None:
    """Who hears how far a reading at once is."""


def sum_arms(
    reading: TrialReading, *, organisation: Organisation, scope: Scope = nullcontext, told: Told = _nobody
) -> TrialSums:
    """The sums of each arm, one scope a chunk."""
    arms, outside = [ArmSum()] * len(reading.test.arms), 0
    for chunk in range(reading.run.chunks):
        with scope():
            found, values = _chunk(reading, organisation, chunk)
            told(chunk + 1)
        outside += int(np.count_nonzero(found == ELSEWHERE))
        for place in range(len(arms)):
            of_arm = values[found == place]
            arms[place] += ArmSum(arm_values(of_arm), int(np.count_nonzero(of_arm)))
    return TrialSums(tuple(arms), outside)


def _chunk(reading: TrialReading, organisation: Organisation, chunk: int) -> tuple[IntArray, IntArray]:
    """Of each customer of a chunk the arm, and the measure in whole units."""
    test, run = reading.test, reading.run
    rows = chunk_rows(run=run, chunk=chunk, segment_keys=(), action_key=test.action.key if test.action else "")
    found = arms_of_chunk(experiment=test, organisation=organisation, run=run, chunk=chunk, numbers=rows.numbers)
    return found, rows.values[test.measure]


def keep_trial_reading(
    *, organisation: Organisation, reading: TrialReading, sums: TrialSums, user: User | None, now: datetime
) -> ExperimentReadOut:
    """Write the read-out, with the next number of its test; where nobody is in an arm it says that."""
    test = locked_experiment(reading.test.pk)
    last = ExperimentReadOut.objects.filter(experiment=test).aggregate(last=Max("number"))["last"] or 0
    made = ExperimentReadOut.objects.create(
        organisation_id=test.organisation_id, experiment=test, number=last + 1, run=reading.run,
        found=_found(test, organisation, reading.run, sums), made_by=user, made_at=now,
    )  # fmt: skip
    new: dict[str, object] = {"number": made.number, "run": reading.run.number}
    audit_append(act="experiment.read_out", object_kind="experiment", object_id=test.pk, new=new)
    return made


def ask_trial_read_out(
    *, organisation: Organisation, experiment_id: UUID, user: User | None, now: datetime
) -> ExperimentReadOut | None:
    """A test read out at once, or None: a worker does it. Raises NotFoundError, ConflictError."""
    reading = begin_trial_reading(organisation=organisation, experiment_id=experiment_id, now=now)
    if reading.run.customers > settings.PREVIEW_DIRECT_CUSTOMERS:
        ask_job(kind=KIND, subject=str(experiment_id), organisation=organisation, user=user, now=now)
        return None
    sums = sum_arms(reading, organisation=organisation)
    return keep_trial_reading(organisation=organisation, reading=reading, sums=sums, user=user, now=now)


def trial_job(*, experiment_id: UUID) -> Job | None:
    """The job that reads a test out, or did so last; None where none ever did."""
    return latest_job(kind=KIND, subject=str(experiment_id))


def run_trial_read_out(work: Work) -> None:
    """Read a test out chunk by chunk, each in a scope of its own, and keep it with the end of the job: once."""
    scope = partial(organisation_scope, work.organisation_id)
    with scope():
        organisation = Organisation.objects.get(pk=work.organisation_id)
        user = User.objects.filter(pk=work.asked_by_id).first() if work.asked_by_id else None
        asked = UUID(work.subject)
        reading = begin_trial_reading(organisation=organisation, experiment_id=asked, now=work.requested_at)
    work.begin(steps=reading.run.chunks)
    sums = sum_arms(reading, organisation=organisation, scope=scope, told=work.done)
    with scope():
        keep_trial_reading(organisation=organisation, reading=reading, sums=sums, user=user, now=work.clock())
        work.finish()


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────


def _found(test: Experiment, organisation: Organisation, run: ScoreRun, sums: TrialSums) -> dict[str, Any]:
    minimum = max(organisation.minimum_n, MIN_ARM)
    counts = [arm.values.n for arm in sums.arms]
    shares = [share for _value, share in test.arms]
    ratio = sample_ratio(counts=counts, shares=shares) if any(counts) else RatioCheck(Fraction(0), 1.0)
    unit = unit_of(run=run, measure=test.measure)
    doubts = {
        Doubt.SPLIT: not ratio.is_as_planned,
        Doubt.EARLY: run.as_of < test.last_day,
        Doubt.FEW: min(counts) < test.customers_per_arm,
        Doubt.NOBODY: min(counts) < minimum,
    }
    return {
        "format": 1,
        "judged_by": test.judged_by,
        "unit": unit,
        "minimum": minimum,
        "arms": [_arm(test, sums, place, unit=unit, minimum=minimum) for place in range(len(sums.arms))],
        "outside": sums.outside,
        "chi_square": str(rounded(ratio.chi_square, places=6)),
        "p": f"{ratio.p:.6f}",
        "doubts": [doubt.value for doubt, holds in doubts.items() if holds],
    }


def _arm(test: Experiment, sums: TrialSums, place: int, *, unit: int, minimum: int) -> dict[str, Any]:
    arm, base = sums.arms[place], sums.arms[0]
    value, planned = test.arms[place]
    difference: Estimate | None = None
    if place and min(arm.values.n, base.values.n) >= minimum:
        if test.judged_by == Experiment.Judged.SHARE:
            difference = difference_of_shares(arm=arm.share, base=base.share)
        else:
            difference = difference_of_means(arm=arm.values, base=base.values, unit=unit)
    return {
        "value": value, "planned": planned, "n": arm.values.n, "total": arm.values.total,
        "squares": arm.values.squares, "did": arm.did, "difference": estimate_to_json(difference),
    }  # fmt: skip
