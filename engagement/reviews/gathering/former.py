"""What was decided before, what has become of it, and the numbers by which it was to be judged, then and now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from engagement.cases.selectors import initiative
from engagement.insights.models import Target
from engagement.insights.note_types import segment_name
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.selectors.outlooks import value_of
from engagement.reviews.gathering.changes import kept_unit, read_out_of
from engagement.reviews.models import Decision, DecisionState, Review
from engagement.reviews.numbers import kept
from engagement.reviews.types import Filled, Json
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation

OPEN: Final = DecisionState.Code.OPEN.value
__all__ = ["filled_decisions", "states_of", "still_spoken_of"]


def states_of(decisions: Collection[Decision]) -> Mapping[object, DecisionState]:
    """The latest state of each, by the decision's id; none for one of which nothing was said."""
    rows = DecisionState.objects.filter(decision__in=decisions).select_related("said_by")
    return {row.decision_id: row for row in rows.order_by("decision_id", "-number").distinct("decision_id")}


def still_spoken_of(previous: Review | None) -> list[Decision]:
    """What the former review decided, and of earlier ones whatever nobody has done, dropped or said not to be done."""
    if previous is None:
        return []
    rows = Decision.objects.filter(review__last_day__lte=previous.last_day)
    found = list(rows.select_related("review__run", "owner", "segment", "target", "finding", "step").order_by("number"))
    states = states_of(found)
    return [one for one in found if one.review_id == previous.pk or _code(states.get(one.pk)) == OPEN]


def _code(state: DecisionState | None) -> str:
    return state.code if state is not None else OPEN


def filled_decisions(*, organisation: Organisation, run: ScoreRun, decisions: Iterable[Decision]) -> list[Filled]:
    """An item for each, with its number in the run of its own review and in this one."""
    found = list(decisions)
    states = states_of(found)
    return [
        Filled(
            "decision", str(one.pk), _facts(organisation, one, states.get(one.pk)) | _measured(organisation, one, run)
        )
        for one in found
    ]


def _facts(organisation: Organisation, one: Decision, state: DecisionState | None) -> Json:
    return {
        "id": str(one.pk),
        "number": one.number,
        "review": str(one.review_id),
        "review_day": one.review.last_day.isoformat(),
        "review_rhythm": one.review.rhythm,
        "text": one.text,
        "owner": one.owner.name if one.owner else "",
        "due_on": one.due_on.isoformat(),
        "state": {"code": _code(state), "because": state.because if state else ""},
        "finding": _finding(one),
        "step": _step(one),
    }


def _finding(one: Decision) -> Json | None:
    return None if one.finding is None else {"id": str(one.finding_id), "title": one.finding.title}


def _step(one: Decision) -> Json | None:
    """The step that was planned with it, with its read-out where it has one."""
    if one.step_id is None:
        return None
    line = initiative(initiative_id=one.step_id)
    return {"id": str(line.id), "title": line.title, "state": line.state, "read_out": read_out_of(line)}


def _measured(organisation: Organisation, one: Decision, run: ScoreRun) -> Json:
    """The number then and now, and half the interval of a change of scores; nothing where no measure was named."""
    if one.segment is None:
        return {"measure": ""}
    key, minimum, then = one.segment.key, Minimum.of(organisation), one.review.run
    figures = figures_of_run(run=run, minimum=minimum, segment_keys=[key]).get(key)
    now = value_of(figures=figures, measure=one.measure) if figures is not None else None
    half = None
    if one.measure == Target.Measure.SCORE and one.value_then and now is not None and then.pk != run.pk:
        error = change_errors(before=then, after=run, segment_keys=[key], minimum=minimum).get(key)
        half = error.half_width_95 if error else None
    return {
        "measure": one.measure,
        "segment_key": key,
        "segment_name": segment_name(key=key, name=one.segment.name),
        "target": kept_unit(one.target.value_thousandths) if one.target else None,
        "then": one.value_then or None,
        "then_run": then.number,
        "then_day": then.as_of.isoformat(),
        "then_set": then.uses["weight_set"],
        "now": kept(now),
        "now_run": run.number,
        "now_day": run.as_of.isoformat(),
        "now_set": run.uses["weight_set"],
        "half_width_95": kept(half),
    }
