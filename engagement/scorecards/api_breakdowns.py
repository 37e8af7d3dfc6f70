"""The API of a segment's points by campaign."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.scorecards.api import ReadingAPI
from engagement.scorecards.divided import divided, runs_to_compare
from engagement.scorecards.serializers_asked import ViewQuery
from engagement.scorecards.serializers_breakdowns import DividedSerializer
from engagement.scorecards.within import segment_within
from engagement.scoring.selectors.breakdowns import breakdowns_of_runs, property_names


class SegmentBreakdownsAPI(ReadingAPI):
    @extend_schema(operation_id="segment_breakdowns", parameters=[ViewQuery], responses=DividedSerializer)
    def get(self, request: Request, slug: str, key: str) -> Response:
        """A segment's points on a scored day by the values of the named properties; the rows add up exactly."""
        row, run, _, _, said = segment_within(
            organisation=self.client, limit=self.inside.reach.limit, key=key, now=timezone.now(),
            asked=self.asked(ViewQuery).view(),
        )  # fmt: skip
        found = breakdowns_of_runs(numbers=runs_to_compare(run, said))
        answer = divided(found=found, names=property_names(), figures=row.figures, run=run, said=said)
        return Response(DividedSerializer(answer).data)
