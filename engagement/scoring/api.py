"""The API of this step: actions, weight sets with their draft, segments and their sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from engagement.scoring.selectors.counting import activity_reach
from engagement.scoring.selectors.publishing import past_of
from engagement.scoring.serializers import (
    ActionChangeSerializer,
    ActionSerializer,
    ActivitySerializer,
    ApproveSerializer,
    DraftChangeSerializer,
    NewActionSerializer,
    NewSegmentSerializer,
    NewSegmentSetSerializer,
    PastSerializer,
    PublishSerializer,
    RestateSerializer,
    ReturnSerializer,
    SegmentChangeSerializer,
    SegmentSerializer,
    SegmentSetSerializer,
    SendBackSerializer,
    WeightSetSerializer,
)
from engagement.scoring.types import DraftChange, WeightChange, WeightSetView
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


class Activity(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="activity", responses=ActivitySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How far activity reaches, and the progress of a counting of stored events."""
        found = activity_reach(organisation=self.organisation, now=timezone.now())
        return Response(ActivitySerializer(found).data)


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


class PublishingAPI(OrganisationAPI):
    """An act of publishing about one set, or the draft."""

    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.PUBLISH_WEIGHTS}

    def act(self, service: Callable[..., WeightSetView], **asked: Any) -> Response:
        """Call the service for the person who asks, now; answers with the set as it is then."""
        user, now = self.inside.actor.user, timezone.now()
        return Response(
            WeightSetSerializer(service(organisation=self.organisation, user=user, now=now, **asked)).data
        )  # fmt: skip


class Publish(PublishingAPI):
    @extend_schema(operation_id="weights_publish", request=PublishSerializer, responses=WeightSetSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Put the draft in force; with a later day schedule it, where two people are wanted propose it: see state."""
        return self.act(services.publish, **_read(PublishSerializer, request))


class Approve(PublishingAPI):
    @extend_schema(operation_id="weights_approve", request=ApproveSerializer, responses=WeightSetSerializer)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Approve what another person proposed: it counts at once, or is scheduled. 403 for who proposed it."""
        return self.act(services.approve, number=number, **_read(ApproveSerializer, request))


class SendBack(PublishingAPI):
    @extend_schema(operation_id="weights_send_back", request=SendBackSerializer, responses=WeightSetSerializer)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """A proposal becomes the draft again, with the reason on record; one's own is taken back."""
        return self.act(services.send_back, number=number, **_read(SendBackSerializer, request))


class Withdraw(PublishingAPI):
    @extend_schema(operation_id="weights_withdraw", request=None, responses=WeightSetSerializer)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """A scheduled set does not come in force; until its day begins."""
        return self.act(services.withdraw, number=number)


class ReturnAtOnce(PublishingAPI):
    @extend_schema(operation_id="weights_return", request=ReturnSerializer, responses=WeightSetSerializer)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Publish the numbers of an earlier set as a new one; archived actions are left out."""
        asked = _read(ReturnSerializer, request)
        note = asked.pop("note") or f"Return to set {number}"
        return self.act(services.return_at_once, number=number, note=note, **asked)


class Past(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "POST": Permission.PUBLISH_WEIGHTS,
        "DELETE": Permission.PUBLISH_WEIGHTS,
    }

    def _answer(self, number: int, *, status: int = 200) -> Response:
        weight_reads.weight_set(organisation=self.organisation, number=number)
        found = past_of(organisation=self.organisation, number=number, now=timezone.now())
        return Response(PastSerializer(found).data, status=status)

    @extend_schema(operation_id="weights_past", responses=PastSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """What of the past was scored with other sets, and how far the latest restatement is."""
        return self._answer(number)

    @extend_schema(operation_id="weights_restate", request=RestateSerializer, responses={202: PastSerializer})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Score the past again with the set in force, in the background; the runs that counted before stay."""
        user, asked = self.inside.actor.user, _read(RestateSerializer, request)
        services.restate(organisation=self.organisation, number=number, user=user, now=timezone.now(), **asked)
        return self._answer(number, status=202)

    @extend_schema(operation_id="weights_restatement_take_back", responses={200: PastSerializer})
    def delete(self, request: Request, slug: str, number: int) -> Response:
        """Cancel the restatement, or take it back when it is done: every day counts as before."""
        user = self.inside.actor.user
        services.take_back(organisation=self.organisation, number=number, user=user, now=timezone.now())
        return self._answer(number)


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
        """Archive: later scorings leave it out.

        Own weights of it leave the draft; where they count, its customers are scored with the set's own numbers from
        the next scoring on.
        """
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
