"""JSON of kept runs: one with all it used, the days scored more than once, what was known when."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagement.insights.history import KnownThen, RecordedSegment, RunRecord
from engagement.insights.serializers import STATES, Answer, ExactField
from engagement.look.exact import six_places
from engagement.scoring.models import ScoreRun
from engagement.scoring.serializers import RatioField

_CAUSES = (
    "weights",
    "overrides",
    "actions",
    "segments",
    "exclusion",
    "bands",
    "time_zone",
    "program",
    "data",
    "nothing",
)


class DifferenceSerializer(Answer):
    """One thing that the later run used otherwise; "data" where it used the same and found something else."""

    changed = serializers.ChoiceField(source="cause", choices=_CAUSES)
    words = serializers.CharField()


class KnownThenSerializer(Answer):
    """The run that is shown counts no more: what does, and why it says something else."""

    published_at = serializers.DateTimeField(help_text="When the run that is shown was published.")
    replaced_at = serializers.DateTimeField()
    replaced_by = serializers.IntegerField()
    run_in_force = serializers.SerializerMethodField()
    score_in_force = serializers.SerializerMethodField()
    difference = RatioField(allow_null=True, help_text="Of the score: in force less shown.")
    causes = DifferenceSerializer(many=True)

    @extend_schema_field({"type": "integer"})
    def get_run_in_force(self, known: KnownThen) -> int:
        return known.in_force.number

    @extend_schema_field({"type": "string", "format": "decimal", "nullable": True})
    def get_score_in_force(self, known: KnownThen) -> str | None:
        score = known.figures.score if known.figures else None
        return None if score is None else six_places(score)


class UsedRuleSerializer(Answer):
    key = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.IntegerField()
    words = serializers.CharField()


class UsedActionSerializer(UsedRuleSerializer):
    channel = serializers.CharField()
    weight = ExactField()
    cap = serializers.IntegerField(allow_null=True)


class PartSerializer(Answer):
    """The members whom one set of weights scored; the parts add up to the segment."""

    weight_set = serializers.IntegerField(source="weight_set_number")
    own_weights_of = serializers.CharField(
        source="own.segment_key",
        default=None,
        allow_null=True,
        help_text="The segment; null: the set's own numbers; empty: one outside the reader's limit.",
    )
    customers = serializers.IntegerField(source="n")
    score = RatioField(allow_null=True)
    points_per_customer = RatioField(allow_null=True)


class RecordedSegmentSerializer(Answer):
    """A segment in the run; under the smallest number of customers its numbers are null, and `reason` says why."""

    segment = serializers.CharField(source="figures.segment_key")
    name = serializers.CharField(source="figures.segment_name")
    customers = serializers.IntegerField(source="figures.n")
    reason = serializers.CharField(source="figures.reason", allow_null=True)
    score = RatioField(source="figures.score", allow_null=True)
    median_score = RatioField(source="figures.median_score", allow_null=True)
    band = serializers.ChoiceField(source="figures.band", choices=["poor", "good", "excellent"], allow_null=True)
    points_per_customer = RatioField(source="figures.points_per_customer", allow_null=True)
    score_in_force = serializers.SerializerMethodField(help_text="Null where the run itself counts.")
    difference = RatioField(allow_null=True, help_text="Of the score: in force less this run's.")
    parts = PartSerializer(
        source="figures.parts", many=True, help_text="Who was scored with which weights; empty without own weights."
    )

    @extend_schema_field({"type": "string", "format": "decimal", "nullable": True})
    def get_score_in_force(self, line: RecordedSegment) -> str | None:
        score = line.in_force.score if line.in_force else None
        return None if score is None else six_places(score)


class RestatedRunSerializer(Answer):
    number = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    cause = serializers.ChoiceField(source="asked_as", choices=ScoreRun.Cause.choices)
    weight_set = serializers.IntegerField(source="weight_set_number")
    in_force = serializers.BooleanField(source="is_in_force")
    sums_only = serializers.BooleanField(source="is_sums_only")
    score = RatioField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    change = RatioField(allow_null=True, help_text="Against the run before it; null for the first.")
    causes = DifferenceSerializer(many=True)


class RestatedDaySerializer(Answer):
    """A day that was scored more than once, its runs in the order in which they counted."""

    as_of = serializers.DateField()
    runs = RestatedRunSerializer(many=True)


class RestatedDaysSerializer(Answer):
    days = RestatedDaySerializer(many=True)
    total = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()


class RestatedQuery(serializers.Serializer[Any]):
    page = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000, default=1)


class UsedOwnWeightsSerializer(Answer):
    """What the customers of one segment were scored with in place of the weight set's own numbers."""

    segment = serializers.CharField(source="segment_key")
    name = serializers.CharField(source="segment_name")
    full_points = ExactField()
    weights = serializers.ListField(child=ExactField(), help_text="In the order of `actions`.")
    caps = serializers.ListField(child=serializers.IntegerField(allow_null=True), help_text="In the same order.")


class RunRecordSerializer(Answer):
    """A run with all it used, whether or not it still counts for its day."""

    number = serializers.IntegerField(source="run.number")
    as_of = serializers.DateField(source="run.as_of")
    state = serializers.ChoiceField(choices=STATES)
    error = serializers.CharField()
    in_force = serializers.BooleanField(source="is_in_force")
    cause = serializers.ChoiceField(source="asked_as", choices=ScoreRun.Cause.choices)
    started_at = serializers.DateTimeField()
    finished_at = serializers.SerializerMethodField()
    window_from = serializers.DateTimeField(source="run.window_from")
    window_to = serializers.DateTimeField(source="run.window_to", help_text="The instant after the window.")
    window_days = serializers.IntegerField(source="run.window_days")
    half_life_days = serializers.IntegerField(source="run.half_life_days", allow_null=True)
    weight_set = serializers.IntegerField(source="run.weight_set_number")
    full_points = ExactField(source="run.full_points")
    good_threshold = ExactField(source="run.good_threshold")
    excellent_threshold = ExactField(source="run.excellent_threshold")
    watermark = serializers.DateTimeField(source="run.watermark", help_text="Events received until then are counted.")
    code_version = serializers.CharField(source="run.code_version")
    digest = serializers.CharField(help_text="SHA-256 of the packed results: the same data and rules give the same.")
    customers = serializers.IntegerField()
    chunks = serializers.IntegerField(help_text="Parts of 65,536 customer numbers.")
    chunks_reused = serializers.IntegerField(help_text="Of these: nothing in them was written since the run before.")
    stored_bytes = serializers.IntegerField(help_text="Of its results per customer; 0 once they were let go.")
    thinned_at = serializers.DateTimeField(source="run.thinned_at", allow_null=True)
    actions = UsedActionSerializer(many=True)
    overrides = UsedOwnWeightsSerializer(many=True, help_text="Own weights of segments; mostly none.")
    segments = UsedRuleSerializer(many=True)
    exclusion = UsedRuleSerializer(allow_null=True)
    figures = RecordedSegmentSerializer(many=True)
    known = KnownThenSerializer(allow_null=True, help_text="Null: it counts, or it was never published.")
    day = RestatedDaySerializer(allow_null=True, help_text="All runs of its day; null where it is the only one.")

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_finished_at(self, record: RunRecord) -> str | None:
        return record.run.finished_at.isoformat() if record.state == ScoreRun.State.PUBLISHED else None
