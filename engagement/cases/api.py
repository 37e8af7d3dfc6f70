"""The API of findings, steps and read-outs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.cases import selectors, services
from engagement.cases.serializers import (
    AnsweredReadOutSerializer,
    AskedReadOutSerializer,
    ChangedFindingSerializer,
    ChangedStepSerializer,
    FindingSerializer,
    MoveSerializer,
    NewFindingSerializer,
    NewStepSerializer,
    ReadOutSerializer,
    StepSerializer,
)
from engagement.cases.services.asking import ask_read_out
from engagement.cases.types import FindingLine, FindingWords, Origin, StepLine, StepWords
from engagement.errors import InvalidInputError
from engagement.insights.api import ClientAPI
from engagement.insights.people import owner_of
from engagement.insights.selectors.limited import keys_within
from tenants.permissions import Permission

Sent = dict[str, Any]


class CasesAPI(ClientAPI):
    """What was seen and done: a membership limited to segments reads about its own."""

    honours_limits = True

    @property
    def keys(self) -> tuple[str, ...] | None:
        return keys_within(self.inside.reach.limit)

    @property
    def acting(self) -> Sent:
        """Who writes, where and when."""
        return {"organisation": self.client, "user": self.inside.actor.user, "now": timezone.now()}


class Findings(CasesAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "POST": Permission.EDIT_CASES}

    @extend_schema(operation_id="findings_list", responses=FindingSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The latest findings: open ones first, then those with a step, then closed ones."""
        self.client_only()
        return Response(FindingSerializer(selectors.findings(keys=self.keys), many=True).data)

    @extend_schema(operation_id="finding_record", request=NewFindingSerializer, responses={201: FindingSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Record what was seen; one of the same origin and key is given back as it stands."""
        sent = NewFindingSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said: Sent = dict(sent.validated_data)
        origin = Origin(said.pop("origin"), said.pop("origin_key"))
        words = FindingWords(segment_key=said.pop("segment"), **said)
        made = services.record_finding(words=words, origin=origin, **self.acting)
        return Response(FindingSerializer(selectors.finding(finding_id=made.pk)).data, status=201)


class OneFinding(CasesAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "PATCH": Permission.EDIT_CASES}

    @extend_schema(operation_id="finding", responses=FindingSerializer)
    def get(self, request: Request, slug: str, finding_id: UUID) -> Response:
        """One finding."""
        self.client_only()
        return Response(FindingSerializer(selectors.finding(finding_id=finding_id, keys=self.keys)).data)

    @extend_schema(operation_id="finding_change", request=ChangedFindingSerializer, responses=FindingSerializer)
    def patch(self, request: Request, slug: str, finding_id: UUID) -> Response:
        """Say a finding otherwise, close it, or open it again."""
        acting, former = self.acting, selectors.finding(finding_id=finding_id)
        sent = ChangedFindingSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said: Sent = {**acting, "finding_id": finding_id}
        changes: Sent = dict(sent.validated_data)
        state, because = changes.pop("state", None), changes.pop("because", "")
        if state == "open":
            services.reopen_finding(**said)
        if changes:
            services.change_finding(words=_finding(former, changes), **said)
        if state == "closed":
            services.close_finding(because=because, **said)
        return Response(FindingSerializer(selectors.finding(finding_id=finding_id)).data)


def _finding(former: FindingLine, changes: Sent) -> FindingWords:
    names = ("title", "words", "first_day", "last_day", "severity")
    said = {name: changes.get(name, getattr(former, name)) for name in names}
    return FindingWords(segment_key=changes.get("segment", former.segment_key), **said)


class Steps(CasesAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "POST": Permission.EDIT_CASES}

    @extend_schema(operation_id="steps_list", responses=StepSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The latest steps: what runs first, then what waits to be read out."""
        self.client_only()
        return Response(StepSerializer(selectors.initiatives(keys=self.keys), many=True).data)

    @extend_schema(operation_id="step_plan", request=NewStepSerializer, responses={201: StepSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Plan a step."""
        acting, sent = self.acting, NewStepSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        words = StepWords(**_words(dict(sent.validated_data), user=acting["user"]))
        made = services.plan_initiative(words=words, **acting)
        return Response(StepSerializer(selectors.initiative(initiative_id=made.pk)).data, status=201)


class OneStep(CasesAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "PATCH": Permission.EDIT_CASES}

    @extend_schema(operation_id="step", responses=StepSerializer)
    def get(self, request: Request, slug: str, step_id: UUID) -> Response:
        """One step, with what was changed of it."""
        self.client_only()
        return Response(StepSerializer(selectors.initiative(initiative_id=step_id, keys=self.keys)).data)

    @extend_schema(operation_id="step_change", request=ChangedStepSerializer, responses=StepSerializer)
    def patch(self, request: Request, slug: str, step_id: UUID) -> Response:
        """Say a step otherwise; what changes after the start is shown as that."""
        acting, former = self.acting, selectors.initiative(initiative_id=step_id)
        sent = ChangedStepSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        words = StepWords(**{**_kept(former), **_words(dict(sent.validated_data), user=acting["user"])})
        services.change_initiative(initiative_id=step_id, words=words, **acting)
        return Response(StepSerializer(selectors.initiative(initiative_id=step_id)).data)


def _words(sent: Sent, *, user: Any) -> Sent:
    """What was sent of a step, by the names of its words."""
    renamed = {"segment": "segment_key", "action": "action_key"}
    others = {name: value for name, value in sent.items() if name not in {"owner", "compared", "findings"}}
    said = {renamed.get(name, name): value for name, value in others.items()}
    if "owner" in sent:
        owner = owner_of(email=sent["owner"], user=user)
        said["owner_id"] = owner.pk if owner else None
    if "compared" in sent:
        said["compared_keys"] = tuple(sent["compared"])
    if "findings" in sent:
        said["finding_ids"] = tuple(sent["findings"])
    return said


def _kept(step: StepLine) -> Sent:
    """A step as it stands, by the names of its words."""
    names = (
        "title", "lever", "words", "segment_key", "first_day", "last_day", "baseline_first", "baseline_last",
        "expected", "expected_by", "money_note", "owner_id", "comparison", "measure", "action_key", "read_out_on",
    )  # fmt: skip
    said: Sent = {name: getattr(step, name) for name in names}
    said["cost"], said["money_back"] = _in_full(step.cost_minor), _in_full(step.return_minor)
    said["compared_keys"] = tuple(key for key, _named in step.compared)
    said["finding_ids"] = tuple(one.id for one in step.findings)
    return said


def _in_full(minor: int | None) -> Decimal | None:
    return None if minor is None else Decimal(minor) / 100


class StepState(CasesAPI):
    honours_limits = False
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.EDIT_CASES}

    @extend_schema(operation_id="step_move", request=MoveSerializer, responses=StepSerializer)
    def post(self, request: Request, slug: str, step_id: UUID) -> Response:
        """Start, end or stop a step."""
        sent = MoveSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said: Sent = {**self.acting, "initiative_id": step_id}
        to, asked = sent.validated_data["to"], sent.validated_data
        if to == "running":
            services.start_initiative(**said)
        elif to == "stopped":
            services.stop_initiative(because=asked["because"], **said)
        elif "last_day" in asked:
            services.end_initiative(last_day=asked["last_day"], **said)
        else:
            raise InvalidInputError(fields={"last_day": [_("Say the last day.")]})
        return Response(StepSerializer(selectors.initiative(initiative_id=step_id)).data)


class ReadOuts(ClientAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "POST": Permission.EDIT_CASES}

    @extend_schema(operation_id="read_outs", responses=ReadOutSerializer(many=True))
    def get(self, request: Request, slug: str, step_id: UUID) -> Response:
        """All read-outs of a step, the latest first."""
        self.client_only()
        selectors.initiative(initiative_id=step_id)
        return Response(ReadOutSerializer(selectors.read_outs(initiative_id=step_id), many=True).data)

    @extend_schema(
        operation_id="read_out_ask", request=AskedReadOutSerializer, responses={201: AnsweredReadOutSerializer}
    )
    def post(self, request: Request, slug: str, step_id: UUID) -> Response:
        """Read a step out: at once, or by a worker where there are many customers."""
        sent = AskedReadOutSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = ask_read_out(
            organisation=self.client, initiative_id=step_id, as_of=sent.validated_data.get("as_of"),
            user=self.inside.actor.user, now=timezone.now(),
        )  # fmt: skip
        found = None if made is None else selectors.read_out(initiative_id=step_id, number=made.number)
        return Response(AnsweredReadOutSerializer({"read_out": found}).data, status=201)
