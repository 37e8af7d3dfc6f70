"""The API of tests with arms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.cases.experiment_types import TrialLine, TrialWords
from engagement.cases.selectors import experiments as reads
from engagement.cases.serializers_experiments import (
    AnsweredTrialReadOutSerializer,
    NewTrialSerializer,
    TrialMoveSerializer,
    TrialReadOutSerializer,
    TrialSerializer,
)
from engagement.cases.services import experiments as writes
from engagement.cases.services.experiment_read_outs import ask_trial_read_out
from engagement.insights.api import ClientAPI
from tenants.permissions import Permission


class TrialAPI(ClientAPI):
    """Tests count over everybody, so a limited membership reads none."""

    @property
    def acting(self) -> dict[str, Any]:
        """Who writes, where and when."""
        return {"organisation": self.client, "user": self.inside.actor.user, "now": timezone.now()}

    def line(self, experiment_id: UUID) -> TrialLine:
        today = self.client.today(timezone.now())
        return reads.experiment(experiment_id=experiment_id, today=today)


class Trials(TrialAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "POST": Permission.EDIT_CASES}

    @extend_schema(operation_id="tests_list", responses=TrialSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """All tests: what runs first."""
        found = reads.experiments(today=self.client.today(timezone.now()))
        return Response(TrialSerializer(found, many=True).data)

    @extend_schema(operation_id="test_plan", request=NewTrialSerializer, responses={201: TrialSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Plan a test."""
        sent = NewTrialSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said: dict[str, Any] = dict(sent.validated_data)
        arms = tuple((arm["value"], arm["share_thousandths"]) for arm in said.pop("arms"))
        words = TrialWords(arms=arms, action_key=said.pop("action"), **said)
        made = writes.plan_experiment(words=words, **self.acting)
        return Response(TrialSerializer(self.line(made.pk)).data, status=201)


class OneTrial(TrialAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}

    @extend_schema(operation_id="test", responses=TrialSerializer)
    def get(self, request: Request, slug: str, experiment_id: UUID) -> Response:
        """One test."""
        return Response(TrialSerializer(self.line(experiment_id)).data)


class TrialState(TrialAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.EDIT_CASES}

    @extend_schema(operation_id="test_move", request=TrialMoveSerializer, responses=TrialSerializer)
    def post(self, request: Request, slug: str, experiment_id: UUID) -> Response:
        """Start or stop a test."""
        sent = TrialMoveSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said = {**self.acting, "experiment_id": experiment_id}
        if sent.validated_data["to"] == "running":
            writes.start_experiment(**said)
        else:
            writes.stop_experiment(because=sent.validated_data["because"], **said)
        return Response(TrialSerializer(self.line(experiment_id)).data)


class TrialReadOuts(TrialAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "POST": Permission.EDIT_CASES}

    @extend_schema(operation_id="test_read_outs", responses=TrialReadOutSerializer(many=True))
    def get(self, request: Request, slug: str, experiment_id: UUID) -> Response:
        """All read-outs of a test, the latest first; look at `doubts` before anything else."""
        self.line(experiment_id)
        return Response(TrialReadOutSerializer(reads.trial_read_outs(experiment_id=experiment_id), many=True).data)

    @extend_schema(operation_id="test_read_out_ask", request=None, responses={201: AnsweredTrialReadOutSerializer})
    def post(self, request: Request, slug: str, experiment_id: UUID) -> Response:
        """Read a test out: at once, or by a worker where there are many customers."""
        made = ask_trial_read_out(experiment_id=experiment_id, **self.acting)
        found = None if made is None else reads.trial_read_outs(experiment_id=experiment_id)[0]
        return Response(AnsweredTrialReadOutSerializer({"read_out": found}).data, status=201)
