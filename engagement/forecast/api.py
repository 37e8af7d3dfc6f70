"""The API of forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.forecast import selectors
from engagement.forecast.serializers import ForecastJobSerializer, ForecastQuery, ForecastSerializer
from engagement.forecast.services import ask_forecast
from engagement.insights.api import ClientAPI
from engagement.insights.selectors import limited
from tenants.permissions import Permission


class Forecasts(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "POST": Permission.RUN_SCORES}
    honours_limits = True

    @extend_schema(operation_id="forecasts_list", responses=ForecastSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """What was said last of everybody's score and of each segment with a target."""
        self.client_only()
        found = selectors.latest_forecasts(keys=limited.keys_within(self.inside.reach.limit))
        return Response(ForecastSerializer(found, many=True).data)

    @extend_schema(operation_id="forecasts_request", request=None, responses={202: ForecastJobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Ask for forecasts from the last finished period; what was said from it already stays as it is."""
        job = ask_forecast(organisation=self.client, user=self.inside.actor.user, now=timezone.now())
        return Response(ForecastJobSerializer(job).data, status=202)


class SegmentForecasts(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}
    honours_limits = True

    @extend_schema(
        operation_id="segment_forecasts", parameters=[ForecastQuery], responses=ForecastSerializer(many=True)
    )
    def get(self, request: Request, slug: str, key: str) -> Response:
        """All that was said of one segment's measure, the latest first: 60 at most."""
        self.client_only()
        query = ForecastQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = selectors.forecast_history(
            segment_key=key,
            measure=query.validated_data["measure"],
            keys=limited.keys_within(self.inside.reach.limit),
        )
        return Response(ForecastSerializer(found, many=True).data)
