"""Tests with arms: who gets what is decided elsewhere, and told to us as a trait or with an event."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.cases.models.initiatives import Measure
from engagement.scoring.models import Action, ScoreRun
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Experiment(IdentifiedTenantModel):
    """A test: arms with their planned shares, one measure, a first and a last day, all fixed when it starts.

    `arms` is a list of [value, planned share in thousandths], the first being what the others are held against. The arm
    of a customer is the value of a trait, or that of a property of their first event of a name within the test.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _lazy("Planned")
        RUNNING = "running", _lazy("Running")
        STOPPED = "stopped", _lazy("Stopped")

    class ArmSource(models.TextChoices):
        TRAIT = "trait", _lazy("A trait of the customer")
        EVENT = "event", _lazy("A property of an event")

    class Judged(models.TextChoices):
        MEAN = "mean", _lazy("The mean per customer")
        SHARE = "share", _lazy("The share of customers who do it at least once")

    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    words = models.CharField(max_length=2000, blank=True)
    arm_source = models.CharField(max_length=5, choices=ArmSource.choices, default=ArmSource.TRAIT)
    event_name = models.CharField(max_length=200, blank=True)
    arm_name = models.CharField(max_length=120)
    arms = models.JSONField()
    measure = models.CharField(max_length=20, choices=Measure.choices, default=Measure.SCORE)
    judged_by = models.CharField(max_length=5, choices=Judged.choices, default=Judged.MEAN)
    action = models.ForeignKey(Action, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    first_day = models.DateField()
    last_day = models.DateField()
    difference_thousandths = models.PositiveIntegerField()
    customers_per_arm = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=500, blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="cases_experiment_number"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="cases_experiment_days_in_order"),
            models.CheckConstraint(
                condition=Q(measure="action", action__isnull=False) | ~Q(measure="action") & Q(action__isnull=True),
                name="cases_experiment_action_named",
            ),
            models.CheckConstraint(
                condition=Q(arm_source="trait") | ~Q(event_name=""),
                name="cases_experiment_event_named",
            ),
        ]


class ExperimentReadOut(IdentifiedTenantModel):
    """What a test's arms did in one run; numbered within it, and never changed: the role cannot."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="read_outs", db_constraint=False)
    number = models.PositiveIntegerField()
    run = models.ForeignKey(ScoreRun, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    found = models.JSONField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "experiment", "number"], name="cases_experimentreadout_number"
            )
        ]
