"""The API of what stands beside the score: figures, settings, money, survey answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.companions import services
from engagement.companions.selectors import (
    companion_figures,
    contradictions,
    current_setting,
    known_months,
    money_lines,
    proposed,
)
from engagement.companions.serializers import (
    CompanionsQuery,
    CompanionsSerializer,
    KeptSerializer,
    MeasuringSerializer,
    MoneySerializer,
    NewMoneySerializer,
    SentAnswerSerializer,
    SentAnswersSerializer,
    SettingsSerializer,
)
from engagement.companions.services.answers import BadAnswer, Kept, SentAnswer
from engagement.companions.types import Measuring
from engagement.insights.api import ClientAPI
from engagement.insights.selectors.limited import check_key, keys_within
from engagement.insights.selectors.segments import segment_named
from tenants.permissions import Permission


class Companions(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}
    honours_limits = True

    @extend_schema(operation_id="companions", parameters=[CompanionsQuery], responses=CompanionsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What stands beside the score of a segment, by month, and what moved against the score last."""
        query = CompanionsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        key, organisation, setting = query.validated_data["segment"], self.client, current_setting()
        check_key(key, keys=keys_within(self.inside.reach.limit))
        segment_named(key)
        months = sorted(known_months()[: query.validated_data["months"]])
        found = companion_figures(organisation=organisation, segment_key=key, months=months)
        answer = {
            "settings": setting.number if setting else None,
            "currency": organisation.currency,
            "figures": [one for month in months for one in found.get(month, {}).values()],
            "contradictions": contradictions(organisation=organisation, now=timezone.now(), segment_keys=[key]),
        }
        return Response(CompanionsSerializer(answer).data)


class Settings(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "PUT": Permission.EDIT_ACTIONS}

    @extend_schema(operation_id="companion_settings", responses=SettingsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How companions are measured; number 0 is a proposal from the organisation's actions."""
        return Response(SettingsSerializer(_settings(self)).data)

    @extend_schema(operation_id="companion_settings_set", request=MeasuringSerializer, responses=SettingsSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Say how companions are measured from now on; a new version, and the figures are computed anew."""
        sent = MeasuringSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(sent.validated_data)
        measuring = Measuring(**{**data, "purchases": tuple(data["purchases"])})
        services.set_measuring(
            organisation=self.client, measuring=measuring, user=self.inside.actor.user, now=timezone.now()
        )
        return Response(SettingsSerializer(_settings(self)).data)


def _settings(api: ClientAPI) -> dict[str, object]:
    setting = current_setting()
    if setting is None:
        return {"number": 0, "set_at": None, "measuring": proposed(organisation=api.client).to_json()}
    return {"number": setting.number, "set_at": setting.set_at, "measuring": setting.measuring.to_json()}


class Money(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_ACTIONS}

    @extend_schema(operation_id="companion_money", responses=MoneySerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Costs and other revenue by month, as they hold; the latest month first."""
        self.client_only()
        return Response(MoneySerializer(money_lines(), many=True).data)

    @extend_schema(
        operation_id="companion_money_enter", request=NewMoneySerializer, responses={201: MoneySerializer(many=True)}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Enter an amount of a month; the answer is what holds for that month."""
        sent = NewMoneySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        entry: dict[str, Any] = dict(sent.validated_data)
        row = services.enter_money(
            organisation=self.client, segment_key=entry.pop("segment"), user=self.inside.actor.user,
            now=timezone.now(), **entry,
        )  # fmt: skip
        lines = [line for line in money_lines() if line.month == row.month]
        return Response(MoneySerializer(lines, many=True).data, status=201)


class Answers(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.IMPORT_DATA}

    @extend_schema(operation_id="survey_answers_add", request=SentAnswersSerializer, responses={200: KeptSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Keep survey answers, each key once: the good are kept, the bad named. Figures follow in the background."""
        sent, organisation, now = SentAnswersSerializer(data=request.data), self.client, timezone.now()
        sent.is_valid(raise_exception=True)
        places, answers, bad = _read(sent.validated_data["answers"])
        setting = current_setting()
        kept = services.add_answers(
            organisation=organisation, source="api", answers=answers, now=now,
            csat_top=(setting.measuring if setting else Measuring()).csat_top,
        )  # fmt: skip
        services.ask_for_figures(organisation=organisation, user=self.inside.actor.user, now=now)
        bad += [BadAnswer(places[one.position], one.reason) for one in kept.bad]
        said = Kept(kept.kept, kept.known, tuple(sorted(bad, key=lambda one: one.position)))
        return Response(KeptSerializer(said).data)


def _read(sent: list[dict[str, Any]]) -> tuple[list[int], list[SentAnswer], list[BadAnswer]]:
    """The places of those that have the right shape, these, and the others with what is wrong."""
    places, answers, bad = [], [], []
    for at, one in enumerate(sent):
        read = SentAnswerSerializer(data=one)
        if read.is_valid():
            places.append(at)
            answers.append(SentAnswer(**read.validated_data))
        else:
            name, texts = next(iter(read.errors.items()))
            bad.append(BadAnswer(at, f"{name}: {texts[0]}"))
    return places, answers, bad
