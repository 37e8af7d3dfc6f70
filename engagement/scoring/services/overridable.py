"""Which segments may have weights of their own, and what may not be done to one that has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import ConflictError
from engagement.scoring.models import Segment, SegmentDefinition, SegmentSet, WeightOverride, WeightSet
from engagement.scoring.rules import Rule, parse_rule

_STATES = WeightSet.State
# Where own weights count or may come to count, and what somebody can do about them there.
_HELD: Final[Mapping[str, str]] = {
    _STATES.DRAFT: gettext_noop(
        "“{segment}” has weights of its own in the draft of set {number}, so {why}. "
        "To change it all the same, take them away there first."
    ),
    _STATES.PROPOSED: gettext_noop(
        "“{segment}” has weights of its own in set {number}, which waits for approval, so {why}. "
        "To change it all the same, have it sent back and take them away first."
    ),
    _STATES.SCHEDULED: gettext_noop(
        "“{segment}” has weights of its own in set {number}, which is scheduled, so {why}. "
        "To change it all the same, withdraw it first."
    ),
    _STATES.PUBLISHED: gettext_noop(
        "“{segment}” has weights of its own in set {number}, which counts now, so {why}. "
        "To change it all the same, publish a set without them first."
    ),
}


def problem_of(segment: Segment, *, rule: Rule) -> str:
    """Why a segment cannot have weights of its own, in one sentence; empty where it can.

    Own weights need a partition, so that nobody is found by two of them, and a rule that looks at no activity: points,
    score, band, days and channels follow from the weights.
    """
    if segment.archived_at is not None:
        return _("“{segment}” is archived.").format(segment=segment.name)
    group = segment.segment_set
    if group is None or not group.is_partition:
        return _(
            "“{segment}” stands in no set that adds up to the total. Only there is nobody in two segments, so "
            "only these can have weights of their own."
        ).format(segment=segment.name)
    if rule.activities():
        return _(
            "The rule of “{segment}” looks at activity, which the weights decide themselves: that would go round "
            "in a circle. Choose a segment whose rule looks at traits or lists only."
        ).format(segment=segment.name)
    return ""


def newest_rules(segment_ids: Collection[UUID]) -> dict[UUID, Rule]:
    """The newest rule of each segment, in one query."""
    rows = SegmentDefinition.objects.filter(segment__in=list(segment_ids)).order_by("number")
    return {key: parse_rule(rule) for key, rule in rows.values_list("segment_id", "rule")}


def refuse_activity_rule(*, segment: Segment, rule: Rule) -> None:
    """Raise ConflictError for a rule over activity where own weights of the segment count or may come to count."""
    if rule.activities():
        _refuse([segment], _("its rule cannot look at activity, which the weights decide themselves"))


def refuse_other_set(*, segment: Segment, group: SegmentSet) -> None:
    """Raise ConflictError where a segment with own weights would move to another set of segments."""
    if segment.segment_set_id != group.pk:
        why = _("it cannot move to “{group}”: own weights are for segments of one set")
        _refuse([segment], why.format(group=group.name))


def refuse_no_partition(group: SegmentSet) -> None:
    """Raise ConflictError where a set whose segments have own weights would not add up to the total any more."""
    segments = Segment.objects.filter(segment_set=group)
    _refuse(segments, _("“{group}” has to stay a set that adds up to the total").format(group=group.name))


def _refuse(segments: Iterable[Segment], why: str) -> None:
    """`why` is a clause that can stand alone, without its full stop."""
    rows = WeightOverride.objects.filter(segment__in=list(segments), weight_set__state__in=list(_HELD))
    found = rows.select_related("segment", "weight_set").order_by("weight_set__number", "segment__position").first()
    if found is None:
        return
    text = _(_HELD[found.weight_set.state])
    raise ConflictError(text.format(segment=found.segment.name, number=found.weight_set.number, why=why))
