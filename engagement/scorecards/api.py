"""The API of this step: the numbers of the pages, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.insights import selectors
from engagement.insights.api import ClientAPI
from engagement.insights.selectors import limited
from engagement.insights.types import Scorecard
from engagement.scorecards.forms_customers import CustomerFilter
from engagement.scorecards.serializers import (
    CustomerListSerializer,
    CustomerScoreSerializer,
    ScorecardSerializer,
    SegmentFiguresSerializer,
)
from engagement.scorecards.serializers_asked import CustomerListQuery, DayQuery, ScorecardQuery, TrendQuery
from engagement.scorecards.within import among, customer_within, segment_within
from tenants.models import Organisation
from tenants.permissions import Permission

_LISTED = 100


class ReadingAPI(ClientAPI):
    """A read of one day, no further than a membership's limit goes."""

    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}
    honours_limits = True

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
        if self.inside.reach.limit.is_to_segments:
            return Response(ScorecardSerializer(self._own_segments(asked)).data)
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

    def _own_segments(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The same with the segments of the limit alone: whatever is counted over everybody is null or empty."""
        keys = limited.keys_within(self.inside.reach.limit) or ()
        view = {name: value for name, value in asked.items() if name != "line"}
        card = limited.own_segments(organisation=self.client, keys=keys, now=timezone.now(), **view)
        found = _scorecard(self.client, None) | {"points": ()}
        if card is None:
            return found
        said = {"reason": None, "run": card.run, "sets": card.groups, "targets": card.targets}
        return found | said | {"comparison": card.comparison, "periods": card.comparison.periods}


def _scorecard(organisation: Organisation, card: Scorecard | None) -> dict[str, Any]:
    span = card.industry_range if card else None
    return {
        "organisation": organisation.slug,
        "reason": card.total.reason if card else _("no score: nothing has been scored yet"),
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
        row, run, trend, spread, comparison = segment_within(
            organisation=self.client, limit=self.inside.reach.limit, key=key, now=timezone.now(),
            asked=self.asked(TrendQuery).view(),
        )  # fmt: skip
        shown = spread if row.figures.score is not None else None
        answer = {"run": run, "segment": row, "comparison": comparison, "trend": trend, "distribution": shown}
        return Response(SegmentFiguresSerializer(answer).data)


class CustomerScoresAPI(ReadingAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="customer_scores", parameters=[CustomerListQuery], responses=CustomerListSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The customers of a day or a run who fit, in order, a hundred to a page."""
        organisation, limit, now = self.client, self.inside.reach.limit, timezone.now()
        form = CustomerFilter(self.request.GET, keys=limited.keys_within(limit))
        asked = form.asked() | among(organisation=organisation, limit=limit, now=now)
        found = selectors.customers(organisation=organisation, now=now, per_page=_LISTED, **asked)
        return Response(CustomerListSerializer(found).data)


class CustomerScoreAPI(ReadingAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="customer_score", parameters=[DayQuery], responses=CustomerScoreSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One customer on one day or in one run: the parts that add up to the points, the score, the rank."""
        asked = self.asked(DayQuery).validated_data
        card = customer_within(
            organisation=self.client, limit=self.inside.reach.limit, number=number, now=timezone.now(),
            asked={"as_of": asked.get("as_of"), "run_number": asked.get("run")},
        )  # fmt: skip
        return Response(CustomerScoreSerializer(card).data)
