"""The weight sets that pages are about: the draft, the proposal that waits, the set in force; read once in a scope."""

from __future__ import annotations

from collections.abc import Mapping

from engagement.scoring.models import WeightSet
from tenants.remembering import remembered

_STATES = (WeightSet.State.DRAFT, WeightSet.State.PROPOSED, WeightSet.State.PUBLISHED)


def current_sets() -> Mapping[str, WeightSet]:
    """By state, with the people who had a hand in them; there is at most one of each."""
    rows = WeightSet.objects.filter(state__in=_STATES).order_by("number")
    found = rows.select_related("created_by", "published_by", "proposed_by", "approved_by")
    return remembered("scoring.current_sets", lambda: {row.state: row for row in found})
