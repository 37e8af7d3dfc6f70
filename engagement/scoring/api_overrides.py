"""The API of own weights for segments, which are part of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.scoring import services
from engagement.scoring.serializers import OpenedQuery, OverrideChangeSerializer, WeightSetSerializer
from engagement.scoring.types import OverrideChange, WeightChange
from tenants.api import OrganisationAPI
from tenants.permissions import Permission


class DraftSegment(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "PUT": Permission.EDIT_WEIGHTS,
        "DELETE": Permission.EDIT_WEIGHTS,
    }

    @extend_schema(
        operation_id="weights_draft_segment_change", request=OverrideChangeSerializer, responses=WeightSetSerializer
    )
    def put(self, request: Request, slug: str, key: str) -> Response:
        """Keep own weights of a segment in the draft, which is made where there is none; answers with the draft.

        400 under `segment` where it cannot have any: they are for segments of one set that adds up to the total, whose
        rules look at no activity.
        """
        sent = OverrideChangeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data = dict(sent.validated_data)
        weights = {line["key"]: WeightChange(line["weight"], line["cap"]) for line in data.pop("weights")}
        kept = services.keep_override(
            organisation=self.organisation,
            segment_key=key,
            change=OverrideChange(weights=weights, **data),
            user=self.inside.actor.user,
            now=timezone.now(),
        )
        return Response(WeightSetSerializer(kept).data)

    @extend_schema(
        operation_id="weights_draft_segment_remove", parameters=[OpenedQuery], responses={200: WeightSetSerializer}
    )
    def delete(self, request: Request, slug: str, key: str) -> Response:
        """Take own weights of a segment out of the draft; answers with the draft. 404 where it has none."""
        asked = OpenedQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        left = services.remove_override(
            organisation=self.organisation,
            segment_key=key,
            user=self.inside.actor.user,
            now=timezone.now(),
            **asked.validated_data,
        )
        return Response(WeightSetSerializer(left).data)
