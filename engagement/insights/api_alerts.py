"""The API of alerts: what rules found, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.insights.alert_types import AlertLine
from engagement.insights.alert_words import alert_sentence
from engagement.insights.api import ClientAPI
from engagement.insights.selectors import alerts as reads
from engagement.insights.serializers_alerts import AlertSerializer, AlertsQuery, HandledSerializer
from engagement.insights.services import alerts as services
from engagement.insights.terms import terms_of
from tenants.models import Organisation
from tenants.permissions import Permission


class Alerts(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="alerts_list", parameters=[AlertsQuery], responses=AlertSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Alerts that are not done with, the open first, or all; the latest 100, of one segment where it is named."""
        organisation, query = self.client, AlertsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = reads.alerts(only_open=asked["state"] == "open", segment_key=asked.get("segment"))
        return Response(AlertSerializer([_with_sentence(one, organisation) for one in found], many=True).data)


def _with_sentence(alert: AlertLine, organisation: Organisation) -> dict[str, Any]:
    names = ("id", "kind", "segment_key", "segment_name", "rule_number", "as_of", "run_number", "fired_at", "state",
             "note", "handled_by", "handled_at", "over_on", "facts")  # fmt: skip
    terms = terms_of(organisation=organisation, run=None)
    return {**{name: getattr(alert, name) for name in names}, "sentence": alert_sentence(alert, terms=terms)}


class OneAlert(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW, "PATCH": Permission.EDIT_ALERTS}

    @extend_schema(operation_id="alert", responses=AlertSerializer)
    def get(self, request: Request, slug: str, alert_id: UUID) -> Response:
        """One alert with its facts as they were."""
        return _answer(self.client, alert_id)

    @extend_schema(operation_id="alert_handle", request=HandledSerializer, responses=AlertSerializer)
    def patch(self, request: Request, slug: str, alert_id: UUID) -> Response:
        """Say what became of it; what is left out stays."""
        organisation, former, sent = self.client, reads.alert(alert_id=alert_id), HandledSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said = {"state": former.state, "note": former.note, **sent.validated_data}
        services.handle_alert(
            organisation=organisation, alert_id=alert_id, user=self.inside.actor.user, now=timezone.now(), **said
        )
        return _answer(organisation, alert_id)


def _answer(organisation: Organisation, alert_id: UUID) -> Response:
    return Response(AlertSerializer(_with_sentence(reads.alert(alert_id=alert_id), organisation)).data)
