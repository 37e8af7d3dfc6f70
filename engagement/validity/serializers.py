"""JSON of this step: statistics are estimates, given to six decimals as numbers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.insights.serializers import Answer
from engagement.validity.models import Outcome, ValidityCheck
from engagement.validity.types import USUAL_DAYS, Expiry, Standing, Verdict

STATES = ("waiting", "done", "failed")


class OutcomeSerializer(Answer):
    """What happens, or does not, in the days after a score."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Outcome.Kind.choices)
    actions = serializers.ListField(
        child=serializers.SlugField(),
        source="action_keys",
        help_text="That say somebody stayed; they leave the score for the check. None: every counted action.",
    )
    days = serializers.IntegerField()
    monthly = serializers.BooleanField(source="is_monthly")
    set_at = serializers.DateTimeField()


class NewOutcomeSerializer(serializers.Serializer[Any]):
    """An outcome to put in force."""

    kind = serializers.ChoiceField(choices=Outcome.Kind.choices)
    actions = serializers.ListField(child=serializers.SlugField(max_length=60), max_length=200, default=list)
    days = serializers.IntegerField(default=USUAL_DAYS)
    monthly = serializers.BooleanField(default=True)

    def said(self) -> dict[str, Any]:
        """As the service takes it."""
        data = self.validated_data
        return {
            "kind": data["kind"],
            "action_keys": data["actions"],
            "days": data["days"],
            "is_monthly": data["monthly"],
        }


class EstimatedSerializer(Answer):
    """An estimate with its 95 % interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class GroupSerializer(Answer):
    """Customers of neighbouring scores, in millionths; `share` had the outcome, `expected` is what the curve says."""

    customers = serializers.IntegerField(source="n")
    with_outcome = serializers.IntegerField(source="n_outcome")
    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    expected = serializers.FloatField()
    lowest_millionths = serializers.IntegerField(source="lowest")
    highest_millionths = serializers.IntegerField(source="highest")


class SegmentValiditySerializer(Answer):
    """What a check found of one segment; null where there are too few customers or outcomes."""

    segment = serializers.CharField(source="key")
    name = serializers.CharField()
    verdict = serializers.ChoiceField(choices=[one.value for one in Verdict], source="verdict.value")
    holds = serializers.BooleanField(help_text="Whether the verdict also stands for all segments together (Holm, 5 %).")
    customers = serializers.IntegerField(source="n", allow_null=True)
    with_outcome = serializers.IntegerField(source="n_outcome", allow_null=True)
    auc = EstimatedSerializer(
        allow_null=True,
        help_text="Of two customers, one with the outcome: how often that one had the lower score.",
    )
    auc_with_outcome_actions = EstimatedSerializer(source="auc_whole", allow_null=True)
    groups = GroupSerializer(many=True)
    calibration_slope = serializers.FloatField(source="slope", allow_null=True)
    calibration_intercept = serializers.FloatField(source="intercept", allow_null=True)
    brier = serializers.FloatField(allow_null=True)
    brier_of_base_rate = serializers.FloatField(source="brier_base", allow_null=True)


class SuggestedWeightSerializer(Answer):
    """One action: its weight now and as suggested, in thousandths of a point, and its effect on the log-odds."""

    action = serializers.CharField(source="key")
    standing = serializers.ChoiceField(choices=[one.value for one in Standing], source="standing.value")
    now_thousandths = serializers.IntegerField()
    suggested_thousandths = serializers.IntegerField(source="thousandths")
    effect = EstimatedSerializer(allow_null=True)


class SuggestedWeightsSerializer(Answer):
    """Weights a model suggests, never published by itself; `reason` says why there are none."""

    reason = serializers.CharField(allow_blank=True)
    weights = SuggestedWeightSerializer(many=True)
    made_from_customers = serializers.IntegerField(source="n")
    tested_on_customers = serializers.IntegerField(source="n_tested")
    is_sampled = serializers.BooleanField()
    auc_now = EstimatedSerializer(allow_null=True)
    auc_suggested = EstimatedSerializer(allow_null=True)
    gain = EstimatedSerializer(allow_null=True)


class CheckSerializer(Answer):
    """One check; `verdict` is of everybody, null where it waits, failed or is not the reader's to see."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    cause = serializers.ChoiceField(choices=ValidityCheck.Cause.choices)
    outcome = OutcomeSerializer()
    as_of = serializers.DateField()
    run_number = serializers.IntegerField()
    weight_set_number = serializers.IntegerField(allow_null=True)
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True, help_text="Why nothing could be checked.")
    expiry = serializers.ChoiceField(
        choices=[one.value for one in Expiry],
        allow_null=True,
        help_text="Why it stands for the present no more: it is older than 120 days, or weights or outcome are others.",
    )
    verdict = serializers.SerializerMethodField()

    def get_verdict(self, line: Any) -> str | None:
        return None if line.overall is None else str(line.overall.verdict.value)


class CheckFoundSerializer(Answer):
    """One check with what it found of each segment, everybody first."""

    check_line = CheckSerializer(source="line")
    segments = SegmentValiditySerializer(many=True)
    suggestion = SuggestedWeightsSerializer(allow_null=True)
