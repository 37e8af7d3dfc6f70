"""What lasts until somebody does something about it: targets that are off track, data that has stopped coming."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from engagement.insights.alert_types import EVERYBODY, Finding, Looked
from engagement.insights.models import AlertRule
from engagement.insights.selectors.alerting import Look
from engagement.insights.selectors.portfolio import last_days
from engagement.insights.selectors.targets import targets_with
from engagement.insights.types import TargetFigures
from engagement.scoring.formula import TargetState, to_decimal

_FOUND = {TargetState.OFF_TRACK, TargetState.MISSED}
# Between the two a target swings with every month; what was off track stays so until it is on track.
_STILL = {*_FOUND, TargetState.AT_RISK, TargetState.UNKNOWN}


def standing(*, look: Look, rules: Sequence[AlertRule]) -> Looked:
    """What rules about targets and stale data find on the day of a run, and of what else the condition still holds."""
    found: list[Finding] = []
    holding: set[tuple[UUID, str, str]] = set()
    targets = _targets(look) if any(rule.kind == AlertRule.Kind.TARGET for rule in rules) else ()
    for rule in rules:
        if rule.kind == AlertRule.Kind.STALE:
            stale = _stale(look, rule)
            found += [stale] if stale else []
            holding |= {(rule.pk, EVERYBODY, "")} if stale else set()
            continue
        for target in targets:
            state = target.outlook.state if target.outlook else TargetState.UNKNOWN
            if target.segment_key in rule.segment_keys:
                found += [_target(rule, target)] if state in _FOUND else []
                holding |= {(rule.pk, target.segment_key, target.id)} if state in _STILL else set()
    watched = frozenset((rule.pk, key) for rule in rules for key in rule.segment_keys)
    return Looked(0, tuple(found), frozenset(holding), watched)


def _targets(look: Look) -> tuple[TargetFigures, ...]:
    return targets_with(organisation=look.organisation, run=look.run, figures=look.figures, today=look.today)


def _target(rule: AlertRule, target: TargetFigures) -> Finding:
    outlook = target.outlook
    assert outlook is not None
    facts = {
        "measure": target.measure,
        "target": str(target.value),
        "due_on": target.due_on.isoformat(),
        "state": outlook.state.value,
        "value": _text(outlook.value),
        "projected": _text(outlook.projected),
        "needed_a_month": _text(outlook.needed_a_month),
        "recent_a_month": _text(outlook.recent_a_month),
        "chance": "" if outlook.chance is None else _text(Fraction(outlook.chance)),
    }
    return Finding(rule.pk, target.segment_key, facts, subject=target.id)


def _text(value: Fraction | None) -> str:
    return "" if value is None else str(to_decimal(value=value, places=6))


def _stale(look: Look, rule: AlertRule) -> Finding | None:
    """No event has counted for so many days; none at all is no stale data, but a client that has not begun."""
    last = last_days([look.organisation]).get(look.organisation.pk)
    days = Decimal(rule.threshold_thousandths) / 1000
    if last is None or (look.today - last).days < days:
        return None
    return Finding(rule.pk, EVERYBODY, {"last_day": last.isoformat(), "days": str((look.today - last).days)})
