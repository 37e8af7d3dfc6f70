"""JSON of forecasts. Estimates are exact decimals of what was kept: six places at most, in the measure's own unit."""

from __future__ import annotations

from rest_framework import serializers

from engagement.forecast.types import BrokenBy
from engagement.insights.calendars import By
from engagement.insights.models import Target
from engagement.insights.serializers import Answer
from engagement.scoring.serializers import RatioField
from tenants.models import Job

_STATES = f"One of {', '.join(Job.State.values)}."


class ForecastQuery(serializers.Serializer[object]):
    """Which measure of the segment."""

    measure = serializers.ChoiceField(choices=Target.Measure.values, default=Target.Measure.SCORE.value)


class KnownSerializer(Answer):
    """The measure at the end of one finished period."""

    day = serializers.DateField()
    run_number = serializers.IntegerField()
    value = RatioField()


class FanSerializer(Answer):
    """What was said of one day: the middle, and where 80 and 95 of 100 such numbers lie."""

    day = serializers.DateField()
    middle = RatioField()
    low_80 = RatioField()
    high_80 = RatioField()
    low_95 = RatioField()
    high_95 = RatioField()


class TriedSerializer(Answer):
    """How the method did on the past: forecasts made from what was known at past moments, held against what came."""

    mase = RatioField(help_text="The mean miss in mean moves from one period to the next.")
    forecasts = serializers.IntegerField(help_text="Past moments that forecasts were made from.")
    numbers = serializers.IntegerField(help_text="Numbers that came, over all of these.")
    furthest = serializers.IntegerField(help_text="Periods ahead, at most.")
    inside_80 = serializers.IntegerField()
    inside_95 = serializers.IntegerField()
    widening_80 = RatioField(help_text="What the interval was multiplied with, because too few were inside.")
    widening_95 = RatioField()


class LeverSerializer(Answer):
    """One action alone: occurrences per customer now, and how much more would reach the target."""

    action = serializers.CharField()
    name = serializers.CharField()
    now = RatioField()
    factor = RatioField(allow_null=True, help_text="Null where not even ten times as often reaches the target.")
    rise = RatioField(allow_null=True)
    precedent = serializers.ChoiceField(choices=["before", "unprecedented", "out_of_reach"])
    seen = serializers.IntegerField(help_text="Of the spans of the past, how many rose by as much.")
    spans = serializers.IntegerField()
    span = serializers.IntegerField(help_text="Periods that a span has.")
    largest = RatioField(allow_null=True)
    usual = RatioField(allow_null=True, help_text="Median move from one period to the next, signs apart.")
    high = RatioField(allow_null=True, help_text="Its 90th percentile.")


class PathRiseSerializer(Answer):
    """One action of the smallest set that reaches the target with rises that have been seen."""

    name = serializers.CharField()
    rise = RatioField(help_text="Occurrences per customer.")
    now = RatioField()


class PathSerializer(Answer):
    """What would reach the target if who does an action does it more; `reason` says why it is not known."""

    reason = serializers.CharField()
    value = RatioField(allow_null=True)
    most = RatioField(allow_null=True, help_text="With every action at its largest rise so far, all at once.")
    levers = LeverSerializer(many=True)
    together = PathRiseSerializer(many=True)
    share = RatioField(allow_null=True, help_text="Of their largest rises, what `together` takes.")
    together_value = RatioField(allow_null=True)


class ForecastSerializer(Answer):
    """One forecast, as it was said."""

    number = serializers.IntegerField()
    segment = serializers.CharField(source="segment_key")
    segment_name = serializers.CharField()
    measure = serializers.ChoiceField(choices=Target.Measure.values)
    as_of = serializers.DateField(help_text="The end of the last period that was known.")
    run_number = serializers.IntegerField()
    period = serializers.ChoiceField(choices=[By.WEEK.value, By.MONTH.value])
    outcome = serializers.CharField(
        help_text="One of made, too_little (fewer than eight periods), flat (it has never moved).",
    )
    method = serializers.CharField()
    broken_by = serializers.ChoiceField(
        choices=[one.value for one in BrokenBy],
        help_text="What the series begins after, if anything.",
    )
    weight_set_number = serializers.IntegerField()
    series = KnownSerializer(many=True)
    steps = FanSerializer(many=True)
    test = TriedSerializer(allow_null=True)
    target_id = serializers.UUIDField(allow_null=True)
    target = serializers.DecimalField(max_digits=24, decimal_places=3, allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    at_due = FanSerializer(allow_null=True)
    chance = RatioField(allow_null=True, help_text="That the measure is at least the target on its due day, 0…1.")
    path = PathSerializer(allow_null=True)
    made_at = serializers.DateTimeField()


class ForecastJobSerializer(Answer):
    """What was asked for: a worker does it."""

    id = serializers.UUIDField()
    state = serializers.CharField(help_text=_STATES)
    requested_at = serializers.DateTimeField()
