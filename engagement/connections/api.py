"""The API of this step: connections as they are, fetching and sending at once. They are made on their pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.connections import selectors
from engagement.connections.selectors import lists as list_reads
from engagement.connections.serializers import ConnectionSerializer, ListPushSerializer, OneConnectionSerializer
from engagement.connections.services import connecting, lists
from tenants.actor import require
from tenants.api import OrganisationAPI
from tenants.permissions import Permission

_MAY = Permission.MANAGE_CONNECTIONS


class Connections(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": _MAY}

    @extend_schema(operation_id="connections_list", responses=ConnectionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Every connection, without credentials."""
        return Response(ConnectionSerializer([one for one, _sync in selectors.connections()], many=True).data)


class OneConnection(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": _MAY}

    @extend_schema(operation_id="connection", responses=OneConnectionSerializer)
    def get(self, request: Request, slug: str, connection_id: UUID) -> Response:
        """One connection with the last times of fetching."""
        found = selectors.one_connection(connection_id=connection_id)
        context = {"syncs": selectors.syncs(connection_id=connection_id)}
        return Response(OneConnectionSerializer(found, context=context).data)


class ConnectionSync(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": _MAY}

    @extend_schema(operation_id="connection_sync", request=None, responses={202: ConnectionSerializer})
    def post(self, request: Request, slug: str, connection_id: UUID) -> Response:
        """Fetch now, not when it is due; a worker does it."""
        found = connecting.ask_sync(organisation=self.organisation, connection_id=connection_id, now=timezone.now())
        return Response(ConnectionSerializer(found).data, status=202)


class ConnectionLists(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="connection_lists", responses=ListPushSerializer(many=True))
    def get(self, request: Request, slug: str, connection_id: UUID) -> Response:
        """Segments that are sent to lists by this connection, and how far each is."""
        found = selectors.one_connection(connection_id=connection_id)
        lists.lists_of(found)
        return Response(ListPushSerializer(list_reads.lists(connection=found), many=True).data)


class ConnectionListSend(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": _MAY}

    @extend_schema(operation_id="connection_list_send", request=None, responses={202: ListPushSerializer})
    def post(self, request: Request, slug: str, push_id: UUID) -> Response:
        """Send everybody of the latest finished run, and take out who is in the list and not in the segment."""
        require(self.inside.reach, Permission.VIEW)  # what a file of the members asks for
        found = lists.send_whole_list(organisation=self.organisation, push_id=push_id, now=timezone.now())
        return Response(ListPushSerializer(found).data, status=202)
