"""A review as one document: what the page prints, the API answers, and the minutes freeze."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from engagement.insights.note_types import segment_name
from engagement.reviews.gathering.changes import kept_unit
from engagement.reviews.gathering.former import states_of
from engagement.reviews.models import AgendaItem, Decision, DecisionState, Minutes, Review
from engagement.reviews.rhythms import Rhythm, period_start
from engagement.reviews.types import FORMAT, Json
from tenants.models import Organisation


def minutes_of(*, review: Review) -> Minutes | None:
    """What a closed review came to, with its hash; None while it is open."""
    return Minutes.objects.select_related("closed_by").filter(review=review).first()


def review_document(*, organisation: Organisation, review: Review) -> Json:
    """Everything of a review as it stands: what was gathered, the agenda with its notes, the decisions."""
    items = list(
        AgendaItem.objects.filter(review=review)
        .select_related("added_by", "removed_by")
        .order_by("position", "added_at")
    )
    rows = Decision.objects.filter(review=review).select_related(
        "owner", "segment", "target", "finding", "step", "decided_by"
    )
    made = list(rows.order_by("number"))
    former = Decision.objects.filter(pk__in=[one.reference for one in items if one.kind == "decision"])
    states = states_of([*made, *former])
    return {
        "format": FORMAT,
        "review": review.number,
        "organisation": organisation.name,
        "rhythm": review.rhythm,
        "first_day": period_start(review.last_day, rhythm=Rhythm(review.rhythm)).isoformat(),
        "last_day": review.last_day.isoformat(),
        "run": {"number": review.run.number, "as_of": review.run.as_of.isoformat(), "digest": review.run_digest},
        "leader": _name(review.leader),
        "opened_by": _name(review.opened_by),
        "opened_at": review.opened_at.isoformat(),
        "previous": _previous(review),
        "gathered": review.gathered,
        "gathered_at": review.gathered_at.isoformat(),
        "items": [_item(one, states) for one in items],
        "decisions": [_decision(one, states.get(one.pk)) for one in made],
    }


def frozen(*, minutes: Minutes) -> Json:
    """The document that the minutes keep."""
    document: Json = json.loads(minutes.document)
    return document


def _name(user: Any) -> str:
    return user.name if user is not None else ""


def _previous(review: Review) -> Json | None:
    former = review.previous
    if former is None:
        return None
    return {
        "id": str(former.pk), "number": former.number, "rhythm": former.rhythm,
        "last_day": former.last_day.isoformat(), "run": former.run.number,
    }  # fmt: skip


def _item(one: AgendaItem, states: Mapping[object, DecisionState]) -> Json:
    """An item; of a former decision with what has become of it by now, whatever it was when the agenda was filled."""
    facts = dict(one.facts)
    if one.kind == "decision":
        now = next((state for key, state in states.items() if str(key) == one.reference), None)
        facts["state"] = _state(now)
    removed = None
    if one.removed_at is not None:
        removed = {"because": one.removed_because, "by": _name(one.removed_by), "at": one.removed_at.isoformat()}
    return {
        "id": str(one.pk), "kind": one.kind, "reference": one.reference, "facts": facts, "title": one.title,
        "note": one.note, "version": one.version, "added_by": _name(one.added_by), "added_at": one.added_at.isoformat(),
        "removed": removed, "fate": one.fate, "fate_because": one.fate_because,
    }  # fmt: skip


def _decision(one: Decision, state: DecisionState | None) -> Json:
    segment = one.segment
    return {
        "id": str(one.pk),
        "number": one.number,
        "item": str(one.item_id),
        "text": one.text,
        "owner": _name(one.owner),
        "due_on": one.due_on.isoformat(),
        "measure": one.measure,
        "segment_key": segment.key if segment else "",
        "segment_name": segment_name(key=segment.key, name=segment.name) if segment else "",
        "target": kept_unit(one.target.value_thousandths) if one.target else None,
        "value_then": one.value_then or None,
        "finding": {"id": str(one.finding_id), "title": one.finding.title} if one.finding else None,
        "step": {"id": str(one.step_id), "title": one.step.title} if one.step else None,
        "state": _state(state),
        "version": one.version,
        "decided_by": _name(one.decided_by),
        "decided_at": one.decided_at.isoformat(),
    }


def _state(state: DecisionState | None) -> Json:
    if state is None:
        return {"code": DecisionState.Code.OPEN.value, "because": "", "by": "", "at": None}
    return {"code": state.code, "because": state.because, "by": _name(state.said_by), "at": state.said_at.isoformat()}


def states_since(*, review: Review, decisions: Iterable[Json]) -> Mapping[str, Json]:
    """What was said of these decisions after they were frozen, by id; only where it is something else."""
    named = {one["id"]: one["state"]["code"] for one in decisions}
    states = states_of(list(Decision.objects.filter(review=review)))
    found = {str(key): _state(state) for key, state in states.items()}
    return {key: state for key, state in found.items() if key in named and state["code"] != named[key]}
