"""The API of rounds: a firm's round, a client in it, approving and taking back, who gets its reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.insights.api import ClientAPI
from engagement.rounds.calendars import month_code
from engagement.rounds.selectors.rounds import client_round, recipients
from engagement.rounds.serializers import (
    ApprovalSerializer,
    NewRecipientSerializer,
    RecipientSerializer,
    RoundSerializer,
    RoundStandingSerializer,
    standing_json,
)
from engagement.rounds.services.approving import When, approve, take_back
from engagement.rounds.services.recipients import add_recipient, remove_recipient
from engagement.rounds.views import clients_in, month_of
from tenants.api import OrganisationAPI
from tenants.permissions import Permission

_WRITE = Permission.WRITE_REPORTS
_MONTH = OpenApiParameter("month", str, description="A month such as 2026-02; by default the last finished one.")


class Round(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": _WRITE}

    @extend_schema(operation_id="round_of_firm", parameters=[_MONTH], responses=RoundSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Every client of the firm in the round of a month; not found at a client."""
        now = timezone.now()
        last_day = month_of(self.inside, now)
        found = [standing_json(one) for one in clients_in(self.inside, last_day, now)]
        return Response(RoundSerializer({"month": month_code(last_day), "clients": found}).data)


class ClientRoundAPI(ClientAPI):
    """About the client of the address in the round of a month."""

    def asked(self) -> tuple[date, Any]:
        """The month's last day, and where the client stands."""
        now = timezone.now()
        last_day = month_of(self.inside, now)
        said: dict[str, Any] = {"actor": self.inside.actor, "organisation": self.client, "now": now}
        return last_day, client_round(last_day=last_day, **said)

    def answer(self, *, status: int = 200) -> Response:
        return Response(RoundStandingSerializer(standing_json(self.asked()[1])).data, status=status)


class ClientRound(ClientRoundAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": _WRITE}

    @extend_schema(operation_id="round_of_client", parameters=[_MONTH], responses=RoundStandingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Where the client stands in the round of a month."""
        return self.answer()


class Approval(ClientRoundAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": _WRITE, "DELETE": _WRITE}

    @extend_schema(
        operation_id="round_approve", parameters=[_MONTH], request=ApprovalSerializer,
        responses={201: RoundStandingSerializer},
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Freeze the draft and put a mail to each recipient into the outbox; a token of a person is needed."""
        sent = ApprovalSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said, (last_day, found) = sent.validated_data, self.asked()
        approve(
            organisation=self.client, last_day=last_day, user=self.inside.actor.user, goes_on=said.pop("goes_on"),
            when=When(**said), times=found.times, now=timezone.now(),
        )  # fmt: skip
        return self.answer(status=201)

    @extend_schema(
        operation_id="round_take_back", parameters=[_MONTH], request=None, responses={200: RoundStandingSerializer}
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Withdraw every mail that was not handed over yet."""
        organisation, now = self.client, timezone.now()
        take_back(organisation=organisation, last_day=month_of(self.inside, now), now=now)
        return self.answer()


class Recipients(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": _WRITE, "POST": _WRITE}

    @extend_schema(operation_id="recipients_list", responses=RecipientSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Who gets the client's reports."""
        assert self.client
        return Response(RecipientSerializer(recipients(), many=True).data)

    @extend_schema(operation_id="recipient_add", request=NewRecipientSerializer, responses={201: RecipientSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Put an address on the list."""
        sent = NewRecipientSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = add_recipient(
            organisation=self.client, user=self.inside.actor.user, now=timezone.now(), **sent.validated_data
        )
        return Response(RecipientSerializer(made).data, status=201)


class OneRecipient(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"DELETE": _WRITE}

    @extend_schema(operation_id="recipient_remove", responses={204: None})
    def delete(self, request: Request, slug: str, recipient_id: UUID) -> Response:
        """Take an address off the list; what waits for it is not sent."""
        remove_recipient(organisation=self.client, recipient_id=recipient_id)
        return Response(status=204)
