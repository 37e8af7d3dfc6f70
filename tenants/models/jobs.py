"""Work that somebody or the clock has asked for and a worker does."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from tenants.models.people import User
from tenants.tenancy import IdentifiedTenantModel


class Job(IdentifiedTenantModel):
    """One piece of work: `kind` is the name of the Celery task that does it, `subject` what it is about.

    Of a kind and subject one waits at a time. A lease says who is at it; `attempts` counts beginnings. `refusal` says
    in words why there is nothing to show; `error` is for the log and whoever runs the platform.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting")
        DONE = "done", _lazy("Done")
        FAILED = "failed", _lazy("Failed")

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    steps = models.PositiveIntegerField(default=0)
    steps_done = models.PositiveIntegerField(default=0)
    refusal = models.CharField(max_length=300, blank=True, default="")
    error = models.TextField(blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "subject"], condition=Q(state="waiting"), name="tenants_job_one_waiting"
            ),
            models.CheckConstraint(condition=Q(steps_done__lte=F("steps")), name="tenants_job_steps"),
        ]
        indexes = [models.Index(fields=["organisation", "kind", "subject", "-requested_at"], name="tenants_job_recent")]
