"""JSON of this step. Credentials are in none of it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.connections.models import Connection, Sync


class SyncSerializer(serializers.Serializer[Any]):
    """One time of fetching, and what came of it."""

    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=Sync.State.choices)
    requests = serializers.IntegerField()
    stored = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField()
    settled = serializers.BooleanField(help_text="False: some of it is still being read, and the counts grow.")
    error = serializers.CharField(help_text="Why it broke off, in words; empty otherwise.")


class ConnectionSerializer(serializers.Serializer[Any]):
    """One account at one vendor."""

    id = serializers.UUIDField()
    vendor = serializers.CharField()
    name = serializers.CharField()
    account = serializers.CharField(help_text="Who we are there, as the vendor says; empty before the first time.")
    state = serializers.ChoiceField(choices=Connection.State.choices)
    paused = serializers.SerializerMethodField()
    error = serializers.CharField(help_text="What is in the way, in words; empty where nothing is.")
    last_sync_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True, help_text="Null: nothing is fetched by itself.")
    interval_minutes = serializers.IntegerField()

    def get_paused(self, found: Connection) -> bool:
        return found.paused_at is not None


class OneConnectionSerializer(ConnectionSerializer):
    """The same, with the last fifty times of fetching."""

    syncs = serializers.SerializerMethodField()

    def get_syncs(self, found: Connection) -> list[dict[str, Any]]:
        rows: list[Sync] = self.context["syncs"]
        return [dict(SyncSerializer(row).data) for row in rows]


class ListPushSerializer(serializers.Serializer[Any]):
    """A segment whose members are kept in a list at the vendor."""

    id = serializers.UUIDField()
    segment = serializers.CharField(source="segment.key")
    list_id = serializers.CharField(help_text="The vendor's; empty until the list is made.")
    list_name = serializers.CharField()
    state = serializers.ChoiceField(choices=Connection.State.choices)
    error = serializers.CharField(help_text="What is in the way, in words; empty where nothing is.")
    run = serializers.IntegerField(source="run.number", allow_null=True, help_text="The one sent whole last.")
    sending = serializers.IntegerField(source="begun.number", allow_null=True, help_text="The run being sent.")
    put_in = serializers.IntegerField(allow_null=True, help_text="Of the last whole sending; null: not known.")
    taken_out = serializers.IntegerField(allow_null=True)
    without_contact = serializers.IntegerField(
        source="without", allow_null=True, help_text="Members whom the vendor has no contact of so far."
    )
    last_at = serializers.DateTimeField(allow_null=True)
