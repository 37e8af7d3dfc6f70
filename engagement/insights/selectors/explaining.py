"""The ledger between two runs, put together from those that were stored with each run on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.insights.explaining import ActionTerm, CauseTerm, Explanation
from engagement.insights.models import SegmentLedger
from engagement.insights.note_types import segment_name
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.comparing import EVERYBODY, Viewing, compared_runs
from engagement.insights.selectors.figures import Minimum
from engagement.insights.selectors.mixing import partition_changes
from engagement.insights.selectors.segments import segment_named
from engagement.scoring.formula import Ledger, Measure, State, StateSums, Term, chained, ledger_of
from engagement.scoring.models import ScoreRun, Segment
from tenants.models import Organisation

NO_RUN_BEFORE = noop("There is nothing to compare with: the period before has not been scored.")
NOTHING_SCORED = noop("Nothing has been scored yet. With the second scoring there is a change to take apart.")
NO_CHAIN = noop(
    "No ledger was kept between these two runs. Score the later day again: a ledger is kept with every scoring, "
    "counted from the one that was in force before it."
)
TOO_FEW = noop("The segment has too few customers to show its number on one of the two days.")
NOBODY = noop("The segment had no customers on one of the days in between, or did not exist yet.")


@dataclass(frozen=True, slots=True)
class _Step:
    """A run on the way; walked backwards, its ledger is turned round."""

    run_id: UUID
    number: int
    backwards: bool


def explanation(
    *, organisation: Organisation, view: Viewing | None, segment_key: str, measure: Measure = "score"
) -> Explanation:
    """Why a segment's number moved over the periods that the view compares (None: nothing has been scored yet).

    Raises NotFoundError for a segment that there is not.
    """
    if view is None:
        return _without(segment_named(segment_key), measure, None, None, NOTHING_SCORED)
    runs = compared_runs(view)
    after = runs.now or view.run
    return explanation_between(
        organisation=organisation, before=runs.before, after=after, segment_key=segment_key, measure=measure
    )


def explanation_between(
    *,
    organisation: Organisation,
    before: ScoreRun | None,
    after: ScoreRun,
    segment_key: str,
    measure: Measure = "score",
) -> Explanation:
    """Why a segment's number moved from one run to another: the stored ledgers on the way, added.

    The way leads back from the later run over what each run was compared with; where the earlier run was restated, up
    to where both ways meet, and from there on with the other sign. For all customers, rate and mix beside it. The
    interval of a change of scores compares the customers of the two ends.
    """
    segment = segment_named(segment_key)
    found = _by_cause(organisation, before, after, segment, measure)
    if before is None:
        return found
    found = replace(found, weight_sets=(before.uses["weight_set"], after.uses["weight_set"]))
    if found.before is not None and measure == "score":
        minimum = Minimum.of(organisation)
        errors = change_errors(before=before, after=after, segment_keys=[segment.key], minimum=minimum)
        found = replace(found, half_width_95=errors[segment.key].half_width_95)
    if segment.key != EVERYBODY:
        return found
    partitions = partition_changes(organisation=organisation, before=before, after=after, measure=measure)
    return replace(found, partitions=partitions)


def _by_cause(
    organisation: Organisation, before: ScoreRun | None, after: ScoreRun, segment: Segment, measure: Measure
) -> Explanation:
    steps = None if before is None else _way(before, after)
    if before is None or steps is None:
        return _without(segment, measure, before, after, NO_RUN_BEFORE if before is None else NO_CHAIN)
    rows = _rows(steps, segment)
    found = _ledger(steps, rows, measure)
    if found is None:
        return _without(segment, measure, before, after, NOBODY)
    if min(_members(rows)) < organisation.minimum_n:
        return _without(segment, measure, before, after, TOO_FEW)
    return Explanation(
        segment_key=segment.key,
        segment_name=segment_name(key=segment.key, name=segment.name),
        measure=measure,
        before_as_of=before.as_of,
        before_run=before.number,
        after_as_of=after.as_of,
        after_run=after.number,
        before=found.before,
        after=found.after,
        terms=_terms(found, _action_names(found, steps, after)),
        runs=tuple(step.number for step in steps),
        reason=None,
    )


def _without(
    segment: Segment, measure: Measure, before: ScoreRun | None, after: ScoreRun | None, reason: str
) -> Explanation:
    return Explanation(
        segment_key=segment.key,
        segment_name=segment_name(key=segment.key, name=segment.name),
        measure=measure,
        before_as_of=before.as_of if before else None,
        before_run=before.number if before else None,
        after_as_of=after.as_of if after else None,
        after_run=after.number if after else None,
        before=None,
        after=None,
        terms=(),
        runs=(),
        reason=_(reason),
    )


def _way(before: ScoreRun, after: ScoreRun) -> list[_Step] | None:
    """The runs whose ledgers lead from one run to the other; None where they do not hang together."""
    rows = ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED).values_list("id", "base_id", "number")
    known = {run_id: (base_id, number) for run_id, base_id, number in rows}
    behind = _line(before.pk, known)
    places = {run_id: at for at, run_id in enumerate(behind)}
    forwards: list[_Step] = []
    for run_id in _line(after.pk, known):
        if run_id in places:
            back = [_Step(other, known[other][1], backwards=True) for other in behind[: places[run_id]]]
            return [*back, *reversed(forwards)]
        forwards.append(_Step(run_id, known[run_id][1], backwards=False))
    return None


def _line(run_id: UUID | None, known: Mapping[UUID, tuple[UUID | None, int]]) -> list[UUID]:
    """A run and what it was compared with, back to the first."""
    found: list[UUID] = []
    while run_id is not None and run_id in known:
        found.append(run_id)
        run_id = known[run_id][0]
    return found


def _rows(steps: Sequence[_Step], segment: Segment) -> dict[UUID, SegmentLedger]:
    rows = SegmentLedger.objects.filter(run_id__in=[step.run_id for step in steps], segment=segment)
    return {row.run_id: row for row in rows}


def _states(row: SegmentLedger) -> list[State]:
    return [State(cause, action, StateSums(*sums)) for cause, action, *sums in row.states]


def _ledger(steps: Sequence[_Step], rows: Mapping[UUID, SegmentLedger], measure: Measure) -> Ledger | None:
    found = []
    for step in steps:
        row = rows.get(step.run_id)
        ledger = None if row is None else ledger_of(states=_states(row), measure=measure)
        if ledger is None:
            return None
        found.append(_turned(ledger) if step.backwards else ledger)
    return chained(found)


def _turned(ledger: Ledger) -> Ledger:
    terms = tuple(Term(term.cause, term.action, -term.value) for term in ledger.terms)
    return Ledger(ledger.after, ledger.before, terms)


def _members(rows: Mapping[UUID, SegmentLedger]) -> list[int]:
    """How many customers the segment had at the ends of each step."""
    ends = [(states[0], states[-1]) for states in map(_states, rows.values())]
    return [state.sums.n for pair in ends for state in pair]


def _action_names(ledger: Ledger, steps: Sequence[_Step], after: ScoreRun) -> dict[str, str]:
    """As the later run calls them; an action that it has no more, as the last run on the way that had it."""
    names = {action["key"]: action["name"] for action in after.uses["actions"]}
    if all(term.action is None or term.action in names for term in ledger.terms):
        return names
    runs = ScoreRun.objects.filter(pk__in=[after.pk, *(step.run_id for step in steps)]).order_by("number")
    for run in runs:
        names |= {action["key"]: action["name"] for action in run.uses["actions"]}
    bases = ScoreRun.objects.filter(pk__in=[run.base_id for run in runs if run.base_id])
    for base in bases:
        names = {action["key"]: action["name"] for action in base.uses["actions"]} | names
    return names


def _terms(ledger: Ledger, names: Mapping[str, str]) -> tuple[CauseTerm, ...]:
    by_action: dict[str, list[ActionTerm]] = {}
    for term in ledger.terms:
        if term.action is not None:
            by_action.setdefault(term.cause, []).append(
                ActionTerm(term.action, names.get(term.action, term.action), term.value)
            )
    return tuple(CauseTerm(cause, value, tuple(by_action.get(cause, ()))) for cause, value in ledger.by_cause().items())
