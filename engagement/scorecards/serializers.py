"""JSON of this step: every number of the pages, ratios to six decimals, sums without loss, both as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.insights.calendars import By
from engagement.insights.exactly import exact_decimal, whole_percent
from engagement.insights.history import Comparison
from engagement.insights.serializers import Answer, ExactField, TargetSerializer
from engagement.insights.serializers_runs import KnownThenSerializer, PartSerializer
from engagement.insights.types import ActionFigures, Figures
from engagement.look.exact import six_places
from engagement.scorecards.doubt import band_doubt, score_interval
from engagement.scoring.serializers import RatioField


class ActionFiguresSerializer(Answer):
    key = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.CharField()
    weight = ExactField(help_text="Of the weight set; the own one where own weights scored the whole segment.")
    cap = serializers.IntegerField(allow_null=True)
    occurrences = ExactField()
    points = ExactField(help_text="Of all members, caps applied; the parts add up to total_points.")
    customers = serializers.IntegerField()
    points_per_customer = RatioField(allow_null=True)


class BandCountsSerializer(Answer):
    poor = serializers.IntegerField()
    good = serializers.IntegerField()
    excellent = serializers.IntegerField()


class FiguresSerializer(Answer):
    """One segment in one run. Under the smallest number of customers everything but their count is null."""

    segment = serializers.CharField(source="segment_key")
    name = serializers.CharField(source="segment_name")
    is_missing_data = serializers.BooleanField()
    as_of = serializers.DateField()
    customers = serializers.IntegerField(source="n")
    reason = serializers.CharField(allow_null=True, help_text="Why there is no number.")
    score = RatioField(allow_null=True)
    half_width_95 = RatioField(
        allow_null=True, help_text="Half of the 95 % interval: Student’s t times the standard error."
    )
    standard_error = RatioField(allow_null=True)
    low_95 = serializers.SerializerMethodField(help_text="The interval’s lower end, not below 0.")
    high_95 = serializers.SerializerMethodField(help_text="Its upper end, not above 100.")
    band = serializers.ChoiceField(choices=["poor", "good", "excellent"], allow_null=True)
    band_reason = serializers.CharField(allow_null=True, help_text="Why there is no band.")
    chance_of_another_band_percent = serializers.SerializerMethodField(
        help_text="Approximate: whole per cent, from 1 (or less) to 99 (or more); null without a band."
    )
    likeliest_other_band = serializers.SerializerMethodField(help_text="Null where the chance is 1 % or less.")
    median_score = RatioField(allow_null=True)
    total_score = ExactField(allow_null=True, help_text="The sum of the members’ scores.")
    total_points = ExactField(allow_null=True)
    total_occurrences = ExactField(allow_null=True)
    points_per_customer = RatioField(allow_null=True)
    points_per_customer_half_width_95 = RatioField(
        source="points_half_width_95", allow_null=True, help_text="Null too where squares of points were not kept yet."
    )
    actions_per_customer = RatioField(allow_null=True)
    actions_per_active_customer = RatioField(source="depth", allow_null=True)
    active_customers = serializers.IntegerField(source="n_active", allow_null=True)
    active_share = RatioField(allow_null=True)
    multi_channel_customers = serializers.IntegerField(source="n_multi_channel", allow_null=True)
    multi_channel_share = RatioField(allow_null=True)
    customers_by_band = serializers.SerializerMethodField()
    points_per_customer_by_channel = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()
    parts = PartSerializer(
        many=True,
        help_text="Who was scored with which weights; empty where the weight set has no own weights for segments.",
    )

    _SUMS = (
        "total_score", "total_points", "total_occurrences", "active_customers", "multi_channel_customers",
    )  # fmt: skip

    @extend_schema_field(RatioField(allow_null=True))
    def get_low_95(self, figures: Figures) -> str | None:
        ends = score_interval(figures=figures)
        return None if ends is None else six_places(ends[0])

    @extend_schema_field(RatioField(allow_null=True))
    def get_high_95(self, figures: Figures) -> str | None:
        ends = score_interval(figures=figures)
        return None if ends is None else six_places(ends[1])

    @extend_schema_field(serializers.IntegerField(min_value=1, max_value=99, allow_null=True))
    def get_chance_of_another_band_percent(self, figures: Figures) -> int | None:
        found = band_doubt(figures=figures)
        return None if found is None else whole_percent(found.chance)

    @extend_schema_field(serializers.ChoiceField(choices=["poor", "good", "excellent"], allow_null=True))
    def get_likeliest_other_band(self, figures: Figures) -> str | None:
        found = band_doubt(figures=figures)
        return None if found is None or whole_percent(found.chance) == 1 else found.band

    @extend_schema_field(BandCountsSerializer(allow_null=True))
    def get_customers_by_band(self, figures: Figures) -> Mapping[str, int] | None:
        if figures.score is None:
            return None
        return dict(zip(("poor", "good", "excellent"), figures.band_counts, strict=True))

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string", "format": "decimal"}})
    def get_points_per_customer_by_channel(self, figures: Figures) -> Mapping[str, str]:
        return {channel: six_places(value) for channel, value in figures.channels().items()}

    @extend_schema_field(ActionFiguresSerializer(many=True))
    def get_actions(self, figures: Figures) -> Any:
        shown: tuple[ActionFigures, ...] = figures.actions if figures.score is not None else ()
        return ActionFiguresSerializer(shown, many=True).data

    def to_representation(self, instance: Figures) -> dict[str, Any]:
        """What a page would not show is null here too, sums included."""
        shown: dict[str, Any] = super().to_representation(instance)
        return shown if instance.score is not None else shown | dict.fromkeys(self._SUMS)


class RunFactsSerializer(Answer):
    """What the run used."""

    number = serializers.IntegerField()
    as_of = serializers.DateField()
    window_from = serializers.DateTimeField()
    window_to = serializers.DateTimeField(help_text="The instant after the window.")
    window_days = serializers.IntegerField()
    half_life_days = serializers.IntegerField(allow_null=True)
    weight_set = serializers.IntegerField(source="weight_set_number")
    full_points = ExactField()
    good_threshold = ExactField()
    excellent_threshold = ExactField()
    finished_at = serializers.DateTimeField()
    watermark = serializers.DateTimeField(help_text="Events received until then are counted.")
    code_version = serializers.CharField()
    thinned_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when the run is kept as sums only, without results per customer."
    )


class TrendPointSerializer(Answer):
    as_of = serializers.DateField()
    period = serializers.CharField(source="label")
    finished = serializers.BooleanField(help_text="False: the running period, provisional.")
    weight_set = serializers.IntegerField(source="weight_set_number")
    weight_set_from = serializers.DateField(
        source="holds_from", allow_null=True, help_text="The set’s first day in this line; null: all days before."
    )
    restates = serializers.BooleanField(help_text="True: a past day scored again with a later weight set, by choice.")
    has_other_line = serializers.BooleanField(help_text="True: the other line has another number for this day.")
    figures = FiguresSerializer()


class ChangeErrorSerializer(Answer):
    """How far the change may be off: the same customers are in both runs and are compared in pairs."""

    standard_error = RatioField(allow_null=True)
    half_width_95 = RatioField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there is no interval.")


class SegmentRowSerializer(Answer):
    figures = FiguresSerializer()
    change = RatioField(allow_null=True, help_text="Of the two finished periods that `comparison` names.")
    change_error = ChangeErrorSerializer(allow_null=True)
    adds_to_total = serializers.SerializerMethodField(
        help_text="What the segment adds to the total’s change, in a partition."
    )
    target = TargetSerializer(allow_null=True)

    @extend_schema_field(RatioField(allow_null=True))
    def get_adds_to_total(self, row: Any) -> str | None:
        hidden = row.adds_to_total is None or row.figures.score is None
        return None if hidden else six_places(row.adds_to_total)


class SegmentGroupSerializer(Answer):
    key = serializers.CharField()
    name = serializers.CharField()
    is_partition = serializers.BooleanField(help_text="True: every customer is in exactly one of the segments.")
    segments = SegmentRowSerializer(source="rows", many=True)


class PeriodSerializer(Answer):
    as_of = serializers.DateField()
    period = serializers.CharField(source="label")
    finished = serializers.BooleanField()
    current = serializers.BooleanField()


class ComparisonSerializer(Answer):
    """The two finished periods that changes are of; what is not finished is never compared."""

    by = serializers.ChoiceField(choices=[by.value for by in By])
    as_of = serializers.SerializerMethodField(help_text="The end of the finished period; null where it is not scored.")
    previous_as_of = serializers.SerializerMethodField(help_text="The end of the finished period before it.")
    is_shown = serializers.BooleanField(help_text="False: what is shown is provisional, the change that of `compared`.")
    unscored = serializers.ListField(
        child=serializers.DateField(), help_text="Ends of finished periods that have not been scored."
    )
    known = KnownThenSerializer(allow_null=True, help_text="Null: the run that is shown counts for its day.")

    @extend_schema_field({"type": "string", "format": "date", "nullable": True})
    def get_as_of(self, comparison: Comparison) -> str | None:
        return comparison.run.as_of.isoformat() if comparison.run else None

    @extend_schema_field({"type": "string", "format": "date", "nullable": True})
    def get_previous_as_of(self, comparison: Comparison) -> str | None:
        return comparison.before.as_of.isoformat() if comparison.before else None


class IndustryRangeSerializer(Answer):
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    note = serializers.CharField(default="indicative, unsourced")


class ScorecardSerializer(Answer):
    """The scorecard of a day. Before the first run everything is null or empty and `reason` says so."""

    organisation = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    run = RunFactsSerializer(allow_null=True)
    total = FiguresSerializer(allow_null=True)
    compared = FiguresSerializer(
        allow_null=True, help_text="The last finished period: `total` itself where that is finished."
    )
    previous = FiguresSerializer(allow_null=True, help_text="The finished period before `compared`.")
    change = RatioField(allow_null=True, help_text="The score of `compared` less that of `previous`.")
    change_error = ChangeErrorSerializer(allow_null=True)
    comparison = ComparisonSerializer(allow_null=True)
    sets = SegmentGroupSerializer(many=True)
    trend = TrendPointSerializer(many=True)
    targets = TargetSerializer(many=True)
    periods = PeriodSerializer(many=True)
    industry_range = IndustryRangeSerializer(allow_null=True)
    points = TrendPointSerializer(many=True, help_text="Every scored day between `from` and `to`; empty without them.")


class DistributionSerializer(Answer):
    bins = serializers.ListField(child=serializers.IntegerField(), help_text="Ten bins of ten, then exactly 100.")
    silent = serializers.IntegerField()
    full = serializers.IntegerField()


class SegmentFiguresSerializer(Answer):
    run = RunFactsSerializer()
    segment = SegmentRowSerializer()
    comparison = ComparisonSerializer()
    trend = TrendPointSerializer(many=True)
    distribution = DistributionSerializer(
        allow_null=True, help_text="Null for too few customers, and for a run that is kept as sums only."
    )


class ReceiptLineSerializer(Answer):
    """times × weight = points; `counted` is what a cap leaves of the occurrences."""

    key = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.CharField()
    occurrences = ExactField()
    counted = ExactField()
    cap = serializers.IntegerField(allow_null=True)
    weight = ExactField()
    points = ExactField()


class CustomerScoreSerializer(Answer):
    """One customer in one run; without a place in it the numbers are null."""

    number = serializers.IntegerField()
    external_id = serializers.CharField()
    run = RunFactsSerializer()
    in_run = serializers.BooleanField()
    points = ExactField(allow_null=True)
    score = RatioField(allow_null=True)
    band = serializers.ChoiceField(choices=["poor", "good", "excellent"], allow_null=True)
    rank = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True, help_text="Null, as the rank, for a membership limited to segments.")
    days_since_last_action = serializers.IntegerField(allow_null=True)
    override_name = serializers.CharField(help_text="The segment whose own weights scored the customer; else empty.")
    full_points = ExactField(help_text="The set's own, or those of that segment.")
    actions = ReceiptLineSerializer(source="lines", many=True)
    segments = serializers.SerializerMethodField()
    history = serializers.SerializerMethodField()

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_segments(self, card: Any) -> list[str]:
        return [key for key, _ in card.segments]

    @extend_schema_field(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "as_of": {"type": "string", "format": "date"},
                    "points": {"type": "string", "format": "decimal", "nullable": True},
                },
            },
        }
    )
    def get_history(self, card: Any) -> list[dict[str, str | None]]:
        return [
            {"as_of": day.isoformat(), "points": None if points is None else f"{exact_decimal(points):f}"}
            for day, points in card.history
        ]


class CustomerLineSerializer(Answer):
    number = serializers.IntegerField()
    external_id = serializers.CharField()
    points = ExactField()
    score = RatioField()
    band = serializers.ChoiceField(choices=["poor", "good", "excellent"])
    days_since_last_action = serializers.IntegerField(allow_null=True, help_text="Null: nothing in the window.")


class CustomerListSerializer(Answer):
    """A page of customers; `run` is null before the first one, and a run kept as sums only has no customers."""

    run = RunFactsSerializer(allow_null=True)
    total = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    customers = CustomerLineSerializer(many=True, source="lines")
