"""The API of what a customer may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from engagement.insights.api import ClientAPI
from engagement.insights.services.customer_export import export_customer
from tenants.permissions import Permission


class CustomerExport(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.EXPORT_CUSTOMER}
    while_suspended = True  # whoever asks for their data is answered all the same

    @extend_schema(operation_id="customer_export", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str, number: int) -> StreamingHttpResponse:
        """Everything that is kept about one customer; the format is described in the README of the scorecards."""
        pieces = export_customer(organisation=self.client, number=number, now=timezone.now())
        return StreamingHttpResponse(pieces, content_type="application/json")
