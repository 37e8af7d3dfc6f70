"""Writes of a client that begins: events mapped to actions, and a draft with an industry's weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.matching import ActionRule, parse_action_rule
from engagement.scoring.models import Action, ActionDefinition
from engagement.scoring.selectors.starting import proposed_weights
from engagement.scoring.services.actions import change_action, create_action
from engagement.scoring.services.weights import change_draft, draft
from engagement.scoring.starting.industries import STARTERS, Starter
from engagement.scoring.starting.types import Mapped
from engagement.scoring.types import DraftChange, WeightChange, WeightSetView
from tenants.models import Organisation, User


def map_events(*, organisation: Organisation, mapped: Sequence[Mapped], user: User | None, now: datetime) -> int:
    """Let events count as actions, by name: one that is there takes them too, any other is made; returns how many.

    Names of actions are compared without regard to capitals; events with the same one count as one action. An action
    that is there keeps its channel, its conditions and what it counts. Raises InvalidInputError with fields (those of
    the action's rule by their path), ConflictError at the limit of actions.
    """
    groups: dict[str, list[Mapped]] = {}
    for line in mapped:
        groups.setdefault(line.action.strip().casefold(), []).append(line)
    known = {action.name.casefold(): action for action in Action.objects.filter(archived_at__isnull=True)}
    for name, lines in groups.items():
        event_names = tuple(dict.fromkeys(line.event_name.strip() for line in lines))
        if name in known:
            _add(known[name], event_names, organisation=organisation, user=user, now=now)
        else:
            create_action(
                organisation=organisation,
                name=lines[0].action,
                channel=lines[0].channel,
                rule=ActionRule(event_names).to_json(),
                user=user,
                now=now,
            )
    return len(groups)


def _add(
    action: Action, event_names: Sequence[str], *, organisation: Organisation, user: User | None, now: datetime
) -> None:
    newest = ActionDefinition.objects.filter(action=action).order_by("-number").first()
    assert newest is not None  # an action is made with its rule
    rule = parse_action_rule(newest.rule)
    wider = replace(rule, event_names=tuple(dict.fromkeys([*rule.event_names, *event_names])))
    change_action(organisation=organisation, key=action.key, user=user, now=now, rule=wider.to_json())


def start_from_industry(
    *, organisation: Organisation, industry: str, user: User | None, now: datetime
) -> WeightSetView:
    """Put an industry's weights and window into the draft, with full points from the median of active customers.

    Caps, half-life and note stay. Raises InvalidInputError for an industry that has no such beginning, ConflictError
    while a set waits for approval.
    """
    starter = STARTERS.get(industry)
    if starter is None:
        raise InvalidInputError(fields={"industry": [_("There is no starting point for this industry.")]})
    kept = draft(organisation=organisation, user=user, now=now)
    return change_draft(organisation=organisation, change=_change(kept, starter), user=user, now=now)


def _change(kept: WeightSetView, starter: Starter) -> DraftChange:
    caps = {line.key: line.cap for line in kept.weights}
    lines = proposed_weights(draft=kept, starter=starter)
    return DraftChange(
        weights={line.key: WeightChange(weight=line.proposed, cap=caps[line.key]) for line in lines},
        window_days=starter.window_days,
        half_life_days=kept.half_life_days,
        full_points=None,
        full_points_from="median",
        note=kept.note,
    )


def choose_full_points(
    *, organisation: Organisation, source: str, value: object, user: User | None, now: datetime
) -> WeightSetView:
    """Decide where the draft's full points come from; all else stays. `value` counts with the source "own" only.

    Raises InvalidInputError with fields, ConflictError while a set waits for approval.
    """
    kept = draft(organisation=organisation, user=user, now=now)
    change = DraftChange(
        window_days=kept.window_days,
        half_life_days=kept.half_life_days,
        full_points=value if source == "own" else None,  # type: ignore[arg-type]  # checked by the bounds
        full_points_from=source,
        note=kept.note,
    )
    return change_draft(organisation=organisation, change=change, user=user, now=now)
