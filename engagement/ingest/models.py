"""What came in, and whom it is about. Events are facts: they are added, never changed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel, TenantModel


class WriteKey(IdentifiedTenantModel):
    """What a client library sends events with: 256 random bits, of which only the SHA-256 digest is kept."""

    name = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=4)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # set when a successor was made
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class WorkState(models.TextChoices):
    WAITING = "waiting", _lazy("Waiting")
    DONE = "done", _lazy("Done")
    FAILED = "failed", _lazy("Failed")


class IngestBatch(IdentifiedTenantModel):
    """One accepted request: durable before it is answered, kept as it came, worked through afterwards.

    What a connection to another system brought in has no key, but the ids of the connection and of that fetching; sent
    again from the quarantine it has the connection's alone.
    """

    key = models.ForeignKey(WriteKey, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    connection_id = models.UUIDField(null=True)
    sync_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=20)
    raw = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.WAITING)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    stored = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    conflicts = models.PositiveIntegerField(default=0, db_default=0)  # of the duplicates: they say something else
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(conflicts__lte=models.F("duplicates")), name="ingest_batch_conflicts"),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "received_at"], name="ingest_batch_waiting", condition=Q(state="waiting")
            ),
            models.Index(fields=["organisation", "-received_at"], name="ingest_batch_recent"),
            models.Index(fields=["organisation"], name="ingest_batch_failed", condition=Q(state="failed")),
            models.Index(
                fields=["organisation", "connection_id", "sync_id"],
                name="ingest_batch_connection",
                condition=Q(connection_id__isnull=False),
            ),
        ]


class ImportState(models.TextChoices):
    """How far a file is. A draft waits for a person: its columns are shown, or its dry run is over."""

    DRAFT = "draft", _lazy("Waits for your decision")
    WAITING = "waiting", _lazy("Waiting")
    DONE = "done", _lazy("Done")
    FAILED = "failed", _lazy("Failed")
    CANCELLED = "cancelled", _lazy("Cancelled")
    UNDONE = "undone", _lazy("Undone")


class FileImport(IdentifiedTenantModel):
    """One uploaded file on its way into the database; `position` rows of it are in.

    `task` is what a worker does with it while it waits. `mapping` says which column means what ({}: as its names say),
    `columns` how the file names them, `layout` how its rejected rows are taken apart. `found` is what
    the dry run came to. `first_day` and `last_day` are the first and last day in the keys of the events it brought: an
    undo looks for them between the two.
    """

    class Kind(models.TextChoices):
        EVENTS = "events", _lazy("Events")
        CUSTOMERS = "customers", _lazy("Customers")
        AGGREGATES = "aggregates", _lazy("Counts by day")
        ANSWERS = "answers", _lazy("Survey answers")

    class Sameness(models.TextChoices):
        POSITION = "position", _lazy("Every row is an event of its own")
        REPLACE_DAYS = "replace_days", _lazy("Replace the days that the file covers")

    class Task(models.TextChoices):
        READ = "read", _lazy("Import")
        TRY = "try", _lazy("Dry run")
        UNDO = "undo", _lazy("Undo")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    sameness = models.CharField(max_length=20, choices=Sameness.choices, default=Sameness.POSITION)
    file_name = models.CharField(max_length=255)
    stored_as = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    task = models.CharField(max_length=10, choices=Task.choices, default=Task.READ, db_default=Task.READ)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    bytes_read = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    stored = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    conflicts = models.BigIntegerField(default=0, db_default=0)  # of the duplicates: they say something else
    error = models.TextField(blank=True)
    mapping = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    mapping_name = models.CharField(max_length=80, blank=True, db_default="")
    columns = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    layout = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    found = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    taken_out = models.BigIntegerField(default=0, db_default=0)
    undone_at = models.DateTimeField(null=True)
    undo_asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(conflicts__lte=models.F("duplicates")), name="ingest_import_conflicts"),
        ]
        indexes = [
            models.Index(fields=["organisation", "-created_at"], name="ingest_import_recent"),
        ]


class RejectedEvent(IdentifiedTenantModel):
    """A message or row that could not be used, as it came, with the reason and the remedy.

    It waits until somebody sends it again or discards it. `replayed_in` is the batch, or for rows of files the import,
    that took it in again; what is rejected of that stands here as a row of its own.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting")
        REPLAYED = "replayed", _lazy("Replayed")
        DISCARDED = "discarded", _lazy("Discarded")

    batch = models.ForeignKey(
        IngestBatch, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    file_import = models.ForeignKey(
        FileImport, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    position = models.BigIntegerField()
    line = models.BigIntegerField(null=True)
    code = models.CharField(max_length=40)
    reason = models.TextField()
    remedy = models.TextField()
    original = models.BinaryField()
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING, db_default=State.WAITING)
    replayed_in = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(batch__isnull=True) | Q(file_import__isnull=True), name="ingest_rejected_one_source"
            ),
            models.CheckConstraint(
                condition=Q(state="replayed", replayed_in__isnull=False)
                | (~Q(state="replayed") & Q(replayed_in__isnull=True)),
                name="ingest_rejected_replayed",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "file_import", "position"], name="ingest_rejected_import"),
            models.Index(fields=["organisation", "batch"], name="ingest_rejected_batch"),
            models.Index(fields=["organisation", "-created_at"], name="ingest_rejected_recent"),
            models.Index(fields=["organisation", "code", "-created_at"], name="ingest_rejected_code"),
            models.Index(
                fields=["organisation", "replayed_in"],
                name="ingest_rejected_replayed_in",
                condition=Q(replayed_in__isnull=False),
            ),
        ]


class CustomerCounter(TenantModel):
    """The next free customer number of an organisation; gaps are allowed, numbers are never reused."""

    organisation: Any = models.OneToOneField(
        "tenants.Organisation", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    next_number = models.BigIntegerField(default=1)


class Customer(TenantModel):
    """Somebody who is scored. Known by the client's own id, counted by a number within the organisation.

    `number` alone is unique only within an organisation: ask for customers with one organisation in scope.
    An anonymous visitor has identified=False and its id in a name space of its own, until merged_into says who it was.
    """

    number = models.BigIntegerField(primary_key=True)
    external_id = models.CharField(max_length=200)
    identified = models.BooleanField(default=True)
    email_normalised = models.CharField(max_length=254, blank=True)
    traits = models.JSONField(default=dict)
    merged_into = models.BigIntegerField(null=True)
    excluded = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "external_id", "identified"], name="ingest_customer_external"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("number")), name="ingest_customer_merge"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "email_normalised"], name="ingest_customer_email"),
            models.Index(
                fields=["organisation", "merged_into"],
                name="ingest_customer_merged",
                condition=Q(merged_into__isnull=False),
            ),
        ]


class IdentityChange(IdentifiedTenantModel):
    """Somebody was merged into a customer, taken apart from them, or merged again: rows are added, never changed.

    `number` is who was merged, `target` into whom. `user` is None where an event did it: then `source_id` is the
    request or file that brought it, and `message_id` the message's own id where it had one. A pair that was ever taken
    apart is never merged again by an event; `Customer.merged_into` alone says what holds now. `filled` are the
    names of the traits that the target got by it: taking the two apart takes them away again.
    """

    class What(models.TextChoices):
        MERGED = "merged", _lazy("Merged")
        UNDONE = "undone", _lazy("Taken apart")
        MERGED_AGAIN = "merged_again", _lazy("Merged again")

    number = models.BigIntegerField()
    target = models.BigIntegerField()
    what = models.CharField(max_length=20, choices=What.choices)
    changed_at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    source_id = models.UUIDField(null=True)
    message_id = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    filled = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(number=models.F("target")), name="ingest_identity_two"),
            models.CheckConstraint(condition=Q(what="merged") | ~Q(reason=""), name="ingest_identity_reason"),
        ]
        indexes = [
            models.Index(fields=["organisation", "number"], name="ingest_identity_number"),
            models.Index(fields=["organisation", "target"], name="ingest_identity_target"),
            # What every merge by an event looks at: it stays small, however many were merged.
            models.Index(
                fields=["organisation", "number", "target"], name="ingest_identity_undone", condition=Q(what="undone")
            ),
        ]


class Event(TenantModel):
    """One fact, in monthly partitions by `day`; the table is made by SQL, 8-byte columns first.

    `day` is the UTC day of the client's own unmodified timestamp, so that a retry has the same key.
    """

    customer_number = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    occurrences = models.IntegerField()
    day = models.DateField()
    source_id = models.UUIDField()
    from_file = models.BooleanField()
    message_id = models.TextField(primary_key=True)
    name = models.TextField()
    properties = models.JSONField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "ingest_event"


from engagement.ingest import models_erasures, models_imports  # noqa: E402  they name what stands above

ErasedCustomer = models_erasures.ErasedCustomer
Erasure = models_erasures.Erasure
ImportChange = models_imports.ImportChange
SavedMapping = models_imports.SavedMapping
