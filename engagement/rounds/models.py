"""What a round keeps: a client in the round of a month, who gets its report, each mail, and when rounds happen."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.reports.models import Report, ReportVersion, ShareLink
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Entry(IdentifiedTenantModel):
    """One client in the round of the month that ends with `last_day`.

    `run_number` is the scoring that was in force when the draft was prepared. `version` is what was approved; without
    one nothing goes out. Left out and approved exclude each other.
    """

    last_day = models.DateField()
    report = models.ForeignKey(Report, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    run_number = models.PositiveIntegerField(null=True)
    prepared_at = models.DateTimeField(null=True)
    left_out_because = models.CharField(max_length=300, blank=True, default="")
    version = models.ForeignKey(
        ReportVersion, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    approved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "last_day"], name="rounds_entry_once"),
            models.CheckConstraint(
                condition=Q(version__isnull=True)
                | Q(left_out_because="", report__isnull=False, approved_at__isnull=False, due_at__isnull=False),
                name="rounds_entry_approved",
            ),
        ]


class Recipient(IdentifiedTenantModel):
    """An address that gets the client's reports: a member's, as long as they are one, or a typed one.

    `confirmed_by` is who said of a typed address that it is the client's; `member` is set for members.
    """

    email = models.EmailField()
    member = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "email"], name="rounds_recipient_once")]


class ReportMail(IdentifiedTenantModel):
    """One approved version to one address: the outbox. The row is there before any mail is, and says what became of it.

    `handed` is noted before the mail server is asked, and stays when a worker dies there: once its lease is over nobody
    knows whether the mail went, and only a person sends it again. `attempts` counts who took it in hand
    since somebody decided that it goes, `times_handed_over` every mail that may have gone.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("waits")
        HANDED_OVER = "handed", _lazy("handed to the mail server")
        SENT = "sent", _lazy("sent")
        FAILED = "failed", _lazy("could not be sent")
        WITHDRAWN = "withdrawn", _lazy("not sent")

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="mails", db_constraint=False)
    version = models.ForeignKey(ReportVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    email = models.EmailField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    times_handed_over = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    link = models.ForeignKey(ShareLink, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version", "email"], name="rounds_reportmail_once"),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(state="sent", times_handed_over__gte=1),
                name="rounds_reportmail_sent",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="rounds_reportmail_waiting")]


class Plan(IdentifiedTenantModel):
    """When rounds are prepared and sent, and how: of a firm for its clients, of a client for itself. One row each.

    Days are of the month after the one that a report is about; without one, only when somebody asks. A client's times
    count where it `has_own_times`, else the firm's. Times are on the clock of the client.
    """

    has_own_times = models.BooleanField(default=False)
    prepare_day = models.PositiveSmallIntegerField(null=True)
    prepare_hour = models.PositiveSmallIntegerField(default=6)
    send_day = models.PositiveSmallIntegerField(null=True)
    send_hour = models.PositiveSmallIntegerField(default=8)
    due_days = models.PositiveSmallIntegerField(default=5)
    attaches_pdf = models.BooleanField(default=False)
    sends_link = models.BooleanField(default=True)
    link_days = models.PositiveSmallIntegerField(default=30)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="rounds_plan_one"),
            models.CheckConstraint(
                condition=(Q(prepare_day__isnull=True) | Q(prepare_day__range=(1, 28)))
                & (Q(send_day__isnull=True) | Q(send_day__range=(1, 28)))
                & Q(prepare_hour__lte=23, send_hour__lte=23, due_days__range=(1, 60), link_days__range=(1, 366)),
                name="rounds_plan_times",
            ),
            models.CheckConstraint(condition=Q(attaches_pdf=True) | Q(sends_link=True), name="rounds_plan_way"),
        ]
