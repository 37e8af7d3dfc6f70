"""JSON of what stands beside the score."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.companions.measures import MEASURES
from engagement.companions.models import MonthlyMoney, SurveyAnswer
from engagement.insights.note_types import EVERYBODY
from engagement.insights.serializers import Answer
from engagement.scoring.serializers import RatioField

_SEGMENT_HELP = "The key of a segment; all: all customers."
_MOST_ANSWERS = 5_000
MEASURE_KEYS = tuple(MEASURES)
CONTRADICTIONS = ("score_up", "score_down", "without_profit")


class CompanionsQuery(serializers.Serializer[Any]):
    """Which segment and months."""

    segment = serializers.CharField(max_length=80, default=EVERYBODY, help_text=_SEGMENT_HELP)
    months = serializers.IntegerField(
        default=13, min_value=1, max_value=13, help_text="So many of the latest months that are known."
    )


class CompanionSerializer(Answer):
    """One measure of a segment in a month. Shares are 0 to 1, an NPS −100 to 100, money is in units of the currency."""

    month = serializers.DateField(help_text="Its last day.")
    segment = serializers.CharField(source="segment_key", help_text=_SEGMENT_HELP)
    measure = serializers.ChoiceField(choices=MEASURE_KEYS)
    value = RatioField(allow_null=True)
    reason = serializers.CharField(help_text="Why there is no value; empty where there is one.")
    n = serializers.IntegerField(allow_null=True, help_text="What it is of: answers, customers, or orders.")
    low_95 = serializers.FloatField(source="low", allow_null=True, help_text="An estimate, as is high_95.")
    high_95 = serializers.FloatField(source="high", allow_null=True)
    change = RatioField(allow_null=True, help_text="Against the month before.")
    p = serializers.FloatField(
        allow_null=True, help_text="How likely a change at least this large is by chance alone; not adjusted."
    )
    unchanged = serializers.BooleanField(source="is_unchanged", allow_null=True, help_text="p is 0.05 or more.")
    final = serializers.BooleanField(source="is_final", help_text="false: days that are to come may still change it.")


class ContradictionSerializer(Answer):
    """Something that moved against the score between the last two finished months."""

    kind = serializers.ChoiceField(choices=CONTRADICTIONS)
    segment = serializers.CharField(source="segment_key")
    measure = serializers.ChoiceField(choices=MEASURE_KEYS)
    month = serializers.DateField()
    before = serializers.DateField()
    score_change = RatioField(help_text="Of the score; without_profit: of points per customer.")
    change = RatioField(allow_null=True)
    value = RatioField()
    p = serializers.FloatField(allow_null=True, help_text="Adjusted by Holm for the measures looked at.")
    looked_at = serializers.IntegerField(help_text="How many measures were tested.")


class CompanionsSerializer(Answer):
    """What stands beside the score of a segment."""

    settings = serializers.IntegerField(allow_null=True, help_text="The version in force; null: nothing is measured.")
    currency = serializers.CharField()
    figures = CompanionSerializer(many=True)
    contradictions = ContradictionSerializer(many=True)


class MeasuringSerializer(serializers.Serializer[Any]):
    """How companions are measured. Actions are named by their keys; what is left out is not measured."""

    nps_event = serializers.CharField(max_length=200, allow_blank=True, default="")
    nps_property = serializers.CharField(max_length=200, allow_blank=True, default="")
    csat_event = serializers.CharField(max_length=200, allow_blank=True, default="")
    csat_property = serializers.CharField(max_length=200, allow_blank=True, default="")
    csat_top = serializers.ChoiceField(choices=(5, 7, 10), default=5, help_text="The best answer.")
    csat_satisfied_from = serializers.IntegerField(default=4, min_value=2, max_value=10)
    purchases = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100, default=list)
    revenue = serializers.CharField(
        max_length=60, allow_blank=True, default="", help_text="An action that adds up an amount."
    )
    margin_thousandths = serializers.IntegerField(
        allow_null=True, default=None, min_value=0, max_value=1000, help_text="Of revenue; null: not known."
    )
    churn_by = serializers.ChoiceField(choices=("actions", "purchases"), default="actions")
    churn_days = serializers.IntegerField(
        allow_null=True, default=None, min_value=1, max_value=366, help_text="null: silent for the whole month."
    )
    conversion_from = serializers.CharField(max_length=60, allow_blank=True, default="")
    conversion_to = serializers.CharField(max_length=60, allow_blank=True, default="")
    conversion_days = serializers.IntegerField(
        allow_null=True, default=None, min_value=0, max_value=90, help_text="null: within the same month."
    )
    value_months = serializers.IntegerField(default=12, min_value=1, max_value=24)
    discount_thousandths = serializers.IntegerField(
        allow_null=True, default=None, min_value=0, max_value=1000, help_text="A year; null: none."
    )
    counts_new_customers = serializers.BooleanField(default=False)


class SettingsSerializer(Answer):
    """A version of the settings; number 0 is a proposal that nobody has confirmed."""

    number = serializers.IntegerField()
    set_at = serializers.DateTimeField(allow_null=True)
    measuring = MeasuringSerializer()


class MoneySerializer(Answer):
    """What holds for a month, kind and segment."""

    month = serializers.DateField(help_text="Its first day.")
    kind = serializers.ChoiceField(choices=MonthlyMoney.Kind.choices)
    segment = serializers.CharField(source="segment_key", help_text=_SEGMENT_HELP)
    amount = serializers.DecimalField(max_digits=20, decimal_places=3)
    currency = serializers.CharField()
    note = serializers.CharField()
    entered_at = serializers.DateTimeField()
    versions = serializers.IntegerField(help_text="How often it was entered.")


class NewMoneySerializer(serializers.Serializer[Any]):
    """An amount of a month; the former entry is kept."""

    month = serializers.DateField(help_text="Any day of it.")
    kind = serializers.ChoiceField(choices=MonthlyMoney.Kind.choices)
    segment = serializers.CharField(max_length=80, default=EVERYBODY, help_text=_SEGMENT_HELP)
    amount = serializers.DecimalField(
        max_digits=18, decimal_places=3, min_value=0, allow_null=True,
        help_text="In the organisation's currency; null takes back what was entered: it is not known then.",
    )  # fmt: skip
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class SentAnswerSerializer(serializers.Serializer[Any]):
    """A survey answer; the same key again is the same answer and counts once."""

    day = serializers.DateField()
    kind = serializers.ChoiceField(choices=SurveyAnswer.Kind.choices)
    value = serializers.IntegerField(help_text="nps: 0 to 10; csat: 1 to the top of its scale.")
    key = serializers.CharField(max_length=100, help_text="Your own name of the answer.")
    customer = serializers.CharField(
        max_length=250,
        allow_blank=True,
        default="",
        help_text="The customer's id; empty: counts for all customers only.",
    )


class SentAnswersSerializer(serializers.Serializer[Any]):
    """At most 5,000 answers. One that cannot be kept stops no other."""

    answers = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=_MOST_ANSWERS)


class BadAnswerSerializer(Answer):
    position = serializers.IntegerField(help_text="From 0, in the order they were sent.")
    reason = serializers.CharField()


class KeptSerializer(Answer):
    """What became of the answers."""

    kept = serializers.IntegerField(help_text="With those that were here before.")
    known = serializers.IntegerField(help_text="Of these, how many were here before.")
    bad = BadAnswerSerializer(many=True)
