"""The API of rules for machine-like activity: drafted, published, and what they label left out or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.scoring.selectors.machines import machines
from engagement.scoring.serializers_machines import (
    LeftOutSerializer,
    MachineActSerializer,
    MachineReasonSerializer,
    MachinesSerializer,
)
from engagement.scoring.services import machines as services
from engagement.scoring.services.labelling import ask_labels
from tenants.api import OrganisationAPI
from tenants.permissions import Permission


class _Machines(OrganisationAPI):
    def _answer(self) -> Response:
        found = machines(organisation=self.organisation, now=timezone.now())
        return Response(MachinesSerializer(found).data)

    def _asked(self) -> dict[str, Any]:
        return {"organisation": self.organisation, "user": self.inside.actor.user, "now": timezone.now()}

    def _read(self, kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
        sent = kind(data=request.data)
        sent.is_valid(raise_exception=True)
        return dict(sent.validated_data)


class MachineRules(_Machines):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.EDIT_ACTIONS, "POST": Permission.EDIT_ACTIONS}

    @extend_schema(operation_id="machine_rules", responses=MachinesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The rules in force and the draft, and what is labelled of the last ninety days."""
        return self._answer()

    @extend_schema(operation_id="machine_rules_draft", request=MachineActSerializer, responses=MachinesSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Change the draft, which begins with the rules in force and does nothing; or label new events now."""
        said = self._read(MachineActSerializer, request)
        if said["act"] == "add":
            services.add_machine_rule(**self._asked(), rule=said["rule"])
        elif said["act"] == "remove":
            services.remove_machine_rule(**self._asked(), rule=said["rule"])
        elif said["act"] == "discard":
            services.discard_machine_draft(organisation=self.organisation)
        else:
            ask_labels(**self._asked())
        return self._answer()


class MachineRulesPublish(_Machines):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.PUBLISH_WEIGHTS}

    @extend_schema(operation_id="machine_rules_publish", request=MachineReasonSerializer, responses=MachinesSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Put the draft in force: a worker labels by it, and no score changes."""
        services.publish_machine_rules(**self._asked(), **self._read(MachineReasonSerializer, request))
        return self._answer()


class MachineRulesSwitch(_Machines):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.PUBLISH_WEIGHTS}

    @extend_schema(operation_id="machine_rules_leave_out", request=LeftOutSerializer, responses=MachinesSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """From the next scoring on leave out what the set in force labels, or count every event again."""
        services.leave_machines_out(**self._asked(), **self._read(LeftOutSerializer, request))
        return self._answer()
