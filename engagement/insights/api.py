"""The API of this step: targets, runs, and what a draft of weights would give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.insights import selectors, services
from engagement.insights.asking import ask_for_run
from engagement.insights.people import owner_of
from engagement.insights.preview_serializers import PreviewSerializer, answer_of
from engagement.insights.selectors.preview import whole_preview
from engagement.insights.serializers import (
    NewRunSerializer,
    NewTargetSerializer,
    RequestedRunSerializer,
    RunSerializer,
    TargetSerializer,
)
from engagement.insights.types import TargetFigures
from engagement.scoring.serializers import DraftChangeSerializer
from engagement.scoring.services.bounds import CheckedDraft, checked_draft
from engagement.scoring.types import DraftChange, WeightChange
from tenants.api import OrganisationAPI
from tenants.models import Organisation
from tenants.permissions import Permission


class ClientAPI(OrganisationAPI):
    """What only a client has: a firm has no customers of its own."""

    @property
    def client(self) -> Organisation:
        """The organisation of the address; raises NotFoundError in a firm."""
        if self.inside.reach.is_firm:
            raise NotFoundError
        return self.organisation


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
        raise NotFoundError("There is no such target.")
    return one


class OneTarget(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "DELETE": Permission.EDIT_TARGETS}

    @extend_schema(operation_id="target", responses=TargetSerializer)
    def get(self, request: Request, slug: str, target_id: UUID) -> Response:
        """One target in force."""
        return Response(TargetSerializer(_one(self.client, target_id, timezone.now())).data)

    @extend_schema(operation_id="target_end", responses={204: None})
    def delete(self, request: Request, slug: str, target_id: UUID) -> Response:
        """End a target; it stays on record."""
        services.retire_target(organisation=self.client, target_id=target_id, now=timezone.now())
        return Response(status=204)


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


class Preview(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_WEIGHTS}

    @extend_schema(operation_id="weights_draft_preview", responses=PreviewSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What the draft would give, beside the set in force; nothing is published by looking.

        Where it has to be counted in the background `work` says how far that is; ask again later.
        """
        return self._answer(None)

    @extend_schema(operation_id="weights_preview", request=DraftChangeSerializer, responses=PreviewSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """The same for numbers that are not kept: they stand in for the draft's, which stays as it is.

        404 without a draft. A window, half-life or rule that has to be counted in the background is previewed for a
        kept draft alone: `work` then says "keep_first".
        """
        sent = DraftChangeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(sent.validated_data)
        weights = {line["key"]: WeightChange(line["weight"], line["cap"]) for line in data.pop("weights")}
        return self._answer(checked_draft(DraftChange(weights=weights, **data)))

    def _answer(self, typed: CheckedDraft | None) -> Response:
        yesterday = self.organisation.today(timezone.now()) - timedelta(days=1)
        found = whole_preview(organisation=self.organisation, as_of=yesterday, typed=typed)
        if found is None:
            raise NotFoundError("There is no draft of weights. Keep one first.")
        return Response(PreviewSerializer(answer_of(found)).data)
