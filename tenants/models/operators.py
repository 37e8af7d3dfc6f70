"""When an operator of the platform acted for an organisation, and why."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from tenants.models.people import Role, User
from tenants.tenancy import IdentifiedTenantModel

LONGEST_VISIT = timedelta(hours=4)
SHORTEST_REASON = 10  # characters


class OperatorGrant(IdentifiedTenantModel):
    """An operator acts for this organisation, and for no other, in a member's role, until it expires or is ended."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices)
    reason = models.CharField(max_length=300)
    ticket = models.CharField(max_length=40, blank=True)
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [models.Index(fields=["user"], condition=models.Q(ended_at=None), name="tenants_operatorgrant_open")]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="tenants_operatorgrant_role"),
            models.CheckConstraint(condition=models.Q(reason__regex=r"^.{10}"), name="tenants_operatorgrant_reason"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("began_at"))
                & models.Q(expires_at__lte=models.F("began_at") + LONGEST_VISIT),
                name="tenants_operatorgrant_time",
            ),
        ]
