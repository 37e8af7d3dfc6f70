"""Which actions count an event as it comes in, by the newest rules of the actions in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engagement.scoring.matching import ActionRule, Matcher, parse_action_rule
from engagement.scoring.models import Action, ActionDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOf:
    """An action in use and its newest rule."""

    key: str
    name: str
    rule: ActionRule


def actions_in_use() -> tuple[ActionOf, ...]:
    """Every action that is not archived, in the order of pages."""
    newest = dict(
        ActionDefinition.objects.filter(action__archived_at__isnull=True)
        .order_by("number")
        .values_list("action_id", "rule")
    )
    rows = Action.objects.filter(archived_at__isnull=True, pk__in=newest).order_by("position", "key")
    return tuple(ActionOf(key=row.key, name=row.name, rule=parse_action_rule(newest[row.pk])) for row in rows)


class CountedBy:
    """Says by which actions an event is counted."""

    def __init__(self, actions: tuple[ActionOf, ...]) -> None:
        self._names = {action.key: action.name for action in actions}
        self._matcher = Matcher({action.key: action.rule for action in actions})

    def keys(self, *, name: str, properties: Mapping[str, object]) -> tuple[str, ...]:
        """The keys of the actions that count it; () where none does."""
        found = self._matcher.match(name=name, properties=properties, occurrences=1).matches
        return tuple(match.key for match in found)

    def names(self, *, name: str, properties: Mapping[str, object]) -> tuple[str, ...]:
        """The names of the actions that count it; () where none does."""
        return tuple(self._names[key] for key in self.keys(name=name, properties=properties))
