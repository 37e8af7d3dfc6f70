"""What the checks of a client's measuring came to, day by day, and which pitfalls somebody has decided to live with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class PitfallCheck(IdentifiedTenantModel):
    """One look, the last of its day (the organisation's): `outcomes` by code, `trips` as [code, severity, numbers,
    names]. `run_number` is the run that was looked at; numbers are whole or fractions, as text.
    """

    day = models.DateField()
    run_number = models.PositiveIntegerField()
    outcomes = models.JSONField()
    trips = models.JSONField()
    checked_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="guidance_pitfallcheck_once_a_day"),
        ]


class PitfallAcceptance(IdentifiedTenantModel):
    """Somebody has decided to live with a pitfall, and why; until somebody takes it back. One of a code at a time."""

    code = models.SlugField(max_length=40)
    reason = models.CharField(max_length=280)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    accepted_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code"], condition=Q(ended_at__isnull=True), name="guidance_acceptance_one"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="guidance_acceptance_says_why"),
        ]
