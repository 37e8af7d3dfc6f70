"""JSON of rounds."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.insights.serializers import Answer
from engagement.rounds.calendars import month_code
from engagement.rounds.types import Standing
from engagement.rounds.words import reason_text


class ReasonSerializer(Answer):
    code = serializers.CharField()
    text = serializers.CharField()
    forbids = serializers.BooleanField(help_text="Nobody can approve as long as it holds.")


class RoundStandingSerializer(Answer):
    """A client in the round of a month."""

    organisation = serializers.CharField(help_text="The part after /o/ in its addresses.")
    month = serializers.CharField(help_text="2026-02; a sample has a month of its own in the latest round.")
    state = serializers.CharField(
        help_text="not_prepared, preparing, waits, ready, approved, sending, sent, not_sent or left_out."
    )
    reasons = ReasonSerializer(many=True)
    report = serializers.UUIDField(allow_null=True)
    version = serializers.IntegerField(allow_null=True, help_text="The approved one.")
    recipients = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True)
    left_out_because = serializers.CharField()
    mails = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="How many by state; unknown: nobody knows whether it went, and a person decides.",
    )


def standing_json(found: Standing) -> dict[str, Any]:
    """What the serializer is given."""
    return {
        "organisation": found.organisation.slug,
        "month": month_code(found.last_day),
        "state": str(found.state),
        "reasons": [{"code": str(one.why), "text": reason_text(one), "forbids": one.forbids} for one in found.reasons],
        "report": found.report_id,
        "version": found.version,
        "recipients": len(found.recipients),
        "due_at": found.due_at,
        "left_out_because": found.left_out_because,
        "mails": dict(found.mails),
    }


class RoundSerializer(Answer):
    """A firm's round of a month."""

    month = serializers.CharField()
    clients = RoundStandingSerializer(many=True)


class ApprovalSerializer(serializers.Serializer[Any]):
    """When mails go: a day and an hour on the client's clock, at once, or as planned."""

    goes_on = serializers.BooleanField(default=False, help_text="What waits has been seen; it goes out all the same.")
    at_once = serializers.BooleanField(default=False)
    day = serializers.DateField(default=None, allow_null=True)
    hour = serializers.IntegerField(min_value=0, max_value=23, default=8)


class RecipientSerializer(Answer):
    id = serializers.UUIDField(source="pk")
    email = serializers.EmailField()
    is_member = serializers.SerializerMethodField()

    def get_is_member(self, row: Any) -> bool:
        return row.member_id is not None


class NewRecipientSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    confirmed = serializers.BooleanField(
        default=False, help_text="Needed for an address of nobody who may read here: it belongs to the client."
    )
