"""What an organisation takes along when it leaves, and what is left to prove that it has left."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from tenants.models.people import User
from tenants.tenancy import IdentifiedTenantModel


class Takeout(IdentifiedTenantModel):
    """All of an organisation as one file, written by a worker, removed when it expires. A lease says who is at it."""

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Being written")
        DONE = "done", _lazy("Ready")
        FAILED = "failed", _lazy("Failed")
        GONE = "gone", _lazy("Removed")

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stored_as = models.CharField(max_length=64, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    rows = models.JSONField(default=dict)
    error = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(state="waiting"), name="tenants_takeout_one_waiting"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-requested_at"], name="tenants_takeout_recent")]


class DeletionProof(IdentifiedTenantModel):
    """That a client was deleted: a row of its firm. Nothing in it is about anybody but who asked."""

    slug = models.CharField(max_length=60)
    deleted_id = models.BigIntegerField()
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    deleted_at = models.DateTimeField()
    rows = models.JSONField()
    record_entries = models.BigIntegerField()
    record_hash = models.CharField(max_length=64, blank=True)
    text = models.TextField()

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "-deleted_at"], name="tenants_proof_recent")]
