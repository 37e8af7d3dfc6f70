"""The API of validity checks: the list, one, asking for one, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.insights.api import ClientAPI
from engagement.insights.selectors.limited import keys_within
from engagement.validity import selectors
from engagement.validity.serializers import (
    CheckFoundSerializer,
    CheckSerializer,
    NewOutcomeSerializer,
    OutcomeSerializer,
)
from engagement.validity.services.asking import ask_check
from engagement.validity.services.outcomes import set_outcome
from tenants.permissions import Permission


class ValidityAPI(ClientAPI):
    """A limited membership reads of its own segments."""

    honours_limits = True

    def asked(self) -> dict[str, Any]:
        """As selectors take it."""
        keys = keys_within(self.inside.reach.limit)
        return {"organisation": self.client, "now": timezone.now(), "keys": keys}


class Checks(ValidityAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "POST": Permission.RUN_SCORES}

    @extend_schema(operation_id="validity_list", responses=CheckSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The latest 50 checks, newest first, those on their way too."""
        return Response(CheckSerializer(selectors.checks(**self.asked()), many=True).data)

    @extend_schema(operation_id="validity_ask", request=None, responses={201: CheckFoundSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Ask for a check of the outcome in force; the one that waits for the same."""
        asked = self.asked()
        made = ask_check(organisation=asked["organisation"], user=self.inside.actor.user, now=asked["now"])
        return Response(CheckFoundSerializer(selectors.one_check(number=made.number, **asked)).data, status=201)


class OneCheck(ValidityAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}

    @extend_schema(operation_id="validity_check", responses=CheckFoundSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One check with all that it found."""
        return Response(CheckFoundSerializer(selectors.one_check(number=number, **self.asked())).data)


class OutcomeAPI(ValidityAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "PUT": Permission.RUN_SCORES}

    @extend_schema(operation_id="validity_outcome", responses=OutcomeSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What scores are held against; 404 before it is set."""
        self.client_only()
        return self._answer()

    @extend_schema(operation_id="validity_outcome_set", request=NewOutcomeSerializer, responses=OutcomeSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Put another outcome in force; checks keep the one they were made with."""
        sent = NewOutcomeSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        set_outcome(organisation=self.client, user=self.inside.actor.user, now=timezone.now(), **sent.said())
        return self._answer()

    def _answer(self) -> Response:
        outcome = selectors.outcome_in_force()
        if outcome is None:
            raise NotFoundError
        return Response(OutcomeSerializer(outcome).data)
