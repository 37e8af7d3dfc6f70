"""Systems of others that data is fetched from, each time it was, and lists there that segments are sent to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models import ScoreRun, Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Connection(IdentifiedTenantModel):
    """One account at one vendor. Credentials are sealed (tenants/accounts/sealing.py) and never shown again.

    `cursor` says up to where everything is in; its form is the vendor's connector's, and it names instants, pages and
    ids of the vendor's records, no customer. A round fetches what there was up to `round_until`, in as many times as
    it takes; None between rounds. `account` is who we are there, as the vendor says: ids of events hold it.
    A lease says who is at it; `attempts` is the token of the holder, `failures` counts what broke off since it last
    worked. A removed connection keeps its name, for what it brought in, and nothing that opens anything.
    """

    class State(models.TextChoices):
        READY = "ready", _lazy("Connected")
        SIGN_IN = "sign_in", _lazy("Needs signing in again")
        ATTENTION = "attention", _lazy("Needs a look")

    vendor = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    credentials_sealed = models.TextField(blank=True)
    account = models.CharField(max_length=100, blank=True)
    cursor = models.JSONField(default=dict)
    round_until = models.DateTimeField(null=True)
    backfill_from = models.DateField(null=True)
    interval_minutes = models.PositiveIntegerField(default=60)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    error = models.CharField(max_length=300, blank=True)
    paused_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    last_sync_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(credentials_sealed="", next_at__isnull=True),
                name="connections_removed_forgets",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="connections_due", condition=Q(next_at__isnull=False)),
        ]


class Sync(IdentifiedTenantModel):
    """One time of fetching, and what came of it. Counts hold once it is `settled`: everything is worked through."""

    class State(models.TextChoices):
        RUNNING = "running", _lazy("Running")
        DONE = "done", _lazy("Done")
        PART = "part", _lazy("In part: it goes on")
        FAILED = "failed", _lazy("Broke off")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    requests = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    settled = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "connection", "-started_at"], name="connections_sync_latest"),
        ]


class ListPush(IdentifiedTenantModel):
    """A segment's members are kept in a list at a vendor: everybody once, then who joined and left from run to run.

    `list_id` is "" until a list was made there, `list_name` until one that somebody named by its id was looked at;
    `making_at` is when we first asked for one to be made. `run` was sent whole last, `begun` is being sent, compared
    with `since`, None for everybody. `cursor` says how far: the last customer's number, the place in the list, counts;
    no customer's id. `put_in` and `taken_out` are of the set that was sent whole last, `without` is how many members
    had no contact after it; None: none was, so nobody knows. Whom a worker took out right before it died is not
    counted again. `unmatched` is who they are (services/list_unmatched.py); None, in rows from before it was kept: not
    known.
    A lease says who is at it, as with a connection.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    list_id = models.CharField(max_length=30, blank=True)
    list_name = models.CharField(max_length=200, blank=True)
    making_at = models.DateTimeField(null=True)
    run = models.ForeignKey(ScoreRun, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    begun = models.ForeignKey(ScoreRun, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    since = models.ForeignKey(ScoreRun, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    wants_all = models.BooleanField(default=False)
    cursor = models.JSONField(default=dict)
    unmatched = models.BinaryField(null=True)
    put_in = models.PositiveIntegerField(null=True)
    taken_out = models.PositiveIntegerField(null=True)
    without = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=Connection.State.choices, default=Connection.State.READY)
    error = models.CharField(max_length=300, blank=True)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "connection", "segment"],
                condition=Q(ended_at__isnull=True),
                name="connections_list_segment_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "connection", "list_id"],
                condition=Q(ended_at__isnull=True) & ~Q(list_id=""),
                name="connections_list_once",
            ),
        ]
