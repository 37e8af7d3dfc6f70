"""The base of every API action, and the actions of this step: organisations, clients, members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from engagement.errors import NotFoundError
from tenants import selectors, selectors_accounts, services
from tenants.access import asking_scope
from tenants.actor import OrganisationRequest, SignedInRequest
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.serializers import (
    ClientSerializer,
    CreatedClientSerializer,
    InvitationSerializer,
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
    """Base of every action under /api/v1/organisations/<slug>/. Subclasses name `permissions` by method.

    `honours_limits` says that the action gives no more than `self.inside.reach.limit` allows; all others are closed to
    limited memberships.
    """

    permissions: ClassVar[Mapping[str, Permission]] = {}
    honours_limits: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """With the scope that the permission asks for; nobody's request has a place, and is refused inside."""
        reach, permission = getattr(request, "reach", None), self.permissions.get(request.method or "")
        if reach is None or permission is None or not reach.may(permission):
            return super().dispatch(request, *args, **kwargs)
        with asking_scope(reach=reach, permission=permission, method=request.method):
            return super().dispatch(request, *args, **kwargs)

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
        """Give a role here, at once, to somebody who signs in already; whom nobody knows yet is invited instead."""
        sent = NewMemberSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        membership = services.add_person(**sent.validated_data)
        return Response(MemberSerializer(selectors.member(member_id=membership.pk)).data, status=201)


class Invitations(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.MANAGE_MEMBERS,
        "POST": Permission.MANAGE_MEMBERS,
    }

    @extend_schema(operation_id="invitations_list", responses=InvitationSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Addresses that were asked and have not answered, the latest first."""
        return Response(InvitationSerializer(selectors_accounts.invitations(now=timezone.now()), many=True).data)

    @extend_schema(operation_id="invite", request=NewMemberSerializer, responses={201: InvitationSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Mail a link that gives a role here; asking again sends a new link, and the old one opens nothing."""
        sent = NewMemberSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = services.invite(**sent.validated_data, user=self.inside.actor.user, now=timezone.now())
        line = selectors_accounts.invitation_line(invitation=made, now=timezone.now())
        return Response(InvitationSerializer(line).data, status=201)


class OneInvitation(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"DELETE": Permission.MANAGE_MEMBERS}

    @extend_schema(operation_id="invitation_withdraw", responses={204: None})
    def delete(self, request: Request, slug: str, invitation_id: UUID) -> Response:
        """Withdraw it: its link opens nothing any more."""
        services.withdraw(invitation_id=invitation_id, now=timezone.now())
        return Response(status=204)


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
        """Another role, or another limit of a viewer's access; a firm keeps at least one admin."""
        sent = RoleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.change_role(membership_id=member_id, **sent.validated_data)
        return Response(MemberSerializer(selectors.member(member_id=member_id)).data)

    @extend_schema(operation_id="member_remove", responses={204: None})
    def delete(self, request: Request, slug: str, member_id: UUID) -> Response:
        """Take the role away; the person and their other roles stay."""
        services.remove_member(membership_id=member_id)
        return Response(status=204)
