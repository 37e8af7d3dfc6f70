"""What was seen."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from engagement.scoring.models import ScoreRun, Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Finding(IdentifiedTenantModel):
    """Something seen about a segment or, without one, about everybody, with the figures as they were then.

    The figures are the exact sums of the run it was seen in, frozen: empty where there was no run or too few customers.
    One per origin, so that whoever asks twice makes one.
    """

    class Origin(models.TextChoices):
        PERSON = "person", _lazy("Somebody saw it")
        ALERT = "alert", _lazy("An alert")
        TARGET = "target", _lazy("A target")
        LEDGER = "ledger", _lazy("Why a number moved")
        RISK = "risk", _lazy("Customers at risk")
        PITFALL = "pitfall", _lazy("A check of the measurement")
        THEME = "theme", _lazy("A theme of the feedback")
        VALIDITY = "validity", _lazy("A check of what the score says")

    class Severity(models.IntegerChoices):
        NOTE = 1, pgettext_lazy("how serious a finding is", "Worth knowing")
        WATCH = 2, pgettext_lazy("how serious a finding is", "To be minded")
        SERIOUS = 3, pgettext_lazy("how serious a finding is", "Serious")

    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    words = models.CharField(max_length=2000, blank=True)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    first_day = models.DateField()
    last_day = models.DateField()
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.WATCH)
    origin_kind = models.CharField(max_length=10, choices=Origin.choices, default=Origin.PERSON)
    origin_key = models.CharField(max_length=120, blank=True)
    run = models.ForeignKey(ScoreRun, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    n = models.BigIntegerField(null=True)
    sum_score_millionths = models.BigIntegerField(null=True)
    sum_points = models.DecimalField(max_digits=40, decimal_places=0, null=True)
    points_scale = models.BigIntegerField(null=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=500, blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="cases_finding_number"),
            models.UniqueConstraint(
                fields=["organisation", "origin_kind", "origin_key"],
                condition=~Q(origin_key=""),
                name="cases_finding_one_per_origin",
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="cases_finding_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | ~Q(closed_because=""), name="cases_finding_closed_with_reason"
            ),
        ]
