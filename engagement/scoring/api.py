"""The API of this step: actions, weight sets with their draft, segments and their sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.scoring import services
from engagement.scoring.selectors import actions as action_reads
from engagement.scoring.selectors import segments as segment_reads
from engagement.scoring.selectors import weights as weight_reads
from engagement.scoring.serializers import (
    ActionChangeSerializer,
    ActionSerializer,
    DraftChangeSerializer,
    NewActionSerializer,
    NewSegmentSerializer,
    NewSegmentSetSerializer,
    PublishSerializer,
    SegmentChangeSerializer,
    SegmentSerializer,
    SegmentSetSerializer,
    WeightSetSerializer,
)
from engagement.scoring.types import DraftChange, WeightChange
from tenants.api import OrganisationAPI
from tenants.permissions import Permission


def _read(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    sent = kind(data=request.data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


class Actions(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_ACTIONS}

    @extend_schema(operation_id="actions_list", responses=ActionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Actions in use."""
        found = action_reads.actions(organisation=self.organisation, now=timezone.now())
        return Response(ActionSerializer(found, many=True).data)

    @extend_schema(operation_id="action_create", request=NewActionSerializer, responses={201: ActionSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """A new action; events stored already are counted in the background."""
        now = timezone.now()
        key = services.create_action(
            organisation=self.organisation, user=self.inside.actor.user, now=now, **_read(NewActionSerializer, request)
        )
        made = action_reads.action(organisation=self.organisation, key=key, now=now)
        return Response(ActionSerializer(made).data, status=201)


class OneAction(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PATCH": Permission.EDIT_ACTIONS,
        "DELETE": Permission.EDIT_ACTIONS,
    }

    @extend_schema(operation_id="action", responses=ActionSerializer)
    def get(self, request: Request, slug: str, key: str) -> Response:
        """One action in use."""
        found = action_reads.action(organisation=self.organisation, key=key, now=timezone.now())
        return Response(ActionSerializer(found).data)

    @extend_schema(operation_id="action_change", request=ActionChangeSerializer, responses=ActionSerializer)
    def patch(self, request: Request, slug: str, key: str) -> Response:
        """Change name and channel in place, or the rule by a new version."""
        now, change = timezone.now(), _read(ActionChangeSerializer, request)
        services.change_action(organisation=self.organisation, key=key, user=self.inside.actor.user, now=now, **change)
        return Response(ActionSerializer(action_reads.action(organisation=self.organisation, key=key, now=now)).data)

    @extend_schema(operation_id="action_archive", responses={204: None})
    def delete(self, request: Request, slug: str, key: str) -> Response:
        """Archive: it leaves the draft and later ones; a published set goes on counting it."""
        services.archive_action(organisation=self.organisation, key=key, now=timezone.now())
        return Response(status=204)


class WeightSets(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="weight_sets_list", responses=WeightSetSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Every weight set, the draft included, newest first."""
        found = weight_reads.weight_sets(organisation=self.organisation)
        return Response(WeightSetSerializer(found, many=True).data)


class OneWeightSet(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="weight_set", responses=WeightSetSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One weight set."""
        found = weight_reads.weight_set(organisation=self.organisation, number=number)
        return Response(WeightSetSerializer(found).data)


class Draft(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PUT": Permission.EDIT_WEIGHTS,
        "DELETE": Permission.EDIT_WEIGHTS,
    }

    @extend_schema(operation_id="weights_draft", responses=WeightSetSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The draft; 404 without one."""
        found = weight_reads.draft_view(organisation=self.organisation)
        if found is None:
            raise NotFoundError
        return Response(WeightSetSerializer(found).data)

    @extend_schema(operation_id="weights_draft_change", request=DraftChangeSerializer, responses=WeightSetSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Keep a draft; it is made where there is none."""
        data = _read(DraftChangeSerializer, request)
        weights = {line["key"]: WeightChange(line["weight"], line["cap"]) for line in data.pop("weights")}
        change = DraftChange(weights=weights, **data)
        kept = services.change_draft(
            organisation=self.organisation, change=change, user=self.inside.actor.user, now=timezone.now()
        )
        return Response(WeightSetSerializer(kept).data)

    @extend_schema(operation_id="weights_draft_discard", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Throw the draft away."""
        services.discard_draft(organisation=self.organisation)
        return Response(status=204)


class Publish(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.PUBLISH_WEIGHTS}

    @extend_schema(operation_id="weights_publish", request=PublishSerializer, responses=WeightSetSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Put the draft in force and ask for a scoring of yesterday."""
        published = services.publish(
            organisation=self.organisation,
            user=self.inside.actor.user,
            now=timezone.now(),
            **_read(PublishSerializer, request),
        )
        return Response(WeightSetSerializer(published).data)


class Segments(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_SEGMENTS}

    @extend_schema(operation_id="segments_list", responses=SegmentSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Segments in use."""
        found = segment_reads.segments(organisation=self.organisation)
        return Response(SegmentSerializer(found, many=True).data)

    @extend_schema(operation_id="segment_create", request=NewSegmentSerializer, responses={201: SegmentSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """A new segment; it has numbers from the next scoring on."""
        data = _read(NewSegmentSerializer, request)
        key = services.create_segment(
            organisation=self.organisation,
            set_key=data.pop("set"),
            user=self.inside.actor.user,
            now=timezone.now(),
            **data,
        )
        return Response(
            SegmentSerializer(segment_reads.segment(organisation=self.organisation, key=key)).data, status=201
        )


class OneSegment(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PATCH": Permission.EDIT_SEGMENTS,
        "DELETE": Permission.EDIT_SEGMENTS,
    }

    @extend_schema(operation_id="segment", responses=SegmentSerializer)
    def get(self, request: Request, slug: str, key: str) -> Response:
        """One segment in use."""
        return Response(SegmentSerializer(segment_reads.segment(organisation=self.organisation, key=key)).data)

    @extend_schema(operation_id="segment_change", request=SegmentChangeSerializer, responses=SegmentSerializer)
    def patch(self, request: Request, slug: str, key: str) -> Response:
        """Change the name in place, or the rule by a new version."""
        services.change_segment(
            organisation=self.organisation,
            key=key,
            user=self.inside.actor.user,
            now=timezone.now(),
            **_read(SegmentChangeSerializer, request),
        )
        return Response(SegmentSerializer(segment_reads.segment(organisation=self.organisation, key=key)).data)

    @extend_schema(operation_id="segment_archive", responses={204: None})
    def delete(self, request: Request, slug: str, key: str) -> Response:
        """Archive: later scorings leave it out."""
        services.archive_segment(organisation=self.organisation, key=key, now=timezone.now())
        return Response(status=204)


class SegmentSets(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_SEGMENTS}

    @extend_schema(operation_id="segment_sets_list", responses=SegmentSetSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Sets with their segments; partitions are checked against the customers stored now."""
        found = segment_reads.segment_sets(organisation=self.organisation, check=True)
        return Response(SegmentSetSerializer(found, many=True).data)

    @extend_schema(
        operation_id="segment_set_create", request=NewSegmentSetSerializer, responses={201: SegmentSetSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """A new set, empty or with a segment for each value of a trait."""
        data = _read(NewSegmentSetSerializer, request)
        trait = data.pop("trait")
        if trait:
            key = services.segments_from_trait(
                organisation=self.organisation,
                trait=trait,
                name=data["name"],
                user=self.inside.actor.user,
                now=timezone.now(),
            )
        else:
            key = services.create_segment_set(organisation=self.organisation, **data)
        found = segment_reads.segment_sets(organisation=self.organisation, check=True)
        made = next(line for line in found if line.key == key)
        return Response(SegmentSetSerializer(made).data, status=201)
