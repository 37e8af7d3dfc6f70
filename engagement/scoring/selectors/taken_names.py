"""Which events count at all."""

from __future__ import annotations

from engagement.scoring.matching import parse_action_rule
from engagement.scoring.models import ActionDefinition


def counted_names() -> frozenset[str]:
    """The names of events that some action in use takes, by its newest rule."""
    definitions = ActionDefinition.objects.filter(action__archived_at__isnull=True).order_by("number")
    newest = {definition.action_id: definition.rule for definition in definitions}
    return frozenset(name for rule in newest.values() for name in parse_action_rule(rule).event_names)
