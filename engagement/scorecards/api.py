"""The API of this step: the numbers of the pages, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.insights import selectors
from engagement.insights.api import ClientAPI
from engagement.insights.types import Scorecard
from engagement.scorecards.serializers import CustomerScoreSerializer, ScorecardSerializer, SegmentFiguresSerializer
from engagement.scorecards.serializers_asked import DayQuery, ScorecardQuery, TrendQuery
from tenants.models import Organisation
from tenants.permissions import Permission

_NOTHING_YET = "no score: nothing has been scored yet"


class ReadingAPI(ClientAPI):
    """A read of one day."""

    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    def asked(self, kind: type[DayQuery]) -> Any:
        """What stands behind the question mark, checked; what cannot be read is a field error."""
        query = kind(data=self.request.GET.dict())
        query.is_valid(raise_exception=True)
        return query


class ScorecardAPI(ReadingAPI):
    @extend_schema(operation_id="scorecard", parameters=[ScorecardQuery], responses=ScorecardSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The scorecard of a day with every segment, its trend and targets; with from and to every scored day."""
        query, now, organisation = self.asked(ScorecardQuery), timezone.now(), self.client
        asked = query.view()
        card = selectors.scorecard(organisation=organisation, now=now, **asked)
        span = query.span(today=organisation.today(now))
        points = (
            selectors.scorecard_points(
                organisation=organisation, now=now, first=span[0], last=span[1], line=asked["line"]
            )
            if span
            else ()
        )
        return Response(ScorecardSerializer(_scorecard(organisation, card) | {"points": points}).data)


def _scorecard(organisation: Organisation, card: Scorecard | None) -> dict[str, Any]:
    span = card.industry_range if card else None
    return {
        "organisation": organisation.slug,
        "reason": card.total.reason if card else _NOTHING_YET,
        "run": card.run if card else None,
        "total": card.total if card else None,
        "compared": card.compared if card else None,
        "previous": card.previous if card else None,
        "change": card.change if card else None,
        "change_error": card.change_error if card else None,
        "sets": card.groups if card else (),
        "trend": card.trend if card else (),
        "targets": card.targets if card else (),
        "comparison": card.comparison if card else None,
        "periods": card.comparison.periods if card else (),
        "industry_range": {"low": span[0], "high": span[1]} if span else None,
    }


class SegmentFiguresAPI(ReadingAPI):
    @extend_schema(operation_id="segment_figures", parameters=[TrendQuery], responses=SegmentFiguresSerializer)
    def get(self, request: Request, slug: str, key: str) -> Response:
        """One segment on one day or in one run: figures by action, trend, how its customers spread."""
        row, run, trend, spread, comparison = selectors.segment_figures(
            organisation=self.client, segment_key=key, now=timezone.now(), **self.asked(TrendQuery).view()
        )
        shown = spread if row.figures.score is not None else None
        answer = {"run": run, "segment": row, "comparison": comparison, "trend": trend, "distribution": shown}
        return Response(SegmentFiguresSerializer(answer).data)


class CustomerScoreAPI(ReadingAPI):
    @extend_schema(operation_id="customer_score", parameters=[DayQuery], responses=CustomerScoreSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One customer on one day or in one run: the parts that add up to the points, the score, the rank."""
        asked = self.asked(DayQuery).validated_data
        card = selectors.customer_card(
            organisation=self.client,
            number=number,
            now=timezone.now(),
            as_of=asked.get("as_of"),
            run_number=asked.get("run"),
        )
        return Response(CustomerScoreSerializer(card).data)
