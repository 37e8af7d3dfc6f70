"""JSON of the record."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tenants.acting import Kind
from tenants.record.reading import Asked, Entry

_KINDS = [(kind.value, kind.value) for kind in Kind]


class RecordQuery(serializers.Serializer[Any]):
    """What can be asked of the record; days are the organisation's own, both included."""

    act = serializers.CharField(max_length=80, default="", help_text="Like member.added.")
    person = serializers.UUIDField(default=None, help_text="The id of who acted, themselves or by a token.")
    object_kind = serializers.CharField(max_length=40, default="", help_text="Like weight_set.")
    object_id = serializers.CharField(max_length=60, default="")
    since = serializers.DateField(default=None)
    until = serializers.DateField(default=None)
    before = serializers.IntegerField(
        default=None, min_value=1, max_value=2**63 - 1, help_text="Entries with a lower number than this."
    )
    limit = serializers.IntegerField(default=100, min_value=1, max_value=500)

    def asked(self) -> tuple[Asked, int]:
        """The question, and how many entries at most."""
        data = dict(self.validated_data)
        limit = int(data.pop("limit"))
        return Asked(**data), limit


class RecordEntrySerializer(serializers.Serializer[Any]):
    """One act: ids, numbers and codes; names are today's."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    act = serializers.CharField()
    kind = serializers.ChoiceField(choices=_KINDS, help_text="Who acted: a person, a program with a token, …")
    person = serializers.CharField(source="user", allow_null=True)
    person_name = serializers.SerializerMethodField()
    role = serializers.CharField()
    token = serializers.CharField(allow_null=True)
    grant = serializers.CharField(allow_null=True, help_text="An operator's visit.")
    name = serializers.CharField(help_text="Of a task or command.")
    object_kind = serializers.CharField()
    object_id = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)
    reason = serializers.CharField()
    request = serializers.CharField()
    hash = serializers.SerializerMethodField()

    def get_person_name(self, entry: Entry) -> str | None:
        names: dict[str, str] = self.context["names"]
        return names.get(entry.user or "")

    def get_hash(self, entry: Entry) -> str:
        return entry.hash.hex()


class RecordSerializer(serializers.Serializer[Any]):
    """Entries, the newest first."""

    entries = RecordEntrySerializer(many=True)
    next_before = serializers.IntegerField(allow_null=True)
