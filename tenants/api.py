"""The base of every API action, and the actions of this step: organisations, clients, members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from engagement.errors import NotFoundError
from tenants import selectors, services
from tenants.actor import OrganisationRequest, SignedInRequest
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.serializers import (
    ClientSerializer,
    CreatedClientSerializer,
    MemberSerializer,
    NewMemberSerializer,
    OrganisationSerializer,
    RoleSerializer,
    SettingsSerializer,
)


class ResolvedAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tenants.rest.ResolvedAuthentication"
    name = ["token", "session"]

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


class Organisations(APIView):
    """Outside any organisation: the middleware opens a reading scope over all that the person reaches."""

    permissions: ClassVar[Mapping[str, str]] = {"GET": "signed in"}

    @extend_schema(operation_id="organisations_list", responses=OrganisationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every organisation that you reach, firms first, with your role in it."""
        lines = selectors.organisations(actor=cast("SignedInRequest", request._request).actor)  # noqa: SLF001
        return Response(OrganisationSerializer(lines, many=True).data)


class OneOrganisation(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PATCH": Permission.EDIT_ORGANISATION,
    }

    def _answer(self) -> Response:
        line = selectors.organisation_line(organisation=self.organisation, actor=self.inside.actor)
        return Response(OrganisationSerializer(line).data)

    @extend_schema(operation_id="organisation", responses=OrganisationSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """One organisation and its settings."""
        return self._answer()

    @extend_schema(
        operation_id="organisation_change", request=SettingsSerializer(partial=True), responses=OrganisationSerializer
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change settings: only the fields that are sent."""
        sent = SettingsSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        services.change_organisation(organisation=self.organisation, changes=sent.changes(), now=timezone.now())
        return self._answer()


class Clients(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.CREATE_CLIENT}

    @extend_schema(operation_id="client_create", request=ClientSerializer, responses={201: CreatedClientSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Create a client of the firm, with everything its first hour needs."""
        if not self.inside.reach.is_firm:
            raise NotFoundError
        sent = ClientSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        client = services.create_client(
            firm_id=self.organisation.pk,
            settings=services.OrganisationSettings(**sent.validated_data),
            now=timezone.now(),
        )
        return Response(CreatedClientSerializer(client).data, status=201)


class Members(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.MANAGE_MEMBERS,
        "POST": Permission.MANAGE_MEMBERS,
    }

    @extend_schema(operation_id="members_list", responses=MemberSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Everybody with a role of their own here; people of the firm also have access and are not listed."""
        return Response(MemberSerializer(selectors.members(), many=True).data)

    @extend_schema(operation_id="member_add", request=NewMemberSerializer, responses={201: MemberSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Give somebody a role here; an unknown address needs a name and a first password."""
        sent = NewMemberSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        membership = services.add_person(**sent.validated_data)
        return Response(MemberSerializer(selectors.member(member_id=membership.pk)).data, status=201)


class OneMember(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.MANAGE_MEMBERS,
        "PATCH": Permission.MANAGE_MEMBERS,
        "DELETE": Permission.MANAGE_MEMBERS,
    }

    @extend_schema(operation_id="member", responses=MemberSerializer)
    def get(self, request: Request, slug: str, member_id: UUID) -> Response:
        """One member."""
        return Response(MemberSerializer(selectors.member(member_id=member_id)).data)

    @extend_schema(operation_id="member_change", request=RoleSerializer, responses=MemberSerializer)
    def patch(self, request: Request, slug: str, member_id: UUID) -> Response:
        """Another role; a firm keeps at least one admin."""
        sent = RoleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.change_role(membership_id=member_id, role=sent.validated_data["role"])
        return Response(MemberSerializer(selectors.member(member_id=member_id)).data)

    @extend_schema(operation_id="member_remove", responses={204: None})
    def delete(self, request: Request, slug: str, member_id: UUID) -> Response:
        """Take the role away; the person and their other roles stay."""
        services.remove_member(membership_id=member_id)
        return Response(status=204)
