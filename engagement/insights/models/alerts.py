"""When somebody is to be told, what was found, and where it is sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models import ScoreRun, Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class AlertRule(IdentifiedTenantModel):
    """What is looked for, in which segments, and who is told. A change raises `version` and stands on record.

    `threshold_thousandths`: a score (drop), a share 0…1 (band, silent), days (stale); 0 where the kind needs none
    (target). `segment_keys`, "all" for everybody; `roles` and `people` (ids as texts) have mails.
    """

    class Kind(models.TextChoices):
        DROP = "drop", _lazy("The score falls")
        BAND = "band", _lazy("The band changes")
        SILENT = "silent", _lazy("Customers fall silent")
        TARGET = "target", _lazy("A target is off track")
        STALE = "stale", _lazy("Data stops coming")

    class Period(models.TextChoices):
        WEEK = "week", _lazy("week")
        MONTH = "month", _lazy("month")

    number = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    period = models.CharField(max_length=5, choices=Period.choices, blank=True)
    threshold_thousandths = models.PositiveIntegerField()
    segment_keys = models.JSONField(default=list)
    roles = models.JSONField(default=list)
    people = models.JSONField(default=list)
    by_webhook = models.BooleanField(default=False)
    muted_until = models.DateField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="insights_alertrule_numbered"),
            models.CheckConstraint(
                condition=Q(kind__in=["drop", "band", "silent"], period__in=["week", "month"])
                | Q(kind__in=["target", "stale"], period=""),
                name="insights_alertrule_period",
            ),
        ]


class AlertCheck(IdentifiedTenantModel):
    """That a published run was looked at, once: the queue of record, for what is found and for its mails.

    `compared` is how many comparisons were made together, which is what the protection from noise rests on;
    `passed_over` is a list of [rule number, segment key, why]. `mailed_to` are the people who have their mail.
    """

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    checked_at = models.DateTimeField()
    compared = models.PositiveIntegerField()
    passed_over = models.JSONField(default=list)
    mailed_to = models.JSONField(default=list)
    mailed_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "run"], name="insights_alertcheck_once")]
        indexes = [
            models.Index(
                fields=["checked_at"], condition=Q(mailed_at__isnull=True), name="insights_alertcheck_unmailed"
            )
        ]


class Alert(IdentifiedTenantModel):
    """Something a rule found on a day, with its facts as they were; once per rule, segment, subject and day.

    `subject` is a target's id, else empty. `over_on` is the day on which it was found not to hold any more; what is not
    over is not found again. `facts` are texts: numbers with their decimals, days, names of bands.
    """

    class State(models.TextChoices):
        OPEN = "open", _lazy("Open")
        SEEN = "seen", _lazy("Seen")
        DONE = "done", _lazy("Done")

    alert_check = models.ForeignKey(AlertCheck, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    rule_version = models.PositiveIntegerField()
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    subject = models.CharField(max_length=36, blank=True)
    as_of = models.DateField()
    facts = models.JSONField(default=dict)
    fired_at = models.DateTimeField()
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    note = models.CharField(max_length=280, blank=True)
    handled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    handled_at = models.DateTimeField(null=True)
    over_on = models.DateField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "rule", "segment", "subject", "as_of"], name="insights_alert_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "fired_at"], name="insights_alert_latest"),
            models.Index(
                fields=["organisation", "rule"], condition=Q(over_on__isnull=True), name="insights_alert_standing"
            ),
        ]
