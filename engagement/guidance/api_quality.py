"""The API of measurement quality: the grade, what the checks found, and living with a pitfall or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.guidance.pitfall_types import Quality
from engagement.guidance.pitfall_words import WORDS, found_text
from engagement.guidance.pitfalls import CHECKS, Grade, Outcome, Severity
from engagement.guidance.selectors.pitfalls import quality
from engagement.guidance.services.pitfalls import accept_pitfall, mind_pitfall
from engagement.insights.api import ClientAPI
from engagement.insights.serializers import Answer
from tenants.permissions import Permission

SEVERITIES = [one.name.lower() for one in Severity]


class AcceptanceSerializer(Answer):
    """Who has decided to live with it, and why."""

    reason = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class PitfallSerializer(Answer):
    """A pitfall that was found."""

    code = serializers.ChoiceField(choices=list(CHECKS))
    severity = serializers.ChoiceField(choices=SEVERITIES)
    title = serializers.CharField()
    found = serializers.CharField(help_text="What the client’s data shows, in a sentence.")
    numbers = serializers.DictField(child=serializers.CharField(), help_text="Whole numbers, or fractions as “a/b”.")
    names = serializers.ListField(child=serializers.CharField(), help_text="What it is about, 20 at most.")
    lever = serializers.CharField(help_text="What answers it.")
    accepted = AcceptanceSerializer(allow_null=True)


class QualitySerializer(Answer):
    """How good the measuring was when it was last looked at. Accepted pitfalls count in no grade."""

    grade = serializers.ChoiceField(choices=[one.value for one in Grade])
    day = serializers.DateField()
    run = serializers.IntegerField(source="run_number")
    checked_at = serializers.DateTimeField()
    pitfalls = PitfallSerializer(many=True)
    checks = serializers.DictField(child=serializers.ChoiceField(choices=[one.value for one in Outcome]))


class AcceptSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=280)


def _told(found: Quality) -> dict[str, Any]:
    pitfalls = [
        {
            "code": trip.code,
            "severity": trip.severity.name.lower(),
            "title": str(WORDS[trip.code].title),
            "found": found_text(trip),
            "numbers": trip.numbers,
            "names": trip.names,
            "lever": str(WORDS[trip.code].lever),
            "accepted": found.accepted.get(trip.code),
        }
        for trip in found.trips
    ]
    return {
        "grade": found.grade, "day": found.day, "run_number": found.run_number, "checked_at": found.checked_at,
        "pitfalls": pitfalls, "checks": found.outcomes,
    }  # fmt: skip


class QualityAPI(ClientAPI):
    def answer(self) -> Response:
        """How it stands now; raises NotFoundError before the first look."""
        found = quality(organisation=self.client)
        if found is None:
            raise NotFoundError(_("Nobody has looked at the measuring yet."))
        return Response(QualitySerializer(_told(found)).data)


class MeasurementQuality(QualityAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW}

    @extend_schema(operation_id="quality_read", responses=QualitySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The grade of the measuring and what the checks found, the most severe first."""
        return self.answer()


class OnePitfall(QualityAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"PUT": Permission.EDIT_CASES, "DELETE": Permission.EDIT_CASES}

    @extend_schema(operation_id="pitfall_accept", request=AcceptSerializer, responses=QualitySerializer)
    def put(self, request: Request, slug: str, code: str) -> Response:
        """Live with a pitfall, for a reason."""
        sent = AcceptSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        accept_pitfall(
            organisation=self.client, code=code, user=self.inside.actor.user, now=timezone.now(), **sent.validated_data
        )
        return self.answer()

    @extend_schema(operation_id="pitfall_mind", responses={200: QualitySerializer})
    def delete(self, request: Request, slug: str, code: str) -> Response:
        """Take it back: the pitfall counts again."""
        mind_pitfall(organisation=self.client, code=code, user=self.inside.actor.user, now=timezone.now())
        return self.answer()
