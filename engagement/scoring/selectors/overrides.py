"""Reads about weights of their own: which segments a draft may be given them for, and which sets hold them."""

from __future__ import annotations

from engagement.scoring.models import Segment, WeightOverride, WeightSet
from engagement.scoring.services.overridable import newest_rules, problem_of
from engagement.scoring.types import WeightSetView
from tenants.models import Organisation

_STATES = WeightSet.State
# Segments by set, as a select shows them: (name of the set, ((key, name), …)).
GroupedChoices = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def segments_without_own(*, organisation: Organisation, draft: WeightSetView) -> GroupedChoices:
    """Segments that the draft may be given own weights for; of one partition only where it has some already."""
    taken = {override.segment_key for override in draft.overrides}
    sets = {override.set_key for override in draft.overrides}
    rows = Segment.objects.filter(
        organisation=organisation, archived_at__isnull=True, segment_set__is_partition=True
    ).select_related("segment_set")
    found = list(rows.order_by("segment_set__position", "segment_set__key", "is_missing_data", "position", "key"))
    rules = newest_rules([row.pk for row in found])
    groups: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for row in found:
        group = row.segment_set
        if group is None or (sets and group.key not in sets) or row.key in taken:
            continue
        if not problem_of(row, rule=rules[row.pk]):
            groups.setdefault(group.key, (group.name, []))[1].append((row.key, row.name))
    return tuple((name, tuple(segments)) for name, segments in groups.values())


def own_weights_where(*, organisation: Organisation, segment_key: str) -> dict[str, int]:
    """Numbers of the sets that hold own weights of a segment and count, or may come to count, by state."""
    states = (_STATES.DRAFT, _STATES.PROPOSED, _STATES.SCHEDULED, _STATES.PUBLISHED)
    rows = WeightOverride.objects.filter(
        organisation=organisation, segment__key=segment_key, weight_set__state__in=states
    ).order_by("-weight_set__number")
    return dict(rows.values_list("weight_set__state", "weight_set__number"))
