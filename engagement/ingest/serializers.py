"""JSON of this step. These validate and describe; services do the work."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.ingest.models import FileImport, IdentityChange, WorkState
from engagement.ingest.services.identity import REASON_LIMIT


class UploadSerializer(serializers.Serializer[Any]):
    """A file on its way in."""

    file = serializers.FileField(help_text="CSV in UTF-8, plain or gzip; the first line names the columns.")
    kind = serializers.ChoiceField(choices=FileImport.Kind.choices)
    sameness = serializers.ChoiceField(
        choices=FileImport.Sameness.choices,
        default=FileImport.Sameness.POSITION,
        help_text="position: the same file again adds nothing. replace_days: events that earlier files brought for "
        "the days of this file are taken out first.",
    )


class ImportSerializer(serializers.Serializer[Any]):
    """How far a file is: every row read so far is stored, a duplicate, or rejected."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=FileImport.Kind.choices)
    sameness = serializers.ChoiceField(choices=FileImport.Sameness.choices)
    file_name = serializers.CharField()
    state = serializers.ChoiceField(choices=WorkState.choices)
    size_bytes = serializers.IntegerField()
    bytes_read = serializers.IntegerField()
    rows = serializers.IntegerField(help_text="Rows read so far.")
    stored = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField()
    error = serializers.CharField(help_text="Why the file as a whole could not be taken; empty otherwise.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class CustomerSerializer(serializers.Serializer[Any]):
    """Somebody who is scored, and what is known of them."""

    number = serializers.IntegerField()
    external_id = serializers.CharField(help_text="Your own id of the customer, or an anonymous visitor's.")
    identified = serializers.BooleanField(help_text="False for an anonymous visitor.")
    traits = serializers.DictField()
    merged_into = serializers.IntegerField(
        allow_null=True, help_text="The number of the customer this anonymous visitor turned out to be."
    )
    excluded = serializers.BooleanField(help_text="True: not scored from the next run on.")


class CustomerChangeSerializer(serializers.Serializer[Any]):
    excluded = serializers.BooleanField()


class CustomerFilterSerializer(serializers.Serializer[Any]):
    external_id = serializers.CharField(max_length=200, required=False, help_text="Your own id of the customer.")


class IdentityChangeSerializer(serializers.Serializer[Any]):
    """One entry of the record of who is who: entries are added, never changed."""

    number = serializers.IntegerField(help_text="Who was merged, taken apart or merged again.")
    external_id = serializers.CharField()
    target = serializers.IntegerField(help_text="The customer for whom they counted from then on, or until then.")
    target_external_id = serializers.CharField()
    what = serializers.ChoiceField(choices=IdentityChange.What.choices)
    changed_at = serializers.DateTimeField()
    by = serializers.CharField(help_text="The person; empty: an event did it.")
    source_id = serializers.UUIDField(allow_null=True, help_text="The request or file that brought the event.")
    message_id = serializers.CharField(help_text="The message's own id; empty where it had none.")
    reason = serializers.CharField(help_text="Why, in the person's words; empty for an event.")


class IdentityRequestSerializer(serializers.Serializer[Any]):
    target = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text="The number of the customer on the other side."
    )
    reason = serializers.CharField(max_length=REASON_LIMIT, help_text="Why: it stays on record.")
