"""JSON of this step. These validate and describe; services do the work."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.look.exact import Number, six_places
from engagement.scoring.models import Channel, Restatement, WeightSet
from engagement.scoring.services.numbering import MAX_KEY, MAX_NAME
from engagement.scoring.types import FULL_POINTS_SOURCES

_RULE_HELP = "An object as the guide to rules describes it; what is refused is named by its path."


@extend_schema_field({"type": "string", "format": "decimal", "example": "68.928716"})
class RatioField(serializers.Field[Number, Any, str, Any]):
    """A score, a ratio or a change: six decimals, half away from zero."""

    def to_representation(self, value: Number) -> str:
        return six_places(value)


class _Points(serializers.DecimalField):
    """Points with three decimals, as text."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(max_digits=13, decimal_places=3, **settings)


class ActionSerializer(serializers.Serializer[Any]):
    """A kind of event that counts."""

    key = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    rule = serializers.DictField()
    words = serializers.CharField(help_text="The rule in plain words.")
    definition = serializers.IntegerField(help_text="The number of the rule's newest version.")
    is_counted = serializers.BooleanField(help_text="False while stored events are being counted under it.")
    times = serializers.IntegerField(help_text="Occurrences in the window.")
    times_from = serializers.DateField()
    times_as_of = serializers.DateField()


class NewActionSerializer(serializers.Serializer[Any]):
    key = serializers.SlugField(max_length=MAX_KEY, required=False, default="", allow_blank=True)
    name = serializers.CharField(max_length=MAX_NAME)
    channel = serializers.ChoiceField(choices=Channel.choices)
    rule = serializers.DictField(help_text=_RULE_HELP)


class ActionChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=MAX_NAME, required=False)
    channel = serializers.ChoiceField(choices=Channel.choices, required=False)
    rule = serializers.DictField(required=False, help_text=_RULE_HELP)


class CountingSerializer(serializers.Serializer[Any]):
    """Stored events that are being counted: under new rules, or all of them after a change of the time zone."""

    is_recounting = serializers.BooleanField(help_text="Every day is counted anew; scorings wait until it is done.")
    actions = serializers.ListField(child=serializers.CharField(), source="names")
    events_done = serializers.IntegerField(source="done")
    events_total = serializers.IntegerField(source="total")
    since = serializers.DateTimeField(allow_null=True, help_text="Null until a worker has begun.")
    seconds_left = serializers.IntegerField(allow_null=True, help_text="By the pace so far; null before there is one.")


class ActivitySerializer(serializers.Serializer[Any]):
    """How far activity reaches."""

    countable_from = serializers.DateField(
        allow_null=True,
        help_text="The first day whose events are all kept: counting anew begins there. Null: at the first event.",
    )
    packed_before = serializers.DateField(help_text="Days before it are closed and packed every night.")
    counting = CountingSerializer(allow_null=True, help_text="Null while nothing is being counted.")


class WeightSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.CharField()
    weight = _Points()
    cap = serializers.IntegerField(allow_null=True, help_text="Occurrences that count at most; null: all of them.")


class OverrideSerializer(serializers.Serializer[Any]):
    """What the customers of one segment are scored with in place of the set's own; window and half-life stay."""

    segment = serializers.CharField(source="segment_key")
    name = serializers.CharField(source="segment_name")
    set = serializers.CharField(
        source="set_key", help_text="The set of segments it stands in; one for all own weights of a weight set."
    )
    is_archived = serializers.BooleanField(help_text="The segment: nobody is scored with these any more.")
    full_points = _Points()
    weights = WeightSerializer(many=True, help_text="One for each action of the set, in its order.")


class WeightSetSerializer(serializers.Serializer[Any]):
    """A numbered version of weights; immutable once published."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=WeightSet.State.choices)
    window_days = serializers.IntegerField()
    half_life_days = serializers.IntegerField(allow_null=True)
    full_points = _Points(allow_null=True)
    full_points_from = serializers.CharField()
    based_on = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(help_text="Sent back when the draft is changed or published.")
    published_by = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    effective_from = serializers.DateField(
        allow_null=True,
        help_text="The first local day scored with it; null: the first set, for all days, or not decided yet.",
    )
    in_force_at = serializers.DateTimeField(allow_null=True, help_text="Since when it counts, or when it began to.")
    restate_from = serializers.DateField(allow_null=True, help_text="Back to which day it restates the past.")
    proposed_by = serializers.CharField()
    proposed_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.CharField()
    approved_at = serializers.DateTimeField(allow_null=True)
    weights = WeightSerializer(many=True)
    overrides = OverrideSerializer(many=True, help_text="Own weights for segments of one partition; mostly none.")


class WeightChangeSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=MAX_KEY, help_text="The action's key.")
    weight = _Points()
    cap = serializers.IntegerField(allow_null=True, required=False, default=None)


class DraftChangeSerializer(serializers.Serializer[Any]):
    """All that the draft says; actions that are not named keep what they have."""

    weights = WeightChangeSerializer(many=True)
    window_days = serializers.IntegerField(default=90)
    half_life_days = serializers.IntegerField(allow_null=True, default=None)
    full_points = _Points(allow_null=True, default=None, help_text="With full_points_from own.")
    full_points_from = serializers.ChoiceField(choices=FULL_POINTS_SOURCES, default="median")
    note = serializers.CharField(allow_blank=True, default="")
    changed_at = serializers.DateTimeField(
        required=False, default=None, help_text="The draft's, as you read it: 409 if it has changed since."
    )


class OverrideChangeSerializer(serializers.Serializer[Any]):
    """All that own weights of a segment say.

    Actions that are not named keep what they have; what is new begins with the set's own numbers.
    """

    weights = WeightChangeSerializer(many=True, default=list)
    full_points = _Points(help_text="So many points are a score of 100 for these customers.")
    changed_at = serializers.DateTimeField(
        required=False, default=None, help_text="The draft's, as you read it: 409 if it has changed since."
    )


class OpenedQuery(serializers.Serializer[Any]):
    changed_at = serializers.DateTimeField(
        required=False, default=None, help_text="The draft's, as you read it: 409 if it has changed since."
    )


def _restate_from() -> serializers.DateField:
    return serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Score finished days from here on again with the new set; by default the past keeps its line.",
    )


class PublishSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(help_text="Why; shown in the history and on charts.")
    changed_at = serializers.DateTimeField(help_text="The draft's, as you read it: 409 if it has changed since.")
    effective_from = serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Today or a later local day, which makes it scheduled; by default at once, from yesterday on.",
    )
    restate_from = _restate_from()


class ApproveSerializer(serializers.Serializer[Any]):
    changed_at = serializers.DateTimeField(help_text="The proposal's, as you read it: 409 if it has changed since.")


class SendBackSerializer(ApproveSerializer):
    reason = serializers.CharField(
        default="", allow_blank=True, help_text="What should change; who proposed it may leave it out."
    )


class ReturnSerializer(serializers.Serializer[Any]):
    in_force = serializers.IntegerField(
        help_text="The number of the set in force, as you read it: 409 if not any more."
    )
    note = serializers.CharField(default="", allow_blank=True, help_text="By default “Return to set n”.")
    restate_from = _restate_from()


class RestateSerializer(serializers.Serializer[Any]):
    first_day = serializers.DateField(help_text="Finished days from here on are scored again.")


class RestatementSerializer(serializers.Serializer[Any]):
    """Past days scored again with a set: how far it is."""

    first_day = serializers.DateField()
    state = serializers.ChoiceField(choices=Restatement.State.choices)
    days = serializers.IntegerField(help_text="How many there are.")
    done = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Days that could not be scored and stay as they were.")
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class PastSerializer(serializers.Serializer[Any]):
    """What of the past was scored with other sets than this one, and the latest restatement with it."""

    days_scored_otherwise = serializers.IntegerField(help_text="Finished days whose number in force is another set's.")
    latest = RestatementSerializer(allow_null=True)


class SuggestionSerializer(serializers.Serializer[Any]):
    """Full points that the activity of the window suggests."""

    window_days = serializers.IntegerField()
    n = serializers.IntegerField(help_text="Customers who are scored.")
    n_active = serializers.IntegerField()
    median = _Points(allow_null=True)
    p60 = _Points(allow_null=True)
    p75 = _Points(allow_null=True)
    mean = _Points(allow_null=True)


class SegmentSerializer(serializers.Serializer[Any]):
    """A group of customers."""

    key = serializers.CharField()
    name = serializers.CharField()
    set = serializers.CharField(source="set_key", allow_null=True)
    rule = serializers.DictField()
    words = serializers.CharField(help_text="The rule in plain words.")
    definition = serializers.IntegerField(help_text="The number of the rule's newest version.")
    is_missing_data = serializers.BooleanField()
    n = serializers.IntegerField(allow_null=True, help_text="Members found by the latest scoring.")


class NewSegmentSerializer(serializers.Serializer[Any]):
    key = serializers.SlugField(max_length=MAX_KEY, required=False, default="", allow_blank=True)
    name = serializers.CharField(max_length=MAX_NAME)
    set = serializers.CharField(max_length=MAX_KEY, help_text="The key of its set.")
    rule = serializers.DictField(help_text=_RULE_HELP)
    is_missing_data = serializers.BooleanField(default=False)


class SegmentChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=MAX_NAME, required=False)
    rule = serializers.DictField(required=False, help_text=_RULE_HELP)
    is_missing_data = serializers.BooleanField(required=False)


class PartitionSerializer(serializers.Serializer[Any]):
    """Whether the segments cover every customer once, among the customers stored now."""

    n = serializers.IntegerField()
    n_gaps = serializers.IntegerField(help_text="Customers in none of the segments.")
    n_overlaps = serializers.IntegerField(help_text="Customers in several of them.")
    is_checked = serializers.BooleanField(help_text="False for rules over activity, which only a scoring evaluates.")
    is_whole = serializers.BooleanField()


class SegmentSetSerializer(serializers.Serializer[Any]):
    """Segments that are shown together."""

    key = serializers.CharField()
    name = serializers.CharField()
    is_partition = serializers.BooleanField(help_text="Only the segments of a partition add up to the total.")
    segments = SegmentSerializer(many=True)
    partition = PartitionSerializer(allow_null=True)


class NewSegmentSetSerializer(serializers.Serializer[Any]):
    """A set of its own, or one made of the values of a trait."""

    key = serializers.SlugField(max_length=MAX_KEY, required=False, default="", allow_blank=True)
    name = serializers.CharField(max_length=MAX_NAME)
    is_partition = serializers.BooleanField(default=False)
    trait = serializers.CharField(
        max_length=200,
        required=False,
        default="",
        allow_blank=True,
        help_text="Makes a partition with a segment for each of its values (thirty at most) and one for unknown.",
    )
