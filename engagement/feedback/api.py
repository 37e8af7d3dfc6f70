"""The API of feedback and its themes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import InvalidInputError
from engagement.feedback import services
from engagement.feedback.present import first_month
from engagement.feedback.selectors.counts import theme_counts
from engagement.feedback.selectors.items import item, item_lines, items_of
from engagement.feedback.selectors.themes import theme, themes
from engagement.feedback.serializers import (
    MOST_AT_ONCE,
    AddedSerializer,
    ChangedThemeSerializer,
    CorrectionSerializer,
    FeedbackListSerializer,
    FeedbackQuery,
    FeedbackSerializer,
    NewFeedbackSerializer,
    NewThemeSerializer,
    ThemeCountsQuery,
    ThemeCountsSerializer,
    ThemeSerializer,
)
from engagement.feedback.types import Added, ItemFilter, Refused, Said
from engagement.ingest.api import PAGE, PagedAPI, paged
from engagement.insights.api import ClientAPI
from tenants.permissions import Permission


class Feedback(ClientAPI, PagedAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.IMPORT_DATA}

    @extend_schema(
        operation_id="feedback_list",
        parameters=[FeedbackQuery, *PAGE],
        responses=paged("FeedbackPage", FeedbackSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """What was said, the latest day first."""
        self.client_only()
        query = FeedbackQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked: dict[str, Any] = dict(query.validated_data)
        rows, paginator = self.page(request, items_of(ItemFilter(tone=asked.pop("sounds"), **asked)))
        return paginator.get_paginated_response(FeedbackSerializer(item_lines(rows), many=True).data)

    @extend_schema(operation_id="feedback_add", request=FeedbackListSerializer, responses=AddedSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Bring in what was said: what can be used is kept, the rest is named. The same again adds nothing."""
        organisation, (good, refused) = self.client, _read(request.data)
        added = services.add_items(
            organisation=organisation, said=list(good.values()), user=self.inside.actor.user, now=timezone.now()
        )
        return Response(AddedSerializer(_with_unread(added, refused, places=list(good))).data)


def _read(data: Any) -> tuple[dict[int, Said], list[Refused]]:
    """What can be read, by its place among those sent, and what cannot; those alike are counted."""
    sent = data.get("items") if isinstance(data, dict) else None
    if not isinstance(sent, list) or not 1 <= len(sent) <= MOST_AT_ONCE:
        raise InvalidInputError(fields={"items": [_("Send from 1 to {most}.").format(most=MOST_AT_ONCE)]})
    good: dict[int, Said] = {}
    refused, repeats = [], dict[Said, int]()
    for at, one in enumerate(sent):
        read = NewFeedbackSerializer(data=one)
        if not read.is_valid():
            refused.append(Refused(at, {name: [str(text) for text in texts] for name, texts in read.errors.items()}))
            continue
        said = Said(**read.validated_data)
        repeats[said] = repeats.get(said, -1) + 1
        good[at] = said if said.id else replace(said, repeat=repeats[said])
    return good, refused


def _with_unread(added: Added, refused: list[Refused], *, places: list[int]) -> Added:
    """The places of those that the service refused are among those that could be read: put back where they were."""
    moved = [replace(one, at=places[one.at]) for one in added.refused]
    return replace(added, refused=tuple(sorted([*refused, *moved], key=lambda one: one.at)))


class OneFeedback(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PATCH": Permission.ANSWER,
        "DELETE": Permission.IMPORT_DATA,
    }

    @extend_schema(operation_id="feedback", responses=FeedbackSerializer)
    def get(self, request: Request, slug: str, item_id: UUID) -> Response:
        """One thing that was said."""
        self.client_only()
        return Response(FeedbackSerializer(item(item_id)).data)

    @extend_schema(operation_id="feedback_correct", request=CorrectionSerializer, responses=FeedbackSerializer)
    def patch(self, request: Request, slug: str, item_id: UUID) -> Response:
        """Say how it sounds to a person; the word list's judgement stays beside it."""
        sent = CorrectionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.correct_tone(
            organisation=self.client, item_id=item_id, tone=sent.validated_data["sounds"],
            user=self.inside.actor.user, now=timezone.now(),
        )  # fmt: skip
        return Response(FeedbackSerializer(item(item_id)).data)

    @extend_schema(operation_id="feedback_remove", responses={204: None})
    def delete(self, request: Request, slug: str, item_id: UUID) -> Response:
        """Take it out for good."""
        services.remove_item(organisation=self.client, item_id=item_id)
        return Response(status=204)


# ── themes ───────────────────────────────────────────────────────────────────────────────────────────────────


class Themes(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.ANSWER}

    @extend_schema(operation_id="themes_list", responses=ThemeSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Themes in force, by number."""
        self.client_only()
        return Response(ThemeSerializer(themes(), many=True).data)

    @extend_schema(operation_id="theme_add", request=NewThemeSerializer, responses={201: ThemeSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Define a theme; all feedback is looked through for it in the background."""
        sent = NewThemeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = services.add_theme(
            organisation=self.client, user=self.inside.actor.user, now=timezone.now(), **sent.validated_data
        )
        return Response(ThemeSerializer(theme(made.number)).data, status=201)


class OneTheme(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PATCH": Permission.ANSWER,
        "DELETE": Permission.ANSWER,
    }

    @extend_schema(operation_id="theme", responses=ThemeSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One theme in force."""
        self.client_only()
        return Response(ThemeSerializer(theme(number)).data)

    @extend_schema(operation_id="theme_change", request=ChangedThemeSerializer, responses=ThemeSerializer)
    def patch(self, request: Request, slug: str, number: int) -> Response:
        """Call or find it otherwise, or say what became of it."""
        organisation, line = self.client, theme(number)
        sent = ChangedThemeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        changes, user, now = sent.validated_data, self.inside.actor.user, timezone.now()
        by: dict[str, Any] = {"organisation": organisation, "number": number, "user": user, "now": now}
        words = {"name": changes.get("name", line.name), "phrases": changes.get("phrases", line.phrases)}
        services.change_theme(**by, **words)
        services.set_state(
            **by, state=changes.get("state", line.state), note=changes.get("state_note", line.state_note)
        )
        return Response(ThemeSerializer(theme(number)).data)

    @extend_schema(operation_id="theme_remove", responses={204: None})
    def delete(self, request: Request, slug: str, number: int) -> Response:
        """Take it away: feedback is not counted under it any more."""
        services.archive_theme(organisation=self.client, number=number, now=timezone.now())
        return Response(status=204)


class ThemeCountsOf(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="theme_counts", parameters=[ThemeCountsQuery], responses=ThemeCountsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Feedback by theme, how it sounds and month; the most frequent theme first."""
        organisation = self.client
        query = ThemeCountsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        today, asked = organisation.today(timezone.now()), query.validated_data
        first, last = asked["first_day"] or first_month(today), asked["last_day"] or today
        return Response(
            ThemeCountsSerializer(
                theme_counts(organisation=organisation, first_day=first, last_day=last, segment=asked["segment"])
            ).data
        )
