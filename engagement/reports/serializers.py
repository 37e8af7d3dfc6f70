"""JSON of reports, their versions and links."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.insights.note_types import EVERYBODY
from engagement.insights.serializers import Answer
from engagement.reports.services.sharing import DEFAULT_DAYS, LONGEST_DAYS


class ReportSerializer(Answer):
    """A report about one finished period; `latest_version` null: it was never published."""

    id = serializers.UUIDField(source="pk")
    number = serializers.IntegerField()
    by = serializers.CharField(help_text="month or quarter.")
    last_day = serializers.DateField(help_text="The last day of the period.")
    segment = serializers.CharField(help_text="The key of a segment; all: all customers.")
    latest_version = serializers.IntegerField(source="latest", allow_null=True)
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {
            "id": str(instance.pk),
            "number": instance.number,
            "by": instance.by,
            "last_day": instance.last_day.isoformat(),
            "segment": instance.segment.key if instance.segment else EVERYBODY,
            "latest_version": instance.latest,
            "created_at": instance.created_at.isoformat(),
        }


class NewReportSerializer(serializers.Serializer[Any]):
    """A finished month or quarter whose last day is scored."""

    by = serializers.RegexField("^(month|quarter)$", default="month", help_text="month or quarter.")
    last_day = serializers.DateField()
    segment = serializers.CharField(max_length=80, default=EVERYBODY)


class ReportVersionSerializer(Answer):
    """A frozen version. Its hash is that of the canonical JSON: sorted keys, no spaces, UTF-8."""

    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    restated = serializers.ListField(
        child=serializers.CharField(), help_text="What has been restated since; never part of the document."
    )
    document = serializers.JSONField()


class NewLinkSerializer(serializers.Serializer[Any]):
    whom = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=DEFAULT_DAYS)


class LinkSerializer(Answer):
    """A new link; the address is shown this once."""

    id = serializers.UUIDField()
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()
