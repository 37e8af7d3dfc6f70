"""The API of figures of competitors and the market."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.feedback import services
from engagement.feedback.selectors.market import market_figure, market_figures
from engagement.feedback.serializers import MarketFigureSerializer, NewMarketFigureSerializer
from engagement.feedback.types import MarketWords
from engagement.insights.api import ClientAPI
from tenants.permissions import Permission


def _words(request: Request) -> MarketWords:
    sent = NewMarketFigureSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    return MarketWords(**sent.validated_data)


class MarketFigures(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_TARGETS}

    @extend_schema(operation_id="market_figures_list", responses=MarketFigureSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Figures of competitors and the market in force, the latest day first."""
        return Response(MarketFigureSerializer(market_figures(organisation=self.client), many=True).data)

    @extend_schema(
        operation_id="market_figure_add", request=NewMarketFigureSerializer, responses={201: MarketFigureSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Enter a figure with its source."""
        said: dict[str, Any] = {"organisation": self.client, "user": self.inside.actor.user, "now": timezone.now()}
        made = services.add_figure(words=_words(request), **said)
        found = market_figure(organisation=self.client, figure_id=made.pk)
        return Response(MarketFigureSerializer(found).data, status=201)


class OneMarketFigure(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PUT": Permission.EDIT_TARGETS,
        "DELETE": Permission.EDIT_TARGETS,
    }

    @extend_schema(operation_id="market_figure", responses=MarketFigureSerializer)
    def get(self, request: Request, slug: str, figure_id: UUID) -> Response:
        """One figure in force."""
        return Response(MarketFigureSerializer(market_figure(organisation=self.client, figure_id=figure_id)).data)

    @extend_schema(
        operation_id="market_figure_change", request=NewMarketFigureSerializer, responses=MarketFigureSerializer
    )
    def put(self, request: Request, slug: str, figure_id: UUID) -> Response:
        """Put a new version in its place, with an id of its own; the former is kept."""
        organisation = self.client
        market_figure(organisation=organisation, figure_id=figure_id)
        said: dict[str, Any] = {"organisation": organisation, "user": self.inside.actor.user, "now": timezone.now()}
        made = services.change_figure(figure_id=figure_id, words=_words(request), **said)
        return Response(MarketFigureSerializer(market_figure(organisation=organisation, figure_id=made.pk)).data)

    @extend_schema(operation_id="market_figure_remove", responses={204: None})
    def delete(self, request: Request, slug: str, figure_id: UUID) -> Response:
        """Take it away; it is kept with its versions and shown nowhere."""
        market_figure(organisation=self.client, figure_id=figure_id)
        services.remove_figure(figure_id=figure_id, now=timezone.now())
        return Response(status=204)
