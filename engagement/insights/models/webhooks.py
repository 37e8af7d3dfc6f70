"""Where signed messages are sent, each message with what became of it, and the segments whose members are sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.models.alerts import Alert
from engagement.scoring.models import ScoreRun, Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class WebhookEndpoint(IdentifiedTenantModel):
    """An address of another program, with the secrets its messages are signed with.

    Secrets are sealed (tenants/accounts/sealing.py): neither a dump nor a page shows them. While a replaced one lasts,
    messages carry both signatures. `failing_since` is the first failure since the last success; after FAILS_FOR of
    failures (services/deliveries.py) the endpoint is off.
    """

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=2048)
    takes_alerts = models.BooleanField(default=True)
    secret_sealed = models.TextField()
    former_sealed = models.TextField(blank=True)
    former_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    off_at = models.DateTimeField(null=True)
    off_by_failure = models.BooleanField(default=False)
    off_told_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)


class WebhookDelivery(IdentifiedTenantModel):
    """One message to one endpoint; its id is the message's. The body is made when it is sent, of what holds then."""

    class Kind(models.TextChoices):
        TEST = "test", _lazy("Test")
        ALERT = "alert", _lazy("Alert")
        CHANGES = "members_changed", _lazy("Who joined and left")
        EVERYBODY = "members_snapshot", _lazy("All members")

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting")
        DONE = "done", _lazy("Delivered")
        FAILED = "failed", _lazy("Given up")

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    answered = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "endpoint", "alert"],
                condition=Q(alert__isnull=False),
                name="insights_delivery_alert_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "endpoint", "made_at"], name="insights_delivery_latest"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="insights_delivery_due"),
        ]


class SegmentPush(IdentifiedTenantModel):
    """A webhook hears who belongs to a segment: everybody once, then who joined and left from run to run.

    `run` is the last one that was sent whole, `begun` the one that sending was begun of last. `sets` counts what was
    begun: a set is all pages of one run.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    run = models.ForeignKey(ScoreRun, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    begun = models.ForeignKey(ScoreRun, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    sets = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "endpoint", "segment"],
                condition=Q(ended_at__isnull=True),
                name="insights_push_once",
            ),
        ]


class PushPage(IdentifiedTenantModel):
    """What one message about members is made of when it is sent: two runs and a stretch of customers, no ids.

    The stretch goes from after `after` to `until`, both of which are only places among the numbers of customers: an
    erasure makes a page shorter and never moves somebody to a page that was sent already.
    """

    class Why(models.TextChoices):
        NONE = "", "the runs are compared"
        SUBSCRIBED = "subscribed", "it begins"
        ASKED = "asked", "somebody asked for everybody"
        SUMS_ONLY = "sums_only", "the run sent before is kept as sums only"
        NOT_KNOWN = "not_known", "the run sent before did not know the segment"
        GIVEN_UP = "given_up", "the message before was given up"

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="pages", db_constraint=False)
    push = models.ForeignKey(SegmentPush, on_delete=models.CASCADE, related_name="pages", db_constraint=False)
    of_set = models.PositiveIntegerField()
    since = models.ForeignKey(ScoreRun, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    run = models.ForeignKey(ScoreRun, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    why = models.CharField(max_length=10, choices=Why.choices, blank=True)
    page = models.PositiveIntegerField()
    pages = models.PositiveIntegerField()
    after = models.BigIntegerField()
    until = models.BigIntegerField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "push", "of_set", "page"], name="insights_pushpage_once"),
            models.UniqueConstraint(fields=["organisation", "delivery"], name="insights_pushpage_delivery"),
            models.CheckConstraint(
                condition=Q(page__gte=1, page__lte=models.F("pages")), name="insights_pushpage_page"
            ),
        ]
