"""The record of an organisation, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import OrganisationAPI
from tenants.permissions import Permission
from tenants.record.reading import entries, names_of
from tenants.serializers_record import RecordQuery, RecordSerializer


class Record(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_AUDIT}

    @extend_schema(operation_id="record", parameters=[RecordQuery], responses=RecordSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What was done here, the newest first; `next_before` asks for the entries before these."""
        query = RecordQuery(data=request.GET.dict())
        query.is_valid(raise_exception=True)
        asked, most = query.asked()
        found = entries(organisation=self.organisation, asked=asked, most=most + 1)
        shown = found[:most]
        names = names_of(sorted({entry.user for entry in shown if entry.user}))
        following = shown[-1].number if len(found) > most else None
        answer = {"entries": shown, "next_before": following}
        return Response(RecordSerializer(answer, context={"names": names}).data)
