"""JSON of tests with arms."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.cases.experiment_types import Doubt, TrialLine
from engagement.cases.models import Experiment, Measure
from engagement.cases.serializers import EffectSerializer
from engagement.cases.services.findings import MAX_REASON, MAX_TITLE, MAX_WORDS
from engagement.insights.serializers import Answer, ExactField
from engagement.scoring.serializers import RatioField


class ArmPlanSerializer(serializers.Serializer[Any]):
    """An arm: a value, and the planned share in thousandths. The first is what the others are held against."""

    value = serializers.CharField(max_length=120)
    share_thousandths = serializers.IntegerField(min_value=1, max_value=999)


class NewTrialSerializer(serializers.Serializer[Any]):
    """A test as it is planned; nothing of it can be changed once it runs."""

    title = serializers.CharField(max_length=MAX_TITLE)
    words = serializers.CharField(max_length=MAX_WORDS, default="", allow_blank=True)
    arm_source = serializers.ChoiceField(choices=Experiment.ArmSource.choices, default="trait")
    event_name = serializers.CharField(max_length=120, default="", allow_blank=True)
    arm_name = serializers.CharField(max_length=120, help_text="The trait, or the property of the event.")
    arms = serializers.ListField(child=ArmPlanSerializer(), min_length=2, max_length=6)
    measure = serializers.ChoiceField(choices=Measure.choices, default="score")
    judged_by = serializers.ChoiceField(choices=Experiment.Judged.choices, default="mean")
    action = serializers.CharField(max_length=80, default="", allow_blank=True)
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    difference = serializers.DecimalField(
        max_digits=10, decimal_places=3, help_text="The smallest worth seeing; of a share from 0 to 1."
    )
    customers_per_arm = serializers.IntegerField(min_value=2, max_value=10**9, default=None, allow_null=True)


class TrialSerializer(Answer):
    """A test as it was planned; over: its last day has passed."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    words = serializers.CharField()
    arm_source = serializers.ChoiceField(choices=Experiment.ArmSource.choices)
    event_name = serializers.CharField()
    arm_name = serializers.CharField()
    arms = serializers.SerializerMethodField()
    measure = serializers.ChoiceField(choices=Measure.choices)
    judged_by = serializers.ChoiceField(choices=Experiment.Judged.choices)
    action = serializers.CharField(source="action_key")
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    difference = ExactField()
    customers_per_arm = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["planned", "running", "over", "stopped"])
    owner = serializers.CharField(source="owner_name")
    stopped_because = serializers.CharField()

    @extend_schema_field(ArmPlanSerializer(many=True))
    def get_arms(self, line: TrialLine) -> list[dict[str, Any]]:
        return [{"value": value, "share_thousandths": share} for value, share in line.arms]


class TrialMoveSerializer(serializers.Serializer[Any]):
    """What becomes of a test: it runs, or is stopped for a reason."""

    to = serializers.ChoiceField(choices=["running", "stopped"])
    because = serializers.CharField(max_length=MAX_REASON, default="", allow_blank=True)


class ArmFoundSerializer(Answer):
    value = serializers.CharField()
    planned_thousandths = serializers.IntegerField()
    n = serializers.IntegerField()
    level = RatioField(allow_null=True, help_text="The mean, or the share.")
    difference = EffectSerializer(allow_null=True, help_text="From the first arm; by Welch, of shares by Newcombe.")


class TrialReadOutSerializer(Answer):
    """What the arms did. With the doubt split, nothing of it is to be trusted; with early, there is no verdict."""

    number = serializers.IntegerField()
    run_number = serializers.IntegerField()
    as_of = serializers.DateField()
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField()
    arms = ArmFoundSerializer(many=True)
    outside = serializers.IntegerField(help_text="Customers with a value that is no arm.")
    p = ExactField(help_text="How likely such a split is under the plan.")
    doubts = serializers.ListField(child=serializers.ChoiceField(choices=[one.value for one in Doubt]))
    has_verdict = serializers.BooleanField()


class AnsweredTrialReadOutSerializer(Answer):
    """The read-out, or null: a worker makes it, and it stands in the list when it is done."""

    read_out = TrialReadOutSerializer(allow_null=True)
