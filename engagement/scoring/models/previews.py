"""Previews that a worker computes: drafts that need other counts than the latest run's."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models.configuration import WeightSet
from tenants.tenancy import IdentifiedTenantModel


class PreviewJob(IdentifiedTenantModel):
    """Work to do, and its result: one row for a draft. A lease says who is at it.

    `fingerprint` names all that the result rests on; when that changes the row begins anew, and a worker that is still
    at the former writes nothing.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting")
        DONE = "done", _lazy("Done")
        FAILED = "failed", _lazy("Failed")

    weight_set = models.ForeignKey(WeightSet, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    chunks = models.PositiveIntegerField(default=0)
    chunks_done = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    result = models.JSONField(null=True)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "weight_set"], name="scoring_previewjob_one"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(result__isnull=False), name="scoring_previewjob_result"
            ),
        ]
