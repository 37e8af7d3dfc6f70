"""Why a number moved, in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.insights.api import ClientAPI
from engagement.insights.explaining import ActionTerm, CauseTerm
from engagement.insights.selectors import limited
from engagement.insights.selectors.comparing import viewing
from engagement.insights.selectors.explaining import explanation
from engagement.insights.serializers import Answer
from engagement.scorecards.serializers_asked import ViewQuery
from engagement.scoring.serializers import RatioField
from tenants.permissions import Permission

MEASURES = ("score", "points_per_customer")


class ExplanationQuery(ViewQuery):
    """A segment and one of its numbers, over the periods that are compared."""

    segment = serializers.CharField(default="all", help_text="A segment's key.")
    measure = serializers.ChoiceField(choices=MEASURES, default="score")


class _Exact(Answer):
    exact = serializers.SerializerMethodField(help_text="The value as a fraction of whole numbers.")

    @extend_schema_field({"type": "string", "example": "-13/24"})
    def get_exact(self, term: CauseTerm | ActionTerm) -> str:
        return f"{term.value.numerator}/{term.value.denominator}"


class ActionTermSerializer(_Exact):
    key = serializers.CharField()
    name = serializers.CharField()
    value = RatioField()


class CauseTermSerializer(_Exact):
    cause = serializers.CharField(
        help_text="late, definitions, identity, left, ageing, new, joined or weights: switched in this order."
    )
    value = RatioField()
    actions = ActionTermSerializer(many=True, help_text="The parts of new activity, by action; they add up to it.")


class PartTermSerializer(Answer):
    segment_key = serializers.CharField(help_text="Empty: segments with too few customers to show, together.")
    segment_name = serializers.CharField()
    n_before = serializers.IntegerField()
    n_after = serializers.IntegerField()
    before = RatioField(allow_null=True)
    after = RatioField(allow_null=True)
    mix = RatioField(help_text="Change of share × (level before − total before).")
    rate = RatioField(help_text="Share after × change of level.")


class PartitionChangeSerializer(Answer):
    """The change of all customers' number by one partition, between `before_run` and `after_run`.

    after − before = mix + rate = Σ of the parts, exactly; null and without parts where `reason` says why.
    """

    set_key = serializers.CharField()
    set_name = serializers.CharField()
    before = RatioField(allow_null=True)
    after = RatioField(allow_null=True)
    mix = RatioField(allow_null=True, help_text="Other customers.")
    rate = RatioField(allow_null=True, help_text="The same kind of customers, other behaviour.")
    parts = PartTermSerializer(many=True)
    reason = serializers.CharField(allow_null=True)


class ExplanationSerializer(Answer):
    """after − before = Σ of the terms, exactly; the terms are empty where `reason` says why there are none."""

    segment_key = serializers.CharField()
    segment_name = serializers.CharField()
    measure = serializers.ChoiceField(choices=MEASURES)
    before_as_of = serializers.DateField(allow_null=True)
    before_run = serializers.IntegerField(allow_null=True)
    after_as_of = serializers.DateField(allow_null=True)
    after_run = serializers.IntegerField(allow_null=True)
    before = RatioField(allow_null=True)
    after = RatioField(allow_null=True)
    change = RatioField(allow_null=True)
    half_width_95 = RatioField(allow_null=True, help_text="Half the 95 % interval of a score's change.")
    weight_sets = serializers.ListField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="The sets that scored the ends, the earlier first.",
    )
    terms = CauseTermSerializer(many=True)
    runs = serializers.ListField(child=serializers.IntegerField(), help_text="Runs whose ledgers were added.")
    reason = serializers.CharField(allow_null=True)
    partitions = PartitionChangeSerializer(many=True, help_text="For all customers only: rate and mix by partition.")


class ExplanationAPI(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}
    honours_limits = True

    @extend_schema(operation_id="explanation", parameters=[ExplanationQuery], responses=ExplanationSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Why a segment's number moved from one finished period to the next, cause by cause."""
        query = ExplanationQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        view = viewing(organisation=self.client, now=timezone.now(), **query.view())
        asked: dict[str, Any] = query.validated_data
        limited.check_key(asked["segment"], keys=limited.keys_within(self.inside.reach.limit))
        found = explanation(organisation=self.client, view=view, segment_key=asked["segment"], measure=asked["measure"])
        return Response(ExplanationSerializer(found).data)
