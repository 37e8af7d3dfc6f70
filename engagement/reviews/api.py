"""The API of reviews: the rhythm, the list, one as a document; opening, adding, deciding, settling, closing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.insights.api import ClientAPI
from engagement.insights.people import owner_of
from engagement.insights.terms import terms_of
from engagement.reviews import selectors, services
from engagement.reviews.models import Review, ReviewSetting
from engagement.reviews.present.pages import since_notes
from engagement.reviews.rhythms import Rhythm
from engagement.reviews.serializers import (
    AgendaItemSerializer,
    DecisionSerializer,
    DecisionStateSerializer,
    NewAgendaItemSerializer,
    NewDecisionSerializer,
    NewDecisionStateSerializer,
    NewReviewRhythmSerializer,
    NewReviewSerializer,
    ReviewClosingSerializer,
    ReviewDocumentSerializer,
    ReviewRhythmSerializer,
    ReviewSerializer,
)
from engagement.reviews.types import DecisionWords, Fate
from tenants.models import Organisation
from tenants.permissions import Permission

_READ, _WRITE = Permission.VIEW_REPORTS, Permission.EDIT_CASES


def _sent(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class Reviews(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": _READ, "POST": _WRITE}

    @extend_schema(operation_id="reviews_list", responses=ReviewSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """All reviews, the latest first."""
        assert self.client
        return Response(ReviewSerializer(selectors.reviews(), many=True).data)

    @extend_schema(operation_id="review_open", request=NewReviewSerializer, responses={201: ReviewDocumentSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Open the review of a finished period; its agenda fills itself."""
        said = _sent(NewReviewSerializer(data=request.data))
        made = services.open_review(
            organisation=self.client, rhythm=Rhythm(said["rhythm"]), last_day=said["last_day"],
            user=self.inside.actor.user, now=timezone.now(),
        )  # fmt: skip
        return Response(_document(self.client, selectors.review(review_id=made.pk)), status=201)


def _document(organisation: Organisation, found: Review) -> Any:
    minutes = selectors.minutes_of(review=found)
    since: Mapping[str, Any] = {}
    if minutes is None:
        document = selectors.review_document(organisation=organisation, review=found)
    else:
        document = selectors.frozen(minutes=minutes)
        since = selectors.states_since(review=found, decisions=document["decisions"])
    notes = since_notes(
        selectors.since_then(organisation=organisation, review=found),
        terms=terms_of(organisation=organisation, run=None),
    )
    said = {
        "id": found.pk, "state": found.state, "sha256": minutes.sha256 if minutes else None, "restated": notes,
        "said_since": since, "document": document,
    }  # fmt: skip
    return ReviewDocumentSerializer(said).data


class ReviewRhythm(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": _READ, "PUT": _WRITE}

    @extend_schema(operation_id="review_rhythm", responses=ReviewRhythmSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How often this client is reviewed, and what is due."""
        return Response(self._said())

    @extend_schema(
        operation_id="review_rhythm_set", request=NewReviewRhythmSerializer, responses=ReviewRhythmSerializer
    )
    def put(self, request: Request, slug: str) -> Response:
        """Say how often, who leads, and how many working days after a period's end."""
        said, user = _sent(NewReviewRhythmSerializer(data=request.data)), self.inside.actor.user
        services.set_rhythm(
            organisation=self.client, every=said["every"], leader=owner_of(email=said.get("leader"), user=user),
            working_days=said["working_days"], now=timezone.now(),
        )  # fmt: skip
        return Response(self._said())

    def _said(self) -> Any:
        organisation, setting = self.client, selectors.setting()
        said = {
            "every": setting.every if setting else ReviewSetting.Every.NONE.value,
            "leader": setting.leader.email if setting and setting.leader else None,
            "working_days": setting.working_days if setting else 10,
            "due": selectors.due_review(organisation=organisation, now=timezone.now()),
        }
        return ReviewRhythmSerializer(said).data


class OneReview(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": _READ, "POST": _WRITE}

    @extend_schema(operation_id="review_read", responses=ReviewDocumentSerializer)
    def get(self, request: Request, slug: str, review_id: UUID) -> Response:
        """One review with its agenda and decisions; of a closed one its minutes."""
        return Response(_document(self.client, selectors.review(review_id=review_id)))

    @extend_schema(operation_id="review_refresh", request=None, responses=ReviewDocumentSerializer)
    def post(self, request: Request, slug: str, review_id: UUID) -> Response:
        """Look again at what waits, and add it to the agenda; nothing that stands there changes."""
        organisation = self.client
        services.refresh_review(organisation=organisation, review_id=review_id, now=timezone.now())
        return Response(_document(organisation, selectors.review(review_id=review_id)))


class Items(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": _WRITE}

    @extend_schema(
        operation_id="review_item_add", request=NewAgendaItemSerializer, responses={201: AgendaItemSerializer}
    )
    def post(self, request: Request, slug: str, review_id: UUID) -> Response:
        """Put something of one's own on the agenda."""
        assert self.client
        said = _sent(NewAgendaItemSerializer(data=request.data))
        made = services.put_on_agenda(review_id=review_id, user=self.inside.actor.user, now=timezone.now(), **said)
        return Response(AgendaItemSerializer(made).data, status=201)


class Decisions(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": _WRITE}

    @extend_schema(operation_id="review_decide", request=NewDecisionSerializer, responses={201: DecisionSerializer})
    def post(self, request: Request, slug: str, review_id: UUID) -> Response:
        """Decide something on an item of the agenda."""
        said, user = _sent(NewDecisionSerializer(data=request.data)), self.inside.actor.user
        owner = owner_of(email=said["owner"], user=user)
        words = DecisionWords(
            text=said["text"], owner_id=owner.pk if owner else None, due_on=said["due_on"], measure=said["measure"],
            segment_key=said["segment"], target_id=said["target"], makes=said["makes"],
        )  # fmt: skip
        made = services.decide(
            organisation=self.client, review_id=review_id, item_id=said["item"], words=words, user=user,
            now=timezone.now(),
        )  # fmt: skip
        return Response(DecisionSerializer(made).data, status=201)


class DecisionStates(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": _WRITE}

    @extend_schema(
        operation_id="review_settle", request=NewDecisionStateSerializer, responses={201: DecisionStateSerializer}
    )
    def post(self, request: Request, slug: str, review_id: UUID, decision_id: UUID) -> Response:
        """Say what has become of a decision, also long after its review."""
        said = _sent(NewDecisionStateSerializer(data=request.data))
        found = selectors.decision(review_id=review_id, decision_id=decision_id)
        made = services.settle_decision(
            organisation=self.client, decision_id=found.pk, code=said["state"], because=said["because"],
            user=self.inside.actor.user, now=timezone.now(),
        )  # fmt: skip
        return Response(DecisionStateSerializer(made).data, status=201)


class Close(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": _WRITE}

    @extend_schema(operation_id="review_close", request=ReviewClosingSerializer, responses=ReviewDocumentSerializer)
    def post(self, request: Request, slug: str, review_id: UUID) -> Response:
        """Close the review: what nothing was decided on is carried over or dropped, then all of it is frozen."""
        organisation, said = self.client, _sent(ReviewClosingSerializer(data=request.data))
        fates = {one["item"]: Fate(one["fate"], one["because"]) for one in said["fates"]}
        services.close_review(
            organisation=organisation, review_id=review_id, fates=fates, user=self.inside.actor.user,
            now=timezone.now(),
        )  # fmt: skip
        return Response(_document(organisation, selectors.review(review_id=review_id)))
