"""What was scored, when, with what, and the packed results by chunk."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models.configuration import WeightSet
from engagement.scoring.models.publishing import Restatement
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel, TenantModel


class ScoreRun(IdentifiedTenantModel):
    """One scoring of everybody, as of one day. Immutable when published; `uses` names all it rests on.

    `base` is the run that was in force before it, with which its ledger begins; `moment` is the database's own name of
    what the run could see.

    `restates`: it was scored with another weight set than the one that held on its day. The others are the line as it
    was; see runs/lines.py.
    """

    class State(models.TextChoices):
        RUNNING = "running", _lazy("Running")
        PUBLISHED = "published", _lazy("Published")
        FAILED = "failed", _lazy("Failed")

    class Cause(models.TextChoices):
        SCHEDULE = "schedule", _lazy("Schedule")
        INTRADAY = "intraday", _lazy("Running day")
        REQUEST = "request", _lazy("On request")
        HISTORY = "history", _lazy("History")
        RESTATED = "restated", _lazy("Restatement")

    number = models.PositiveIntegerField()
    as_of = models.DateField()
    window_from = models.DateTimeField()
    window_to = models.DateTimeField()
    weight_set = models.ForeignKey(WeightSet, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    uses = models.JSONField()
    base = models.ForeignKey("self", null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    watermark = models.DateTimeField()
    moment = models.CharField(max_length=4000, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    cause = models.CharField(max_length=10, choices=Cause.choices)
    restates = models.BooleanField(default=False, db_default=False)
    customers = models.BigIntegerField(default=0)
    chunks = models.PositiveIntegerField(default=0)
    chunks_done = models.PositiveIntegerField(default=0)
    chunks_reused = models.PositiveIntegerField(default=0, db_default=0)  # copied from the base: nobody touched them
    digest = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # When its packed results were let go; the row itself and the run's snapshots are never deleted.
    thinned_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="scoring_scorerun_number")]
        indexes = [models.Index(fields=["organisation", "-as_of"], name="scoring_scorerun_as_of")]


class RunPointer(IdentifiedTenantModel):
    """Which run is in force for a day: publishing moves this one row."""

    as_of = models.DateField()
    run = models.ForeignKey(ScoreRun, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    published_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "as_of"], name="scoring_runpointer_day")]


class RunRequest(IdentifiedTenantModel):
    """Work to do: a scoring that somebody, or the clock, asked for. A lease says who is at it."""

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting")
        DONE = "done", _lazy("Done")
        FAILED = "failed", _lazy("Failed")

    as_of = models.DateField()
    cause = models.CharField(max_length=10, choices=ScoreRun.Cause.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    run = models.ForeignKey(ScoreRun, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    restatement = models.ForeignKey(
        Restatement, null=True, on_delete=models.DO_NOTHING, related_name="requests", db_constraint=False
    )
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "as_of"],
                condition=Q(state="waiting", restatement__isnull=True),
                name="scoring_runrequest_one_waiting",
            ),
            models.UniqueConstraint(
                fields=["organisation", "restatement"],
                condition=Q(state="waiting", restatement__isnull=False),
                name="scoring_runrequest_one_restating",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-requested_at"], name="scoring_runrequest_recent")]


class CountBlock(TenantModel):
    """Occurrences per customer and action of one run and chunk, packed; key (organisation_id, run_id, chunk).

    See blocks.py for the layout. Previews and the ledger read these.
    """

    run_id = models.UUIDField(primary_key=True)
    chunk = models.IntegerField()
    packed = models.BinaryField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_count_block"


class ScoreBlock(TenantModel):
    """Customer numbers, points, scores, bands and days since the last action of one run and chunk, packed."""

    run_id = models.UUIDField(primary_key=True)
    chunk = models.IntegerField()
    packed = models.BinaryField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_score_block"


class MemberBlock(TenantModel):
    """One bitmap per segment over the customers of one run and chunk, packed."""

    run_id = models.UUIDField(primary_key=True)
    chunk = models.IntegerField()
    packed = models.BinaryField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_member_block"


class IdentityBlock(TenantModel):
    """Who counted for whom in one run and chunk, packed; chunks without merged customers have none."""

    run_id = models.UUIDField(primary_key=True)
    chunk = models.IntegerField()
    packed = models.BinaryField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_identity_block"


class RunChunk(TenantModel):
    """A chunk of a run that is to be computed: claimed by a lease, done when its part is there."""

    run_id = models.UUIDField(primary_key=True)
    chunk = models.IntegerField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.IntegerField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_run_chunk"


class RunPart(TenantModel):
    """What one chunk gives to the segments' sums and ledgers, and the digest of its blocks.

    `chains`, the states of the ledgers, are there only while a shared run is under way.
    """

    run_id = models.UUIDField(primary_key=True)
    chunk = models.IntegerField()
    customers = models.IntegerField()
    digest = models.TextField()
    sums = models.JSONField()
    chains = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_run_part"


class ErasedPart(IdentifiedTenantModel):
    """What was taken out of one chunk of a run's blocks when customers were erased: sums, and nobody's number.

    `sums` have the shape of RunPart.sums: what is left in the blocks and these make up the run's part, and with it the
    snapshots, which stay. They say no more than the difference between the two says anyway.
    """

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    chunk = models.IntegerField()
    customers = models.PositiveIntegerField()
    sums = models.JSONField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "run", "chunk"], name="scoring_erasedpart_once")]


class ChunkTouch(TenantModel):
    """That a transaction wrote something by which the result of a chunk may change; the key is all three columns.

    `xid` is the transaction's number (xid8), to be asked whether a run saw it: runs/reuse.py.
    """

    chunk = models.IntegerField(primary_key=True)
    xid = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        managed = False
        db_table = "scoring_chunk_touch"
