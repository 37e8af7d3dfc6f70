"""How a weight set came to count, on record, and the past scored again with it by choice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models.configuration import WeightSet
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class PublishingStep(IdentifiedTenantModel):
    """One act on the way of a weight set: who did what, when, and the reason where one was given. Never changed."""

    class What(models.TextChoices):
        PROPOSED = "proposed", _lazy("Proposed")
        SENT_BACK = "sent_back", _lazy("Sent back")
        TAKEN_BACK = "taken_back", _lazy("Proposal taken back")
        APPROVED = "approved", _lazy("Approved")
        SCHEDULED = "scheduled", _lazy("Scheduled")
        WITHDRAWN = "withdrawn", _lazy("Withdrawn")
        IN_FORCE = "in_force", _lazy("Put in force")
        RESTATED = "restated", _lazy("Restatement begun")
        RESTORED = "restored", _lazy("Restatement taken back")

    weight_set = models.ForeignKey(WeightSet, on_delete=models.CASCADE, related_name="steps", db_constraint=False)
    what = models.CharField(max_length=10, choices=What.choices)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "weight_set", "at"], name="scoring_publishingstep_of")]


class Restatement(IdentifiedTenantModel):
    """Past days scored again with a weight set that did not hold on them: a list of days, worked off one by one.

    `days` are ISO days, the newest first, fixed when it begins. The day that is being scored is a RunRequest that
    points here; there is one at a time, so that other work is not kept waiting.
    """

    class State(models.TextChoices):
        RUNNING = "running", _lazy("Running")
        DONE = "done", _lazy("Done")
        CANCELLED = "cancelled", _lazy("Cancelled")

    weight_set = models.ForeignKey(WeightSet, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    first_day = models.DateField()
    days = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state="running"), name="scoring_restatement_one_running"
            )
        ]
