"""Undo and redo of the steps taken on a draft: kept with it, so that they survive a reload and another person's turn.

`WeightSet.draft_steps` is a list, the oldest first; each step says what the draft's numbers were after it, who took it
and when, and whether it has been undone. The first is where the draft began. A new step takes the place of those that
were undone. A set that is decided keeps none: what became of it is on the organisation's record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import ConflictError, NotFoundError
from engagement.scoring.models import OverrideWeight, Segment, Weight, WeightOverride, WeightSet
from engagement.scoring.services.copies import fit_overrides
from engagement.scoring.services.on_record import TEXTS, numbers_of
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User

Step = Literal["undo", "redo", "in_force"]
State = dict[str, Any]
STEPS: Final[tuple[Step, ...]] = ("undo", "redo", "in_force")
MOST: Final = 50  # steps kept with a draft: more than anybody goes back one by one
_NOTHING: Final = {"undo": gettext_noop("There is no step to undo."), "redo": gettext_noop("There is no step to redo.")}


def state_of(row: WeightSet) -> State:
    """Every number of a set, own weights of segments included, as JSON holds it; the note is not a number."""
    overrides = WeightOverride.objects.filter(weight_set=row).select_related("segment")
    of_set = Weight.objects.filter(weight_set=row).values_list("action__key", "weight_thousandths", "cap")
    own: dict[Any, State] = {
        one.pk: {"full_points_thousandths": one.full_points_thousandths, "weights": {}} for one in overrides
    }
    lines = OverrideWeight.objects.filter(override__in=list(own))
    for override, key, weight, cap in lines.values_list("override", "action__key", "weight_thousandths", "cap"):
        own[override]["weights"][key] = [weight, cap]
    return {
        "window_days": row.window_days,
        "half_life_days": row.half_life_days,
        "full_points_thousandths": row.full_points_thousandths,
        "full_points_from": row.full_points_from,
        "weights": {key: [weight, cap] for key, weight, cap in of_set},
        "own": {one.segment.key: own[one.pk] for one in overrides},
    }


def note_step(row: WeightSet, *, before: State, user: User | None, now: datetime) -> None:
    """Keep a change of the draft as a step, unless its numbers are what they were."""
    after = state_of(row)
    if after == before:
        return
    done = [step for step in row.draft_steps if not step["undone"]]
    if not done or done[-1]["state"] != before:  # where it began; or an action, say, was archived in between
        done.append(_step(before, user=None, now=now))
    row.draft_steps = [*done, _step(after, user=user, now=now)][-MOST - 1 :]
    row.save(update_fields=["draft_steps"])


def take_step(
    *, organisation: Organisation, row: WeightSet | None, step: Step, user: User | None, now: datetime
) -> WeightSet:
    """Undo the last step, redo the one undone last, or put everything back to the set in force, as one more step.

    `row` is the draft, locked. Actions and segments that are gone by now stay gone. Raises NotFoundError without a
    draft, ConflictError where there is nothing to undo, to redo or in force.
    """
    if row is None:
        raise NotFoundError
    before = numbers_of(row)
    if step == "in_force":
        published = WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.PUBLISHED).first()
        if published is None:
            raise ConflictError(_("No set is in force yet."))
        was = state_of(row)
        _write(row, state_of(published) | {"full_points_from": "own"})
        note_step(row, before=was, user=user, now=now)
    else:
        _write(row, _moved(row, step))
    old, new = changed(before, numbers_of(row), texts=TEXTS)
    new = {**new, "step": step}
    audit_append(act="weights.draft_changed", object_kind="weight_set", object_id=row.number, old=old, new=new)
    return row


def _step(state: State, *, user: User | None, now: datetime) -> dict[str, Any]:
    return {"state": state, "by": str(user.pk) if user else None, "at": now.isoformat(), "undone": False}


def _moved(row: WeightSet, step: Step) -> State:
    """Mark the step, and give the numbers that follow."""
    n_done = sum(not one["undone"] for one in row.draft_steps)
    if (step == "undo" and n_done < 2) or (step == "redo" and n_done == len(row.draft_steps)):  # noqa: PLR2004  the first is where it began
        raise ConflictError(_(_NOTHING[step]))
    steps = [dict(one) for one in row.draft_steps]
    place = n_done - 1 if step == "undo" else n_done
    steps[place]["undone"] = step == "undo"
    row.draft_steps = steps
    state: State = steps[place - 1 if step == "undo" else place]["state"]
    return state


def _write(row: WeightSet, state: State) -> None:
    for line in Weight.objects.filter(weight_set=row).select_related("action"):
        line.weight_thousandths, line.cap = state["weights"].get(line.action.key, [0, None])
        line.save(update_fields=["weight_thousandths", "cap"])
    for name in ("window_days", "half_life_days", "full_points_thousandths", "full_points_from"):
        setattr(row, name, state[name])
    row.save()
    WeightOverride.objects.filter(weight_set=row).delete()
    segments = Segment.objects.filter(key__in=list(state["own"]), archived_at__isnull=True)
    actions = dict(Weight.objects.filter(weight_set=row).values_list("action__key", "action_id"))
    for segment in segments:
        own = state["own"][segment.key]
        override = WeightOverride.objects.create(
            organisation_id=row.organisation_id,
            weight_set=row,
            segment=segment,
            full_points_thousandths=own["full_points_thousandths"],
        )
        OverrideWeight.objects.bulk_create(
            OverrideWeight(
                organisation_id=row.organisation_id,
                override=override,
                action_id=actions[key],
                weight_thousandths=weight,
                cap=cap,
            )
            for key, (weight, cap) in own["weights"].items()
            if key in actions
        )
    fit_overrides(row)
