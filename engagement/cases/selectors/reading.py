"""Reading a step out between two runs: which runs, which customers, and their sums, chunk by chunk.

A chunk is 65,536 customers of at most fifteen runs, so memory does not grow with the number of customers. The tenths by
which customers are matched are those of the treated, so every chunk is read twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Final

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from engagement.cases.formula import (
    MIN_PERIODS,
    ArmSums,
    MatchedSums,
    SlopeSums,
    Strata,
    arm_sums,
    slope_sums,
    stratum_sums,
)
from engagement.cases.formula.matched import BINS, bins_of
from engagement.cases.models import Initiative, Measure
from engagement.cases.readout_types import Mode, Moved
from engagement.cases.selectors.comparable import Compared, compared_with
from engagement.cases.selectors.measured import ALL, ChunkRows, action_place, chunk_rows, segment_place
from engagement.errors import ConflictError
from engagement.insights.calendars import By, ends_before
from engagement.insights.selectors import periods
from engagement.insights.selectors.following import why_not_comparable
from engagement.scoring.formula import ABSENT
from engagement.scoring.formula.counts import IntArray
from engagement.scoring.models import RunPointer, ScoreRun
from engagement.scoring.runs.scores import scores_at, scores_of_chunk
from tenants.models import Organisation

EARLIER_PERIODS: Final = 12  # at most so many month ends are looked at for how both moved before
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """What is read: two runs, the month ends before, who was treated, and with whom they are compared."""

    before: ScoreRun
    after: ScoreRun
    earlier: tuple[ScoreRun, ...]  # the one before last, oldest first
    treated: str
    compared: Compared
    action_key: str

    @property
    def chunks(self) -> int:
        return max(self.before.chunks, self.after.chunks)

    @property
    def measures(self) -> tuple[str, ...]:
        action = (Measure.ACTION.value,) if self.action_key else ()
        return (Measure.SCORE.value, Measure.POINTS.value, *action)

    @property
    def places(self) -> list[int]:
        """The month ends as places on a line of even steps."""
        months = [run.as_of.year * 12 + run.as_of.month for run in self.earlier]
        return [month - months[0] for month in months]

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.treated, *(key for key, _name in self.compared.segments), *self.compared.touched)


def plan_reading(*, step: Initiative, organisation: Organisation, as_of: date | None, today: date) -> ReadingPlan:
    """Which runs a step is read out between: `as_of` or, without it, the read-out day or the latest finished day.

    Raises ConflictError where a run is missing, or where the two cannot be compared, with what to do.
    """
    before, after = _before(step), _after(step, as_of=as_of, today=today)
    why = why_not_comparable(run=after, earlier=before)
    if why or after.thinned_at is not None:
        said = _("The day before, {before}, cannot be compared with {after}: {why}. Score the past again, then repeat.")
        reason = _(why) if why else _("kept as sums only")
        raise ConflictError(said.format(before=before.as_of, after=after.as_of, why=reason))
    treated = step.segment.key if step.segment else ALL
    if segment_place(run=before, key=treated) is None or segment_place(run=after, key=treated) is None:
        raise ConflictError(_("The segment was not there when one of the two days was scored. Score the days again."))
    action_key = step.action.key if step.action else ""
    if action_key and action_place(run=after, key=action_key) is None:
        raise ConflictError(_("The action does not count in this scoring. Choose another measure."))
    compared = compared_with(step=step, before=before, after=after, minimum=organisation.minimum_n)
    return ReadingPlan(before, after, _earlier(step, before=before, after=after), treated, compared, action_key)


def _before(step: Initiative) -> ScoreRun:
    pointers = RunPointer.objects.filter(as_of__range=(step.baseline_first, step.baseline_last))
    pointer = pointers.select_related("run").order_by("-as_of").first()
    if pointer is None:
        said = _("No day from {first} to {last} was scored: there is no before. Score one of them, or choose others.")
        raise ConflictError(said.format(first=step.baseline_first, last=step.baseline_last))
    return pointer.run


def _after(step: Initiative, *, as_of: date | None, today: date) -> ScoreRun:
    pointers = RunPointer.objects.filter(as_of__gte=step.first_day, as_of__lt=today).select_related("run")
    if as_of is not None:
        pointer = pointers.filter(as_of=as_of).first()
    else:
        due = pointers.filter(as_of=step.read_out_on).first()
        pointer = due or pointers.order_by("-as_of").first()
    if pointer is None:
        raise ConflictError(_("No finished day since the step began was scored yet: there is no after to look at."))
    return pointer.run


def _earlier(step: Initiative, *, before: ScoreRun, after: ScoreRun) -> tuple[ScoreRun, ...]:
    """The month ends of the baseline up to the run before, of those that can stand beside it."""
    days = [
        day
        for day in ends_before(before.as_of, by=By.MONTH, count=EARLIER_PERIODS)
        if day >= step.baseline_first and day < before.as_of
    ]
    in_force = periods.runs_in_force(days)
    found = [in_force[day] for day in days if day in in_force]
    usable = [run for run in found if not why_not_comparable(run=after, earlier=run)]
    return (*usable, before)


# ── the customers of one chunk ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False, slots=True)
class _Pairs:
    """Row i is one customer who was scored in both runs; `treated` and `other` are the two groups, nobody in both."""

    numbers: IntArray
    before: Mapping[str, IntArray]
    after: Mapping[str, IntArray]
    treated: Mask
    other: Mask
    overlap: int
    treated_moved: Moved
    other_moved: Moved


def _any(rows: ChunkRows, keys: Sequence[str]) -> Mask:
    nobody: Mask = np.zeros(len(rows.numbers), dtype=np.bool_)
    return reduce(np.logical_or, [rows.masks[key] for key in keys], nobody)


def _pairs(plan: ReadingPlan, chunk: int) -> _Pairs:
    old, new = (
        chunk_rows(run=run, chunk=chunk, segment_keys=plan.keys, action_key=plan.action_key)
        for run in (plan.before, plan.after)
    )
    both, i, j = np.intersect1d(old.numbers, new.numbers, assume_unique=True, return_indices=True)
    keys = [key for key, _name in plan.compared.segments]
    was, now = old.masks[plan.treated], new.masks[plan.treated]
    in_treated, stays = was[i] | now[j], was[i] & now[j]
    if plan.compared.mode is Mode.SEGMENTS:
        others_were, others_are = _any(old, keys), _any(new, keys)
        in_other, others_stay = others_were[i] | others_are[j], others_were[i] & others_are[j]
    else:
        touched = list(plan.compared.touched)
        others_stay = ~in_treated & ~_any(old, touched)[i] & ~_any(new, touched)[j]
        others_were, others_are = ~was & ~_any(old, touched), ~now & ~_any(new, touched)
        in_other = others_stay
    return _Pairs(
        numbers=both,
        before={name: old.values[name][i] for name in plan.measures},
        after={name: new.values[name][j] for name in plan.measures},
        treated=stays & ~in_other,
        other=others_stay & ~in_treated,
        overlap=int(np.count_nonzero(in_treated & in_other)),
        treated_moved=_moved(was, now, stays),
        other_moved=_moved(others_were, others_are, others_stay),
    )


def _moved(was: Mask, now: Mask, stays: Mask) -> Moved:
    stayed = int(np.count_nonzero(stays))
    return Moved(int(np.count_nonzero(was)) - stayed, int(np.count_nonzero(now)) - stayed)


# ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ReadingSums:
    """All that a read-out rests on; chunks are added up."""

    treated: Mapping[str, ArmSums] = field(default_factory=dict)
    other: Mapping[str, ArmSums] = field(default_factory=dict)
    matched: Mapping[str, MatchedSums] = field(default_factory=dict)
    treated_slopes: SlopeSums = field(default_factory=SlopeSums)
    other_slopes: SlopeSums = field(default_factory=SlopeSums)
    overlap: int = 0
    treated_moved: Moved = field(default_factory=Moved)
    other_moved: Moved = field(default_factory=Moved)

    def __add__(self, more: ReadingSums) -> ReadingSums:
        names = sorted({*self.treated, *more.treated})
        return ReadingSums(
            treated={name: self.treated.get(name, ArmSums()) + more.treated.get(name, ArmSums()) for name in names},
            other={name: self.other.get(name, ArmSums()) + more.other.get(name, ArmSums()) for name in names},
            matched={
                name: self.matched.get(name, MatchedSums()) + more.matched.get(name, MatchedSums()) for name in names
            },
            treated_slopes=self.treated_slopes + more.treated_slopes,
            other_slopes=self.other_slopes + more.other_slopes,
            overlap=self.overlap + more.overlap,
            treated_moved=_both(self.treated_moved, more.treated_moved),
            other_moved=_both(self.other_moved, more.other_moved),
        )


def _both(one: Moved, two: Moved) -> Moved:
    return Moved(one.left + two.left, one.joined + two.joined)


def chunk_bins(*, plan: ReadingPlan, chunk: int) -> IntArray:
    """How the treated of a chunk spread over scores before: the first reading, for the tenths."""
    if plan.compared.mode is Mode.NOBODY:
        none: IntArray = np.zeros(BINS, dtype=np.int64)
        return none
    pairs = _pairs(plan, chunk)
    return bins_of(pairs.before[Measure.SCORE.value][pairs.treated])


def chunk_sums(*, plan: ReadingPlan, chunk: int, strata: Strata) -> ReadingSums:
    """The sums of a chunk: the second reading."""
    pairs = _pairs(plan, chunk)
    groups = {"treated": pairs.treated, "other": pairs.other}
    arms: dict[str, dict[str, ArmSums]] = {
        group: {
            name: arm_sums(before=pairs.before[name][mask], after=pairs.after[name][mask]) for name in plan.measures
        }
        for group, mask in groups.items()
    }
    slopes = _slopes(plan, chunk, [pairs.numbers[mask] for mask in groups.values()])
    return ReadingSums(
        treated=arms["treated"],
        other=arms["other"],
        matched=_matched(plan, pairs, groups, strata),
        treated_slopes=slopes[0],
        other_slopes=slopes[1],
        overlap=pairs.overlap,
        treated_moved=pairs.treated_moved,
        other_moved=pairs.other_moved,
    )


def _matched(plan: ReadingPlan, pairs: _Pairs, groups: Mapping[str, Mask], strata: Strata) -> dict[str, MatchedSums]:
    scores = pairs.before[Measure.SCORE.value]
    found = {}
    for name in plan.measures:
        before, after = pairs.before[name], pairs.after[name]
        by_group = {
            group: stratum_sums(strata=strata, scores=scores[mask], before=before[mask], after=after[mask])
            for group, mask in groups.items()
        }
        found[name] = MatchedSums(by_group["treated"], by_group["other"])
    return found


def _slopes(plan: ReadingPlan, chunk: int, groups: Sequence[IntArray]) -> list[SlopeSums]:
    """The slopes of those who were scored at every month end; none where there are too few month ends."""
    if len(plan.earlier) < MIN_PERIODS:
        return [SlopeSums() for _group in groups]
    known = scores_of_chunk(plan.earlier, chunk=chunk)
    found = []
    for numbers in groups:
        columns = [scores_at(numbers=numbers, known=known.get(run.id), absent=ABSENT) for run in plan.earlier]
        values = np.column_stack(columns) if columns else np.zeros((0, 0), dtype=np.int64)
        found.append(slope_sums(values=values[(values != ABSENT).all(axis=1)], places=plan.places))
    return found
