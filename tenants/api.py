"""The base of every API action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.views import APIView

from tenants.actor import OrganisationRequest
from tenants.models import Organisation
from tenants.permissions import Permission


class ResolvedAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tenants.rest.ResolvedAuthentication"
    name: ClassVar[list[str]] = ["token", "session"]

    def get_security_definition(self, auto_schema: object) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "A personal API token, made on the account page."},
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]


class OrganisationAPI(APIView):
    """Base of every action under /api/v1/organisations/<slug>/. Subclasses name `permissions` by method."""

    permissions: ClassVar[Mapping[str, Permission]] = {}

    @property
    def inside(self) -> OrganisationRequest:
        """The request as the middleware left it."""
        return cast("OrganisationRequest", self.request._request)  # noqa: SLF001

    @property
    def organisation(self) -> Organisation:
        return self.inside.organisation
