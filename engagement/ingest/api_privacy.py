"""The API of erasing: asked for, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.ingest import services
from engagement.ingest.api import PAGE, PagedAPI, paged
from engagement.ingest.selectors import privacy
from engagement.ingest.services.erasures import REASON_LIMIT
from tenants.api import OrganisationAPI
from tenants.permissions import Permission


class ErasureRequestSerializer(serializers.Serializer[object]):
    reason = serializers.CharField(max_length=REASON_LIMIT, help_text="Why; it stays on record. No names, please.")


class ErasureSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text="Who was named; everybody merged with them goes too.")
    state = serializers.ChoiceField(choices=["waiting", "done", "failed"])
    reason = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    counts = serializers.SerializerMethodField(help_text="How many of what were taken away.")
    error = serializers.CharField(help_text="What it waits for, or why it failed.")

    def get_counts(self, line: privacy.ErasureLine) -> dict[str, int]:
        return dict(line.counts)


class CustomerErasure(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.ERASE_CUSTOMER}
    while_suspended = True  # whoever asks for their data is answered all the same

    @extend_schema(operation_id="customer_erase", request=ErasureRequestSerializer, responses={202: ErasureSerializer})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Erase a customer, and everybody merged with them, for good; a worker does it."""
        sent = ErasureRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        row = services.ask_erasure(
            organisation=self.organisation,
            number=number,
            reason=sent.validated_data["reason"],
            user=self.inside.actor.user,
            now=timezone.now(),
        )
        return Response(ErasureSerializer(privacy.erasure_line(row=row)).data, status=202)


class Erasures(PagedAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.EXPORT_CUSTOMER}
    while_suspended = True  # whoever asks for their data is answered all the same

    @extend_schema(operation_id="erasures_list", parameters=PAGE, responses=paged("ErasurePage", ErasureSerializer))
    def get(self, request: Request, slug: str) -> Response:
        """Who was erased, by number, the latest first."""
        rows, paginator = self.page(request, privacy.erasures_of(organisation=self.organisation))
        lines = [privacy.erasure_line(row=row) for row in rows]
        return paginator.get_paginated_response(ErasureSerializer(lines, many=True).data)


class OneErasure(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.EXPORT_CUSTOMER}
    while_suspended = True  # whoever asks for their data is answered all the same

    @extend_schema(operation_id="erasure", responses=ErasureSerializer)
    def get(self, request: Request, slug: str, erasure_id: UUID) -> Response:
        """One erasure, and how far it is."""
        found = privacy.get_erasure(organisation=self.organisation, erasure_id=erasure_id)
        return Response(ErasureSerializer(found).data)
