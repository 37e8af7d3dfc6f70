"""What was done, by whom and why: written once, never changed, each entry chained to the one before."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from tenants.models.organisations import Organisation
from tenants.tenancy import IdentifiedTenantModel, TenantModel


def _part(key: str) -> Any:
    """A column that the database reads out of `content`, so that the two cannot differ."""
    return models.GeneratedField(
        expression=KeyTextTransform(key, Cast("content", models.JSONField())),
        output_field=models.TextField(null=True),
        db_persist=True,
    )


class AuditEntry(IdentifiedTenantModel):
    """One act. The runtime role may read it; only the function audit_append() writes it.

    hash = SHA-256(hash before ‖ number as int8 ‖ microseconds since 1970 as int8 ‖ content in UTF-8), see audit.link().
    """

    number = models.BigIntegerField()
    at = models.DateTimeField()
    content = models.TextField()
    hash = models.BinaryField(max_length=32)
    act = _part("act")
    actor = _part("user")
    object_kind = _part("object_kind")
    object_id = _part("object_id")

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="tenants_auditentry_number")]
        indexes = [
            models.Index(fields=["organisation", "act", "-number"], name="tenants_audit_act"),
            models.Index(fields=["organisation", "actor", "-number"], name="tenants_audit_actor"),
            models.Index(fields=["organisation", "object_kind", "object_id", "-number"], name="tenants_audit_object"),
            models.Index(fields=["organisation", "at"], name="tenants_audit_at"),
        ]


class AuditChain(TenantModel):
    """Where an organisation's chain ends: without it the newest entries could be cut off unseen."""

    organisation: Any = models.OneToOneField(Organisation, primary_key=True, on_delete=models.CASCADE, related_name="+")
    number = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
