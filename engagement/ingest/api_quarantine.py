"""The API of the quarantine: what could not be used by reason, sent again or discarded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.ingest import services
from engagement.ingest.selectors import quarantine
from engagement.ingest.services.fixing import FIELD_LIMIT, Fix, FixKind
from engagement.ingest.services.quarantine import MESSAGE_LIMIT
from tenants.api import OrganisationAPI
from tenants.permissions import Permission


class RejectedFilterSerializer(serializers.Serializer[Any]):
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, default="", help_text="“files”, or the id of a write key or a connection."
    )
    days = serializers.ChoiceField(choices=quarantine.DAYS, required=False, help_text="Received in the last days only.")


class RejectedGroupSerializer(serializers.Serializer[Any]):
    """Everything that was rejected for one reason."""

    code = serializers.CharField()
    waiting = serializers.IntegerField()
    replayed = serializers.IntegerField()
    discarded = serializers.IntegerField()
    again = serializers.IntegerField(help_text="Of those that wait: sent again before, and rejected once more.")
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    reason = serializers.CharField(help_text="Of the latest one.")
    remedy = serializers.CharField()
    example = serializers.CharField(help_text="The beginning of the latest one, as it came.")
    sources = serializers.ListField(
        child=serializers.CharField(), help_text="Names of write keys, files and connections."
    )


class ReplaySerializer(serializers.Serializer[Any]):
    fix = serializers.ChoiceField(
        choices=FixKind.ALL, required=False, default=FixKind.AS_IT_CAME, help_text="What to put right in each message."
    )
    field = serializers.CharField(max_length=FIELD_LIMIT, required=False, default="", allow_blank=True)
    to = serializers.CharField(max_length=FIELD_LIMIT, required=False, default="", allow_blank=True)
    expected = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="Send just so many, or none."
    )
    id = serializers.UUIDField(required=False, help_text="One row alone, with the message that takes its place.")
    message = serializers.CharField(max_length=MESSAGE_LIMIT, required=False, help_text="JSON, as text.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("id" in attrs) != ("message" in attrs):
            raise serializers.ValidationError({"message": ["Send id and message together, or neither."]})
        return attrs


class ReplayedSerializer(serializers.Serializer[Any]):
    rows = serializers.IntegerField(help_text="Sent again now: at most a thousand at once.")
    batches = serializers.IntegerField()
    files = serializers.IntegerField(help_text="Rows of files are sent as files, each an import of its own.")
    left = serializers.IntegerField(help_text="Looked at and left waiting: the change does not fit them.")


class DiscardedSerializer(serializers.Serializer[Any]):
    rows = serializers.IntegerField()


class Rejected(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.IMPORT_DATA}

    @extend_schema(
        operation_id="rejected_list",
        parameters=[RejectedFilterSerializer],
        responses=RejectedGroupSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """What could not be used, by reason, those with most waiting first."""
        asked = RejectedFilterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        source = asked.validated_data["source"]
        who: dict[str, Any] = {"organisation": self.organisation, "reach": self.inside.reach}
        known = {"", "files", *(one.id for one in quarantine.source_choices(**who))}
        if source not in known:
            raise serializers.ValidationError({"source": ["There is no such source."]})
        among = quarantine.Among(source=source, days=asked.validated_data.get("days", 0))
        found = quarantine.groups(**who, among=among, now=timezone.now())
        return Response(RejectedGroupSerializer(found, many=True).data)


class RejectedReplay(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.IMPORT_DATA}

    @extend_schema(operation_id="rejected_replay", request=ReplaySerializer, responses={202: ReplayedSerializer})
    def post(self, request: Request, slug: str, code: str) -> Response:
        """Send what waits for one reason again, as it came or with one change; or one row, written anew."""
        sent = ReplaySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said, now = sent.validated_data, timezone.now()
        quarantine.check_group(organisation=self.organisation, code=code)
        if "id" in said:
            one = {"row_id": said["id"], "message": said["message"], "code": code}
            services.replay_one(organisation=self.organisation, **one, now=now)
            return Response({"rows": 1, "batches": 1, "files": 0, "left": 0}, status=202)
        fix = Fix(kind=said["fix"], field=said["field"], to=said["to"])
        done = services.replay_group(
            organisation=self.organisation, code=code, fix=fix, now=now, user=self.inside.actor.user,
            expected=said.get("expected"),
        )  # fmt: skip
        return Response(ReplayedSerializer(done).data, status=202)


class RejectedDiscard(OrganisationAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"POST": Permission.IMPORT_DATA}

    @extend_schema(operation_id="rejected_discard", request=None, responses=DiscardedSerializer)
    def post(self, request: Request, slug: str, code: str) -> Response:
        """Say that nothing will become of what waits for one reason."""
        quarantine.check_group(organisation=self.organisation, code=code)
        n = services.discard_rejected(organisation=self.organisation, code=code, now=timezone.now())
        return Response({"rows": n})
