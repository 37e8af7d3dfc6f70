"""Which segments may have weights of their own, and what may not be done to one that has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

from engagement.errors import ConflictError
from engagement.scoring.models import Segment, SegmentDefinition, SegmentSet, WeightOverride, WeightSet
from engagement.scoring.rules import Rule, parse_rule

_STATES = WeightSet.State
# Where own weights count or may come to count, and what somebody can do about them there.
_HELD: Final[Mapping[str, tuple[str, str]]] = {
    _STATES.DRAFT: ("the draft of set {}", "take them away there"),
    _STATES.PROPOSED: ("set {}, which waits for approval", "have it sent back and take them away"),
    _STATES.SCHEDULED: ("set {}, which is scheduled", "withdraw it"),
    _STATES.PUBLISHED: ("set {}, which counts now", "publish a set without them"),
}


def problem_of(segment: Segment, *, rule: Rule) -> str:
    """Why a segment cannot have weights of its own, in one sentence; empty where it can.

    Own weights need a partition, so that nobody is found by two of them, and a rule that looks at no activity: points,
    score, band, days and channels follow from the weights.
    """
    if segment.archived_at is not None:
        return f"“{segment.name}” is archived."
    group = segment.segment_set
    if group is None or not group.is_partition:
        return (
            f"“{segment.name}” stands in no set that adds up to the total. Only there is nobody in two segments, so "
            "only these can have weights of their own."
        )
    if rule.activities():
        return (
            f"The rule of “{segment.name}” looks at activity, which the weights decide themselves: that would go round "
            "in a circle. Choose a segment whose rule looks at traits or lists only."
        )
    return ""


def newest_rules(segment_ids: Collection[UUID]) -> dict[UUID, Rule]:
    """The newest rule of each segment, in one query."""
    rows = SegmentDefinition.objects.filter(segment__in=list(segment_ids)).order_by("number")
    return {key: parse_rule(rule) for key, rule in rows.values_list("segment_id", "rule")}


def refuse_activity_rule(*, segment: Segment, rule: Rule) -> None:
    """Raise ConflictError for a rule over activity where own weights of the segment count or may come to count."""
    if rule.activities():
        _refuse([segment], "its rule cannot look at activity, which the weights decide themselves")


def refuse_other_set(*, segment: Segment, group: SegmentSet) -> None:
    """Raise ConflictError where a segment with own weights would move to another set of segments."""
    if segment.segment_set_id != group.pk:
        _refuse([segment], f"it cannot move to “{group.name}”: own weights are for segments of one set")


def refuse_no_partition(group: SegmentSet) -> None:
    """Raise ConflictError where a set whose segments have own weights would not add up to the total any more."""
    segments = Segment.objects.filter(segment_set=group)
    _refuse(segments, f"“{group.name}” has to stay a set that adds up to the total")


def _refuse(segments: Iterable[Segment], why: str) -> None:
    rows = WeightOverride.objects.filter(segment__in=list(segments), weight_set__state__in=list(_HELD))
    found = rows.select_related("segment", "weight_set").order_by("weight_set__number", "segment__position").first()
    if found is None:
        return
    named, (where, what) = found.segment.name, _HELD[found.weight_set.state]
    raise ConflictError(
        f"“{named}” has weights of its own in {where.format(found.weight_set.number)}, so {why}. To change it all the "
        f"same, {what} first."
    )
