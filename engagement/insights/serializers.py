"""JSON of this step: a sum is given without loss, a ratio to six decimals (RatioField, of scoring)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.insights.exactly import exact_decimal, whole_percent
from engagement.insights.models import Target
from engagement.insights.outlook_types import TargetOutlook
from engagement.look.exact import Number
from engagement.scoring.formula import TargetState
from engagement.scoring.models import ScoreRun
from engagement.scoring.serializers import RatioField

STATES = ("waiting", "running", "published", "failed")
_MEASURE_HELP = "A score from 0 to 100, points per customer, or the share of active customers from 0 to 1."
_TARGET_STATES = tuple(state.value for state in TargetState)


@extend_schema_field({"type": "string", "format": "decimal", "example": "199966"})
class ExactField(serializers.Field[Number, Any, str, Any]):
    """A sum: as many decimals as it has."""

    def to_representation(self, value: Number) -> str:
        return f"{exact_decimal(value):f}"


class Answer(serializers.Serializer[Any]):
    """Describes what is given; nothing is read with it."""


class OutlookSerializer(Answer):
    """Where a target stands, with what the rule used. Paces are per month of 365 ÷ 12 days."""

    state = serializers.ChoiceField(
        choices=_TARGET_STATES,
        source="state.value",
        help_text="on_track: the chance is 2/3 or more; off_track: under 1/3; at_risk: between them.",
    )
    reason = serializers.CharField(allow_null=True, help_text="Why the state or the pace is not known.")
    value = RatioField(allow_null=True, help_text="What decided: the latest number, or that of the due day.")
    value_on = serializers.DateField(allow_null=True)
    days_left = serializers.IntegerField(allow_null=True)
    needed_a_month = RatioField(allow_null=True)
    recent_a_month = RatioField(allow_null=True, help_text="Slope over the last three finished months.")
    recent_half_width_95 = RatioField(allow_null=True)
    projected = RatioField(allow_null=True, help_text="On the due day, at the recent pace.")
    projected_half_width_95 = RatioField(allow_null=True)
    chance_percent = serializers.SerializerMethodField(
        help_text="That the target is met on its due day: whole per cent, from 1 (or less) to 99 (or more)."
    )
    months = serializers.ListField(child=serializers.DateField(), help_text="The months the pace was taken from.")

    @extend_schema_field(serializers.IntegerField(min_value=1, max_value=99, allow_null=True))
    def get_chance_percent(self, outlook: TargetOutlook) -> int | None:
        return None if outlook.chance is None else whole_percent(outlook.chance)


class TargetSerializer(Answer):
    """A target beside the number it is for."""

    id = serializers.UUIDField()
    segment = serializers.CharField(source="segment_key")
    segment_name = serializers.CharField()
    measure = serializers.ChoiceField(choices=Target.Measure.choices, help_text=_MEASURE_HELP)
    value = ExactField()
    due_on = serializers.DateField()
    owner = serializers.CharField(source="owner_name", help_text="The owner’s name; empty without one.")
    current = RatioField(allow_null=True, help_text="The latest number; null where there is none.")
    gap = RatioField(allow_null=True, help_text="The number less the target: negative is below.")
    note = serializers.CharField()
    start_value = ExactField(allow_null=True, help_text="Where the segment stood when the target was first set.")
    start_as_of = serializers.DateField(allow_null=True)
    start_run = serializers.IntegerField(source="start_run_number", allow_null=True)
    outlook = OutlookSerializer(allow_null=True)


class NewTargetSerializer(serializers.Serializer[Any]):
    """A target to put in force; one in force for the same segment and measure is ended and kept."""

    segment = serializers.SlugField(max_length=60, default="all")
    measure = serializers.ChoiceField(choices=Target.Measure.choices, default=Target.Measure.SCORE)
    value = serializers.DecimalField(
        max_digits=13, decimal_places=3, min_value=Decimal("0.001"), help_text="At most three decimals."
    )
    due_on = serializers.DateField(help_text="A day after today.")
    owner = serializers.EmailField(
        required=False, allow_null=True, help_text="The address of a member, or your own; by default nobody."
    )
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class ChangedTargetSerializer(serializers.Serializer[Any]):
    """What is to change; the rest stays. The former target is ended and kept, its start goes on."""

    value = serializers.DecimalField(max_digits=13, decimal_places=3, min_value=Decimal("0.001"), required=False)
    due_on = serializers.DateField(required=False, help_text="A day after today.")
    owner = serializers.EmailField(required=False, allow_null=True, help_text="null: nobody.")
    note = serializers.CharField(max_length=200, default="", allow_blank=True, help_text="Why.")


class PastTargetSerializer(Answer):
    """A target as it was set; `retired_at` null: in force."""

    id = serializers.UUIDField()
    segment = serializers.CharField(source="segment_key")
    segment_name = serializers.CharField()
    measure = serializers.ChoiceField(choices=Target.Measure.choices, help_text=_MEASURE_HELP)
    value = ExactField()
    due_on = serializers.DateField()
    owner = serializers.CharField(source="owner_name")
    start_value = ExactField(allow_null=True)
    start_as_of = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    set_by = serializers.CharField()
    set_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class RunSerializer(Answer):
    """A scoring, or a request for one that waits or failed (number null)."""

    number = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField()
    state = serializers.ChoiceField(choices=STATES)
    cause = serializers.ChoiceField(choices=ScoreRun.Cause.choices)
    weight_set = serializers.IntegerField(source="weight_set_number", allow_null=True)
    customers = serializers.IntegerField(allow_null=True)
    started_at = serializers.DateTimeField(help_text="Of a request: when it was made.")
    finished_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField()
    in_force = serializers.BooleanField(source="is_in_force", help_text="It counts for its day.")
    thinned_at = serializers.DateTimeField(allow_null=True, help_text="Since when it is kept as sums only.")


class NewRunSerializer(serializers.Serializer[Any]):
    """Which day to score."""

    as_of = serializers.DateField(required=False, help_text="By default yesterday; not after today.")


class RequestedRunSerializer(Answer):
    """A request for a scoring; asking again for a day that waits gives the same one."""

    id = serializers.UUIDField()
    as_of = serializers.DateField()
    state = serializers.ChoiceField(choices=STATES)
    requested_at = serializers.DateTimeField()
