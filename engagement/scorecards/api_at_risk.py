"""The API of customers at risk: the list, the rule, outreach and what became of it."""

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
from engagement.insights.risk_types import OutreachLine
from engagement.insights.selectors import at_risk as reads
from engagement.insights.selectors.outreach import one_outreach, outreach_lines
from engagement.insights.services import at_risk as services
from engagement.insights.services.at_risk import Contact
from engagement.scorecards.serializers_at_risk import (
    BecameSerializer,
    ContactSerializer,
    FallRuleSerializer,
    NewFallRuleSerializer,
    NewOutreachSerializer,
    OutreachSerializer,
    RiskPageSerializer,
    RiskQuery,
)
from tenants.models import User
from tenants.permissions import Permission


class AtRisk(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="at_risk", parameters=[RiskQuery], responses=RiskPageSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Who fell against their own baseline, by state, owner and segment."""
        query = RiskQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = reads.at_risk(organisation=self.client, now=timezone.now(), **query.asked())
        return Response(RiskPageSerializer(found).data)


class Rule(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "PUT": Permission.RECORD_OUTREACH}

    @extend_schema(operation_id="at_risk_rule", responses=FallRuleSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The rule that holds."""
        self.client_only()
        return Response(FallRuleSerializer(reads.fall_rule()).data)

    @extend_schema(operation_id="at_risk_rule_set", request=NewFallRuleSerializer, responses=FallRuleSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Put another rule in force; the former is kept."""
        sent = NewFallRuleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.set_fall_rule(
            organisation=self.client, user=self.inside.actor.user, now=timezone.now(), **sent.validated_data
        )
        return Response(FallRuleSerializer(reads.fall_rule()).data)


class OutreachAPI(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "POST": Permission.RECORD_OUTREACH}

    @extend_schema(operation_id="outreach_became", responses=BecameSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What became of outreach at least 30 days old, beside those whom nobody contacted; zeros before that."""
        became = reads.became(organisation=self.client, now=timezone.now())
        outcomes = {outcome or "open": n for outcome, n in became.outcomes} if became else {}
        none = {"of": 0, "back": None, "share": None, "low": None, "high": None}
        return Response(
            BecameSerializer(
                {
                    "contacted": became.contacted if became else none,
                    "others": became.others if became else none,
                    "not_comparable": became.not_comparable if became else 0,
                    "outcomes": outcomes,
                }
            ).data
        )

    @extend_schema(
        operation_id="outreach_note",
        request=NewOutreachSerializer,
        responses={201: OutreachSerializer(many=True)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Note about customers who minds them, or how somebody got in touch."""
        sent = NewOutreachSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said, user = dict(sent.validated_data), self.inside.actor.user
        made = services.take_up(
            organisation=self.client,
            numbers=said.pop("customers"),
            contact=_contact(said, user),
            user=user,
            now=timezone.now(),
        )
        return Response(OutreachSerializer(outreach_lines(keys=[one.pk for one in made]), many=True).data, status=201)


def _contact(said: Mapping[str, Any], user: User | None, *, former: OutreachLine | None = None) -> Contact:
    """What was sent, and of an outreach that is there what was not."""
    names = ("how", "contacted_on", "note", "return_on")
    kept = {name: getattr(former, name) for name in names} if former else {}
    owner = said.get("owner", former.owner_email if former else None)
    rest = {name: value for name, value in said.items() if name != "owner"}
    return Contact(owner=owner_of(email=owner, user=user), **{**kept, **rest})


class OneOutreach(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "PATCH": Permission.RECORD_OUTREACH}

    @extend_schema(operation_id="outreach", responses=OutreachSerializer)
    def get(self, request: Request, slug: str, outreach_id: UUID) -> Response:
        """One outreach."""
        self.client_only()
        return Response(OutreachSerializer(one_outreach(outreach_id=outreach_id)).data)

    @extend_schema(operation_id="outreach_change", request=ContactSerializer, responses=OutreachSerializer)
    def patch(self, request: Request, slug: str, outreach_id: UUID) -> Response:
        """Change an open outreach; an outcome closes it."""
        user, former = self.inside.actor.user, one_outreach(outreach_id=outreach_id)
        sent = ContactSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.change_outreach(
            organisation=self.client,
            outreach_id=outreach_id,
            contact=_contact(sent.validated_data, user, former=former),
            user=user,
            now=timezone.now(),
        )
        return Response(OutreachSerializer(one_outreach(outreach_id=outreach_id)).data)
