"""JSON of this step, and the two ways in which every number is given: a ratio to six decimals, a sum without loss."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.insights.exactly import exact_decimal, six_places
from engagement.insights.models import Target
from engagement.look.exact import Number
from engagement.scoring.models import ScoreRun

STATES = ("waiting", "running", "published", "failed")
_MEASURE_HELP = "A score from 0 to 100, or points per customer."


@extend_schema_field({"type": "string", "format": "decimal", "example": "68.928716"})
class RatioField(serializers.Field[Number, Any, str, Any]):
    """A score, a ratio or a change: six decimals, half away from zero."""

    def to_representation(self, value: Number) -> str:
        return six_places(value)


@extend_schema_field({"type": "string", "format": "decimal", "example": "199966"})
class ExactField(serializers.Field[Number, Any, str, Any]):
    """A sum: as many decimals as it has."""

    def to_representation(self, value: Number) -> str:
        return f"{exact_decimal(value):f}"


class Answer(serializers.Serializer[Any]):
    """Describes what is given; nothing is read with it."""


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
