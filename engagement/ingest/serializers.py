"""JSON of this step. These validate and describe; services do the work."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.ingest.models import FileImport, IdentityChange, ImportState
from engagement.ingest.services.identity import REASON_LIMIT


class UploadSerializer(serializers.Serializer[Any]):
    """A file on its way in."""

    file = serializers.FileField(
        help_text="CSV, TSV or JSON lines in UTF-8, plain or gzip, Parquet, XLSX; the first line names the columns."
    )
    kind = serializers.ChoiceField(choices=FileImport.Kind.choices)
    sameness = serializers.ChoiceField(
        choices=FileImport.Sameness.choices,
        default=FileImport.Sameness.POSITION,
        help_text="position: the same file again adds nothing. replace_days: events that earlier files brought for "
        "the days of this file are taken out first.",
    )
    mapping = serializers.JSONField(
        required=False,
        help_text='Which column is what, as JSON: {"roles": {"customer": "Client", "time": "Date"}, "constants": '
        '{"event": "Purchase"}, "kept": ["Amount"], "numbers": "comma"}. Without it columns are known by their names; '
        "without kept every other column is kept. numbers is how CSV and TSV write them: point (12.50), as without it, "
        "or comma (12,50 and 1.234,50).",
    )
    mapping_name = serializers.CharField(
        required=False, max_length=80, help_text="A mapping kept under this name, for files of this kind."
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="Read all of it and store nothing; then it waits for POST …/start/."
    )


class ImportSerializer(serializers.Serializer[Any]):
    """How far a file is: every row read so far is stored, a duplicate, or rejected."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=FileImport.Kind.choices)
    sameness = serializers.ChoiceField(choices=FileImport.Sameness.choices)
    file_name = serializers.CharField()
    state = serializers.ChoiceField(
        choices=ImportState.choices, help_text="draft: waits for a decision, after a dry run or an upload on the pages."
    )
    task = serializers.ChoiceField(choices=FileImport.Task.choices, help_text="What a waiting file is waiting for.")
    size_bytes = serializers.IntegerField()
    bytes_read = serializers.IntegerField()
    rows = serializers.IntegerField(help_text="Rows read so far.")
    stored = serializers.IntegerField()
    duplicates = serializers.IntegerField(help_text="There already; the first of an id counts.")
    conflicts = serializers.IntegerField(
        help_text="Of the duplicates: they carry the id of an event of that day and say something else (another "
        "customer, name, count or properties). The first stays as it is."
    )
    rejected = serializers.IntegerField()
    error = serializers.CharField(help_text="Why the file as a whole could not be taken; empty otherwise.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    mapping = serializers.DictField(help_text="As it was sent or chosen; empty: by the names of the columns.")
    mapping_name = serializers.CharField()
    found = serializers.DictField(
        help_text="After a dry run: stored, duplicates, new_customers, days, first_day, last_day, replaced, names "
        "(name, rows, whether an action counts it), codes (code, rows). After an undo: put_back and gone, in customers."
    )
    taken_out = serializers.IntegerField(help_text="Events or answers that an undo has deleted so far.")
    undo_until = serializers.DateTimeField(allow_null=True, help_text="Until then the import can be undone.")
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.CharField(help_text="Who asked for the undo; empty: it is not undone, or nobody is known.")


class SavedMappingSerializer(serializers.Serializer[Any]):
    """Which column is what, kept under a name."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=FileImport.Kind.choices)
    columns = serializers.ListField(child=serializers.CharField())
    mapping = serializers.DictField()
    created_at = serializers.DateTimeField()


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
    filled = serializers.ListField(
        child=serializers.CharField(), help_text="Traits that the target did not have and got by it."
    )
    reason = serializers.CharField(help_text="Why, in the person's words; empty for an event.")


class IdentityRequestSerializer(serializers.Serializer[Any]):
    target = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text="The number of the customer on the other side."
    )
    reason = serializers.CharField(max_length=REASON_LIMIT, help_text="Why: it stays on record.")
