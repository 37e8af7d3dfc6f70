"""Points by the value of an event property that the organisation names: a campaign, say."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models.runs import ScoreRun
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class BreakdownProperty(IdentifiedTenantModel):
    """A property of events by whose values points are divided; its dots step into objects."""

    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    named_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    named_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="scoring_breakdownproperty_name")]


class Breakdown(IdentifiedTenantModel):
    """Work to do, and its result: one property of one run. A lease says who is at it.

    `result` holds sums by segment and value, and no value that fewer customers have than a number may rest on: it says
    nothing of anybody.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting")
        DONE = "done", _lazy("Done")
        FAILED = "failed", _lazy("Failed")

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    property = models.ForeignKey(BreakdownProperty, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    events = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    result = models.JSONField(null=True)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "property"], name="scoring_breakdown_once"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(result__isnull=False), name="scoring_breakdown_result"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation"], condition=models.Q(state="waiting"), name="scoring_breakdown_waiting")
        ]
