"""What this step puts on record: how a weight set came to count, and what rules and numbers were before and are now.

In the organisation's record a rule is its definition's number, what it is made of, and a digest: its literals may name
customers. A definition is never changed, so number and digest say exactly which rule it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from engagement.scoring.matching import ActionRule
from engagement.scoring.models import OverrideWeight, PublishingStep, Weight, WeightOverride, WeightSet
from engagement.scoring.rules import MembershipCondition, Rule
from engagement.scoring.selectors.weights import to_points
from tenants.audit import audit_append, canonical
from tenants.models import User

_WHAT = PublishingStep.What
_ACTS: Final = {
    _WHAT.PROPOSED: "weights.proposed",
    _WHAT.SENT_BACK: "weights.sent_back",
    _WHAT.TAKEN_BACK: "weights.proposal_taken_back",
    _WHAT.APPROVED: "weights.approved",
    _WHAT.SCHEDULED: "weights.scheduled",
    _WHAT.WITHDRAWN: "weights.withdrawn",
    _WHAT.IN_FORCE: "weights.put_in_force",
    _WHAT.RESTATED: "weights.past_restated",
    _WHAT.RESTORED: "weights.restatement_taken_back",
}
_DIGITS: Final = 16
# Of a draft, what people word as they like.
TEXTS: Final = frozenset({"note"})


def record(row: WeightSet, *, what: str, by: User | None, now: datetime, note: str = "") -> None:
    """Put an act about a set on its own record and on the organisation's; `by` None is the clock."""
    PublishingStep.objects.create(
        organisation_id=row.organisation_id, weight_set=row, what=what, by=by, at=now, note=note
    )
    new = {
        "state": row.state,
        "based_on": row.based_on,
        "effective_from": row.effective_from,
        "restate_from": row.restate_from,
        "proposed_by": row.proposed_by_id,
    }
    audit_append(act=_ACTS[_WHAT(what)], object_kind="weight_set", object_id=row.number, new=new, reason=note)


def segment_rule(rule: Rule, *, number: int) -> dict[str, object]:
    """What the record says of a rule over customers."""
    conditions = list(rule.conditions())
    return {
        "definition": number,
        "conditions": len(conditions),
        "customers_listed": sum(len(c.customers) for c in conditions if isinstance(c, MembershipCondition)),
        "rule": _digest(rule.to_json()),
    }


def action_rule(rule: ActionRule, *, number: int) -> dict[str, object]:
    """What the record says of a rule over events."""
    return {
        "definition": number,
        "event_names": len(rule.event_names),
        "conditions": len(rule.conditions),
        "measure": rule.measure,
        "rule": _digest(rule.to_json()),
    }


def of_event_name(name: str) -> dict[str, object]:
    """What is put on record of a name of events, which may say anything: its digest."""
    return {"rule": _digest({"event_name": name})}


def of_machine_rules(rules: list[dict[str, object]], *, number: int) -> dict[str, object]:
    """What is put on record of a rule set: its number, how many rules, and their digest."""
    return {"number": number, "conditions": len(rules), "rule": _digest({"rules": rules})}


def numbers_of(row: WeightSet) -> dict[str, object]:
    """Everything that a draft can change, flat, so that two of them can be compared; weights in points, exactly."""
    full_points = row.full_points_thousandths
    return {
        "window_days": row.window_days,
        "half_life_days": row.half_life_days,
        "full_points": None if full_points is None else to_points(full_points),
        "full_points_from": row.full_points_from,
        "note": row.note,
        **_lines(Weight.objects.filter(weight_set=row).select_related("action")),
    }


def own_numbers_of(row: WeightSet, *, segment_id: UUID) -> dict[str, object]:
    """The same of a segment's own weights in a set; empty where it has none."""
    override = WeightOverride.objects.filter(weight_set=row, segment_id=segment_id).first()
    if override is None:
        return {}
    lines = OverrideWeight.objects.filter(override=override).select_related("action")
    return {"full_points": to_points(override.full_points_thousandths), **_lines(lines)}


def _lines(lines: Iterable[Weight] | Iterable[OverrideWeight]) -> dict[str, object]:
    found: dict[str, object] = {}
    for line in lines:
        found[f"{line.action.key}.weight"] = to_points(line.weight_thousandths)
        found[f"{line.action.key}.cap"] = line.cap
    return found


def _digest(value: dict[str, object]) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:_DIGITS]
