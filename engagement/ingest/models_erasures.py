"""Whoever asked to be erased: the work to do, and what is left of it as proof."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from engagement.ingest.models import WorkState
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Erasure(IdentifiedTenantModel):
    """Somebody who asked to be erased: work to do, and what is left of it as proof. A lease says who is at it.

    `number` is who was named, `numbers` everybody who is the same person. `identity` holds what their traces are found
    by while it goes on, and nothing once it is done; `steps` what each eraser has done, so that a crash goes on there.
    The ids are kept as ErasedCustomer.digest, which `salt` belongs to.
    """

    number = models.BigIntegerField()
    numbers = models.JSONField(default=list)
    identity = models.JSONField(default=dict)
    steps = models.JSONField(default=dict)
    salt = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.WAITING)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(state="done") | Q(identity={}), name="ingest_erasure_forgets"),
            models.UniqueConstraint(
                fields=["organisation", "number"], condition=Q(state="waiting"), name="ingest_erasure_one_waiting"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-requested_at"], name="ingest_erasure_recent"),
            models.Index(fields=["organisation"], name="ingest_erasure_waiting", condition=Q(state="waiting")),
        ]


class ErasedCustomer(IdentifiedTenantModel):
    """What is left of an erased customer: the number, never given again, and a digest of the id.

    By the digest a file or request that is sent again is refused, and a restored backup is put right. `number` is empty
    only where a restored database has given it to somebody else meanwhile. Rows are added, never changed.
    """

    erasure = models.ForeignKey(Erasure, on_delete=models.DO_NOTHING, related_name="customers", db_constraint=False)
    number = models.BigIntegerField(null=True)
    identified = models.BooleanField()
    digest = models.BinaryField(max_length=32)
    erased_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="ingest_erased_number"),
            models.UniqueConstraint(fields=["organisation", "erasure", "digest"], name="ingest_erased_once"),
        ]
        indexes = [models.Index(fields=["organisation", "digest"], name="ingest_erased_digest")]
