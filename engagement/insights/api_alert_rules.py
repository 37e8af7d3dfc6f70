"""The API of the rules that find alerts: listed, set, changed, muted, ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.insights.alert_types import RuleLine, RuleWords
from engagement.insights.alert_words import rule_sentence
from engagement.insights.api import ClientAPI
from engagement.insights.people import people_of
from engagement.insights.selectors import alerts as reads
from engagement.insights.serializers_alerts import (
    AlertRuleSerializer,
    ChangedAlertRuleSerializer,
    MutedSerializer,
    NewAlertRuleSerializer,
)
from engagement.insights.services import alert_rules as services
from engagement.insights.terms import Terms, terms_of
from tenants.models import Organisation, User
from tenants.permissions import Permission


class AlertRules(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.EDIT_ALERTS}

    @extend_schema(operation_id="alert_rules_list", responses=AlertRuleSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The rules in force, in the order they were set."""
        return _all(self.client)

    @extend_schema(operation_id="alert_rule_set", request=NewAlertRuleSerializer, responses={201: AlertRuleSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Put a rule in force; the next run is held against it."""
        organisation, user, sent = self.client, self.inside.actor.user, NewAlertRuleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        words = RuleWords(**_said(sent.validated_data, user=user))
        made = services.add_rule(organisation=organisation, words=words, user=user, now=timezone.now())
        return _answer(organisation, made.pk, status=201)


def _said(sent: Mapping[str, Any], *, user: User | None, kept: Collection[UUID] = ()) -> dict[str, Any]:
    """What was sent, as a rule says it: lists are tuples, and people are known by id."""
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()}
    return said | ({"people": people_of(emails=said["people"], user=user, kept=kept)} if "people" in said else {})


def _all(organisation: Organisation, *, status: int = 200) -> Response:
    terms = terms_of(organisation=organisation, run=None)
    found = [_line(one, terms) for one in reads.rules()]
    return Response(AlertRuleSerializer(found, many=True).data, status=status)


def _answer(organisation: Organisation, rule_id: UUID, *, status: int = 200) -> Response:
    line = _line(reads.rule(rule_id=rule_id), terms_of(organisation=organisation, run=None))
    return Response(AlertRuleSerializer(line).data, status=status)


def _line(one: RuleLine, terms: Terms) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "version": one.version,
        "kind": one.words.kind,
        "period": one.words.period,
        "threshold": one.words.threshold,
        "segments": list(one.words.segment_keys),
        "roles": list(one.words.roles),
        "people": list(one.people_names),
        "by_webhook": one.words.by_webhook,
        "muted_until": one.muted_until,
        "sentence": rule_sentence(one, terms=terms),
        "set_by": one.set_by,
        "set_at": one.set_at,
    }


class UsualAlertRules(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.EDIT_ALERTS}

    @extend_schema(operation_id="alert_rules_usual", request=None, responses={201: AlertRuleSerializer(many=True)})
    def post(self, request: Request, slug: str) -> Response:
        """Put the usual rules in force; 409 where there is a rule already."""
        organisation = self.client
        services.set_usual_rules(organisation=organisation, user=self.inside.actor.user, now=timezone.now())
        return _all(organisation, status=201)


class OneAlertRule(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW,
        "PATCH": Permission.EDIT_ALERTS,
        "DELETE": Permission.EDIT_ALERTS,
    }

    @extend_schema(operation_id="alert_rule", responses=AlertRuleSerializer)
    def get(self, request: Request, slug: str, rule_id: UUID) -> Response:
        """One rule in force."""
        return _answer(self.client, rule_id)

    @extend_schema(operation_id="alert_rule_change", request=ChangedAlertRuleSerializer, responses=AlertRuleSerializer)
    def patch(self, request: Request, slug: str, rule_id: UUID) -> Response:
        """Say a rule otherwise; its version rises, and a change that changes nothing is none."""
        organisation, user, former = self.client, self.inside.actor.user, reads.rule(rule_id=rule_id).words
        sent = ChangedAlertRuleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        words = replace(former, **_said(sent.validated_data, user=user, kept=former.people))
        services.change_rule(organisation=organisation, rule_id=rule_id, words=words, user=user, now=timezone.now())
        return _answer(organisation, rule_id)

    @extend_schema(operation_id="alert_rule_end", responses={204: None})
    def delete(self, request: Request, slug: str, rule_id: UUID) -> Response:
        """End a rule; what it found stays."""
        services.retire_rule(organisation=self.client, rule_id=rule_id, now=timezone.now())
        return Response(status=204)


class AlertRuleMute(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"PUT": Permission.EDIT_ALERTS}

    @extend_schema(operation_id="alert_rule_mute", request=MutedSerializer, responses=AlertRuleSerializer)
    def put(self, request: Request, slug: str, rule_id: UUID) -> Response:
        """Mute a rule until a day, or let it find again; its version stays."""
        organisation, sent = self.client, MutedSerializer(data=request.data)
        reads.rule(rule_id=rule_id)
        sent.is_valid(raise_exception=True)
        until = sent.validated_data["muted_until"]
        services.mute_rule(organisation=organisation, rule_id=rule_id, until=until, now=timezone.now())
        return _answer(organisation, rule_id)
