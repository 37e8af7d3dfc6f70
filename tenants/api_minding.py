"""Who minds a client, for programs of people of its firm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from tenants.api import OrganisationAPI
from tenants.permissions import Permission
from tenants.selectors_minding import minders_of
from tenants.services import mind_client


class MinderSerializer(serializers.Serializer[Any]):
    """Somebody of the firm, by the address they sign in with."""

    minded_by = serializers.EmailField(allow_null=True, help_text="A consultant or admin of the firm; null: nobody.")


class MinderAPI(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.MIND_CLIENTS, "PUT": Permission.MIND_CLIENTS}

    @extend_schema(operation_id="minder", responses=MinderSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Who of the firm minds the client; not found for people of the client alone."""
        known = minders_of(actor=self.inside.actor, client=self.organisation)
        if known is None:
            raise NotFoundError
        found = next((one.email for one in known if one.user_id == self.organisation.minded_by), None)
        return Response(MinderSerializer({"minded_by": found}).data)

    @extend_schema(operation_id="minder_set", request=MinderSerializer, responses=MinderSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Say who minds the client."""
        sent = MinderSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        email = sent.validated_data["minded_by"] or ""
        mind_client(actor=self.inside.actor, client=self.organisation, email=email)
        return self.get(request, slug)
