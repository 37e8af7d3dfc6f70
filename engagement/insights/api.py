"""The API of this step: targets, runs, and what a draft of weights would give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.insights import selectors, services
from engagement.insights.asking import ask_for_run
from engagement.insights.people import owner_of
from engagement.insights.serializers import (
    ChangedTargetSerializer,
    NewRunSerializer,
    NewTargetSerializer,
    PastTargetSerializer,
    RequestedRunSerializer,
    RunSerializer,
    TargetSerializer,
)
from engagement.insights.serializers_runs import RestatedDaysSerializer, RestatedQuery, RunRecordSerializer
from engagement.insights.types import TargetFigures
from tenants.api import OrganisationAPI
from tenants.models import Organisation
from tenants.permissions import Permission


class ClientAPI(OrganisationAPI):
    """What only a client has: a firm has no customers of its own."""

    @property
    def client(self) -> Organisation:
        """The organisation of the address; raises NotFoundError in a firm."""
        self.client_only()
        return self.organisation

    def client_only(self) -> None:
        """Raises NotFoundError in a firm."""
        if self.inside.reach.is_firm:
            raise NotFoundError


class Targets(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_TARGETS}

    @extend_schema(operation_id="targets_list", responses=TargetSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """All targets in force with the latest numbers, the soonest due first."""
        found = selectors.targets(organisation=self.client, now=timezone.now())
        return Response(TargetSerializer(found, many=True).data)

    @extend_schema(operation_id="target_set", request=NewTargetSerializer, responses={201: TargetSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Put a target in force."""
        sent, user, now = NewTargetSerializer(data=request.data), self.inside.actor.user, timezone.now()
        sent.is_valid(raise_exception=True)
        wanted = dict(sent.validated_data)
        target = services.set_target(
            organisation=self.client,
            segment_key=wanted.pop("segment"),
            owner=owner_of(email=wanted.pop("owner", None), user=user),
            user=user,
            now=now,
            **wanted,
        )
        return Response(TargetSerializer(_one(self.client, target.pk, now)).data, status=201)


def _one(organisation: Organisation, target_id: UUID, now: datetime) -> TargetFigures:
    found = selectors.targets(organisation=organisation, now=now)
    one = next((target for target in found if target.id == str(target_id)), None)
    if one is None:
        raise NotFoundError(_("There is no such target."))
    return one


class OneTarget(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PATCH": Permission.EDIT_TARGETS,
        "DELETE": Permission.EDIT_TARGETS,
    }

    @extend_schema(operation_id="target", responses=TargetSerializer)
    def get(self, request: Request, slug: str, target_id: UUID) -> Response:
        """One target in force."""
        return Response(TargetSerializer(_one(self.client, target_id, timezone.now())).data)

    @extend_schema(operation_id="target_change", request=ChangedTargetSerializer, responses=TargetSerializer)
    def patch(self, request: Request, slug: str, target_id: UUID) -> Response:
        """Change a target: another one with its own id takes its place, the former is kept."""
        user, now = self.inside.actor.user, timezone.now()
        former = _one(self.client, target_id, now)
        wanted = ChangedTargetSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        changes: dict[str, Any] = dict(wanted.validated_data)
        target = services.change_target(
            organisation=self.client,
            target_id=target_id,
            value=changes.get("value", former.value),
            due_on=changes.get("due_on", former.due_on),
            owner=owner_of(email=changes.get("owner", former.owner_email), user=user),
            note=changes["note"],
            user=user,
            now=now,
        )
        return Response(TargetSerializer(_one(self.client, target.pk, now)).data)

    @extend_schema(operation_id="target_end", responses={204: None})
    def delete(self, request: Request, slug: str, target_id: UUID) -> Response:
        """End a target; it stays on record."""
        services.retire_target(organisation=self.client, target_id=target_id, now=timezone.now())
        return Response(status=204)


class TargetHistory(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="target_history", responses=PastTargetSerializer(many=True))
    def get(self, request: Request, slug: str, key: str) -> Response:
        """All targets a segment has had, the latest set first."""
        self.client_only()
        _name, found = selectors.target_history(segment_key=key)
        return Response(PastTargetSerializer(found, many=True).data)


class Runs(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.RUN_SCORES}

    @extend_schema(operation_id="runs_list", responses=RunSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The latest runs, newest first; requests that wait or failed stand before them."""
        return Response(RunSerializer(selectors.runs(organisation=self.client, limit=50), many=True).data)

    @extend_schema(operation_id="run_request", request=NewRunSerializer, responses={202: RequestedRunSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Ask for a scoring; a worker does it, and the list shows it."""
        sent = NewRunSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        asked = ask_for_run(
            organisation=self.client,
            user=self.inside.actor.user,
            as_of=sent.validated_data.get("as_of"),
            now=timezone.now(),
        )
        return Response(RequestedRunSerializer(asked).data, status=202)


class OneRun(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="run", responses=RunRecordSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """A kept run with all it used, its figures per segment, and whether it still counts for its day."""
        return Response(RunRecordSerializer(selectors.run_record(organisation=self.client, number=number)).data)


class RestatedDays(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="restated_days", parameters=[RestatedQuery], responses=RestatedDaysSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Days that were scored more than once, the latest first, with what each run changed and why."""
        query = RestatedQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = selectors.restated_days(organisation=self.client, page=query.validated_data["page"])
        return Response(RestatedDaysSerializer(found).data)
