"""JSON of this step. These validate and describe; services do the work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.forms import LANGUAGES
from tenants.models import SLUG_RULE, LimitedTo, Organisation, Role, check_time_zone
from tenants.selectors import BAND_CODES, MemberLine
from tenants.services import BAND_NAME_LENGTH


class _Settings(serializers.Serializer[Any]):
    """What can be said about every organisation."""

    name = serializers.CharField(max_length=120)
    industry = serializers.ChoiceField(choices=Organisation.Industry.choices, default=Organisation.Industry.OTHER)
    time_zone = serializers.CharField(max_length=60, default="UTC", validators=[check_time_zone])
    language = serializers.ChoiceField(choices=LANGUAGES, default="en")
    currency = serializers.RegexField(r"^[A-Z]{3}$", default="EUR", help_text="ISO 4217, like EUR.")


class ClientSerializer(_Settings):
    """A new client of a firm."""

    slug = serializers.CharField(
        max_length=60, default="", allow_blank=True, validators=[SLUG_RULE], help_text="Empty: made from the name."
    )


class CreatedClientSerializer(serializers.Serializer[Any]):
    """Where a new client is found: /api/v1/organisations/<slug>/."""

    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Organisation.Kind.choices)
    industry = serializers.ChoiceField(choices=Organisation.Industry.choices)
    time_zone = serializers.CharField()
    language = serializers.CharField()
    currency = serializers.CharField()


class BandNamesSerializer(serializers.Serializer[Any]):
    poor = serializers.CharField(max_length=BAND_NAME_LENGTH)
    good = serializers.CharField(max_length=BAND_NAME_LENGTH)
    excellent = serializers.CharField(max_length=BAND_NAME_LENGTH)


def _line(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=6, decimal_places=3, min_value=Decimal(0), max_value=Decimal(100), help_text=help_text
    )


class SettingsSerializer(_Settings):
    """Changes of an organisation's settings; a firm has the first six only."""

    require_mfa = serializers.BooleanField(
        help_text="Everybody here needs a second factor, not only who may change things."
    )
    minimum_n = serializers.IntegerField(min_value=1, max_value=1000)
    minimum_n_band = serializers.IntegerField(min_value=1, max_value=10_000)
    band_good = _line("Scores from here up to band_excellent, both inclusive, are the middle band.")
    band_excellent = _line("Scores above this are the top band.")
    band_names = BandNamesSerializer()
    schedule = serializers.ChoiceField(choices=Organisation.Schedule.choices)
    schedule_hour = serializers.IntegerField(min_value=0, max_value=23, help_text="Local time; not before it.")
    intraday_hours = serializers.ChoiceField(
        choices=Organisation.Intraday.choices,
        help_text="Hours after which the running day is scored again; 0: not at all. Its figures are provisional.",
    )
    keep_run_days = serializers.IntegerField(
        min_value=7, max_value=3660, help_text="Days for which every scoring keeps its results per customer."
    )
    keep_weekly_run_days = serializers.IntegerField(
        min_value=7, max_value=3660, help_text="Days for which the last scoring of each week keeps them."
    )
    second_approver = serializers.BooleanField(help_text="Publishing weights needs another person’s approval.")
    late_days = serializers.IntegerField(
        min_value=0, max_value=60, help_text="Days that stay open for late events before they are packed."
    )
    keep_event_days = serializers.IntegerField(
        min_value=90,
        max_value=9000,
        allow_null=True,
        help_text="Days that events are kept; null: for ever. What was counted of deleted events stays.",
    )

    def validate_band_names(self, names: dict[str, str]) -> dict[str, str]:
        """A change names all three or none; a partial serializer would let one through alone."""
        missing = {code: ["Name all three bands."] for code in BAND_CODES if code not in names}
        if missing:
            raise serializers.ValidationError(missing)
        return names

    def changes(self) -> dict[str, Any]:
        """The settings as the service takes them: only what was sent."""
        values = dict(self.validated_data)
        if "band_names" in values:
            values["band_names"] = [values["band_names"][code] for code in BAND_CODES]
        for name in {"band_good", "band_excellent"} & values.keys():
            values[f"{name}_thousandths"] = int(values.pop(name).scaleb(3))
        return values


class OrganisationSerializer(SettingsSerializer):
    """An organisation as its members see it."""

    slug = serializers.CharField()
    kind = serializers.ChoiceField(choices=Organisation.Kind.choices)
    role = serializers.ChoiceField(choices=Role.choices, help_text="The reader’s role here.")
    firm = serializers.CharField(allow_null=True, help_text="The firm’s slug, where the reader reaches the firm too.")
    sample_today = serializers.DateField(allow_null=True, help_text="The day on which a sample stands still.")


class MemberSerializer(serializers.Serializer[Any]):
    """A person with a role in the organisation; people of its firm are not listed."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    limited_to = serializers.ChoiceField(choices=LimitedTo.choices, help_text="Empty: everything the role may see.")
    segments = serializers.SerializerMethodField(help_text="Keys of the segments, where access is limited to some.")
    since = serializers.DateTimeField()

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_segments(self, member: MemberLine) -> list[str]:
        return [segment.key for segment in member.segments]


class _Limited(serializers.Serializer[Any]):
    """What a viewer's access is limited to."""

    limited_to = serializers.ChoiceField(
        choices=LimitedTo.choices, required=False, help_text="Of a viewer only. Left out of a change: as it is."
    )
    segments = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, help_text="Keys of segments, for that limit."
    )


class NewMemberSerializer(_Limited):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)


class InvitationSerializer(serializers.Serializer[Any]):
    """An address that was asked and has not answered yet."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Ask again after it: that sends a new link.")


class RoleSerializer(_Limited):
    role = serializers.ChoiceField(choices=Role.choices)
