"""JSON of a segment's points by the value of event properties."""

from __future__ import annotations

from rest_framework import serializers

from engagement.insights.serializers import Answer, ExactField
from engagement.scorecards.divided import STATES
from engagement.scorecards.serializers import RunFactsSerializer
from engagement.scoring.serializers import RatioField


class DividedRowSerializer(Answer):
    """One value, or values together. A point by a value is an association, not an effect."""

    kind = serializers.CharField(
        help_text="named; other: other values together; unnamed: not named in the event; gone: events no longer kept."
    )
    value = serializers.CharField(help_text="Empty unless named.")
    customers = serializers.IntegerField(
        allow_null=True, help_text="Reached; null where it is not known, because some may have several of the values."
    )
    occurrences = ExactField()
    points = ExactField(help_text="Caps and ageing applied; the rows add up to total_points.")
    share = RatioField(
        allow_null=True, help_text="Of the points, 0…1; null where some are negative, or there are none."
    )
    points_before = ExactField(
        allow_null=True, help_text="Of the same value in the run `before`; null where it did not stand by itself there."
    )


class DividedPropertySerializer(Answer):
    property = serializers.CharField()
    state = serializers.CharField(help_text=f"One of {', '.join(STATES)}.")
    reason = serializers.CharField(allow_null=True, help_text="Why there are no rows.")
    rows = DividedRowSerializer(many=True)


class DividedSerializer(Answer):
    """One segment in one run. Under the smallest number of customers everything is null and nothing is divided."""

    run = RunFactsSerializer()
    segment = serializers.CharField(source="segment_key")
    name = serializers.CharField(source="segment_name")
    reason = serializers.CharField(allow_null=True, help_text="Why there is no number.")
    total_points = ExactField(allow_null=True)
    total_occurrences = ExactField(allow_null=True)
    active_customers = serializers.IntegerField(allow_null=True)
    before_as_of = serializers.DateField(
        source="before.as_of", allow_null=True, default=None, help_text="Null: there is nothing to compare with."
    )
    before_run = serializers.IntegerField(source="before.number", allow_null=True, default=None)
    breakdowns = DividedPropertySerializer(many=True, help_text="By the properties that are named now, in their order.")
