"""JSON of a preview: ratios to six decimals, points and full points without loss."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from rest_framework import serializers

from engagement.insights.selectors.preview import WholePreview
from engagement.insights.serializers import Answer, ExactField
from engagement.scoring.formula import BAND_NAMES
from engagement.scoring.serializers import RatioField, SuggestionSerializer

_SMALL = "Null under the organisation's minimum."


class ByBand(Answer):
    """From a tuple in the order of the bands."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return dict(super().to_representation(dict(zip(BAND_NAMES, instance, strict=True))))


class PreviewBandsSerializer(ByBand):
    """Customers per band."""

    poor = serializers.IntegerField()
    good = serializers.IntegerField()
    excellent = serializers.IntegerField()


class PreviewLevelSerializer(Answer):
    """All customers under one set; a number is null below the organisation's minimum."""

    number = serializers.IntegerField()
    n = serializers.IntegerField()
    score = RatioField(allow_null=True)
    points_per_customer = RatioField(allow_null=True)
    poor = serializers.IntegerField()
    good = serializers.IntegerField()
    excellent = serializers.IntegerField()


class PreviewSegmentLevelSerializer(Answer):
    n = serializers.IntegerField()
    score = RatioField(allow_null=True)
    points_per_customer = RatioField(allow_null=True)
    band = serializers.CharField(help_text="poor, good or excellent; empty where too few for a band.")
    bands = PreviewBandsSerializer()


class PreviewMovesSerializer(ByBand):
    """Customers who are members under both sets, by the band they are in now and the band they would be in."""

    poor = PreviewBandsSerializer(help_text="Who is in the lowest band now.")
    good = PreviewBandsSerializer()
    excellent = PreviewBandsSerializer()


class PreviewSegmentSerializer(Answer):
    """A segment now and under the draft; all customers come first, with the key all."""

    key = serializers.CharField()
    name = serializers.CharField()
    set = serializers.CharField(source="set_key", allow_null=True)
    is_missing_data = serializers.BooleanField()
    n_now = serializers.IntegerField(allow_null=True)
    n_draft = serializers.IntegerField()
    now = PreviewSegmentLevelSerializer(allow_null=True, help_text=_SMALL)
    draft = PreviewSegmentLevelSerializer(allow_null=True, help_text=_SMALL)
    moves = PreviewMovesSerializer(allow_null=True, help_text=_SMALL)


class PreviewTargetSerializer(Answer):
    """A target under both sets; moved: met or missed only because of the formula."""

    segment = serializers.CharField(source="segment_key")
    measure = serializers.CharField()
    value = ExactField()
    now = RatioField(allow_null=True)
    draft = RatioField(allow_null=True)
    met_now = serializers.BooleanField(allow_null=True)
    met_draft = serializers.BooleanField(allow_null=True)
    moved = serializers.BooleanField(source="is_moved")


class PreviewOrderSerializer(Answer):
    """Spearman's rank correlation of the active customers' points, with the middle rank for ties."""

    n = serializers.IntegerField()
    correlation = RatioField(allow_null=True)
    is_same = serializers.BooleanField(help_text="Nobody changes places.")


class PreviewMoverSerializer(Answer):
    number = serializers.IntegerField()
    external_id = serializers.CharField()
    points_now = ExactField()
    points_draft = ExactField()
    score_now = RatioField()
    score_draft = RatioField()
    band_now = serializers.CharField()
    band_draft = serializers.CharField()


class PreviewFindingSerializer(Answer):
    """Why the numbers move. The figures depend on the kind: weights, shares of points, customers."""

    kind = serializers.CharField()
    action = serializers.CharField(help_text="The action's key; empty for a finding about all.")
    segment = serializers.CharField(help_text="The key of the segment whose own weights it is about; else empty.")
    figures = serializers.DictField(child=ExactField())


class PreviewOfferSerializer(Answer):
    """Full points under which the score stays where it is, or as close as thousandths come."""

    full_points = ExactField(allow_null=True, help_text="Null where there are none: see obstacle.")
    score = RatioField()
    is_exact = serializers.BooleanField()
    obstacle = serializers.CharField(help_text="no_score, too_few_points, out_of_range or own_weights; else empty.")
    proportional = ExactField(allow_null=True, help_text="Full points times the factor of all points together.")


class PreviewWorkSerializer(Answer):
    """A preview that is counted in the background."""

    state = serializers.CharField(help_text="keep_first, ask (PUT the draft again), waiting, running or failed.")
    why = serializers.CharField()
    chunks_done = serializers.IntegerField()
    chunks = serializers.IntegerField()
    error = serializers.CharField()


class PreviewSerializer(Answer):
    """The set in force beside the draft, everybody under both."""

    as_of = serializers.DateField(help_text="The day of the latest run, yesterday before the first.")
    run_number = serializers.IntegerField(allow_null=True, help_text="Whose counts were read; null: activity was.")
    now = PreviewLevelSerializer(allow_null=True)
    draft = PreviewLevelSerializer(allow_null=True)
    full_points = ExactField(allow_null=True, help_text="Those the draft was scored with.")
    suggestion = SuggestionSerializer(allow_null=True)
    reason = serializers.CharField(help_text="Why there is no level of the draft; empty otherwise.")
    segments = PreviewSegmentSerializer(many=True)
    targets = PreviewTargetSerializer(many=True)
    order = PreviewOrderSerializer(allow_null=True)
    movers = PreviewMoverSerializer(many=True, help_text="At most twenty, whose score moves most.")
    findings = PreviewFindingSerializer(many=True)
    keep_level = PreviewOfferSerializer(allow_null=True)
    work = PreviewWorkSerializer(allow_null=True)


def answer_of(preview: WholePreview) -> dict[str, Any]:
    """What PreviewSerializer writes out."""
    draft = preview.draft
    return {field.name: getattr(draft, field.name) for field in fields(draft)} | {"targets": preview.targets}
