"""Invitations: how people come to an organisation."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from tenants.models.people import LimitedTo, Role, User
from tenants.tenancy import IdentifiedTenantModel


class Invitation(IdentifiedTenantModel):
    """One address, asked to take a role. The link that is mailed is signed and is not kept: see invitation_links.py."""

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    limited_to = models.CharField(
        max_length=10, choices=LimitedTo.choices, default=LimitedTo.NOTHING, db_default="", blank=True
    )
    segment_ids = models.JSONField(default=list, db_default=[], blank=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # Goes up each time it is sent, so that an earlier link opens nothing.
    serial = models.PositiveIntegerField(default=1)
    sent_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)  # when the mail server took it
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="tenants_invitation_open_once",
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="tenants_invitation_email_lower"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="tenants_invitation_role"),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="tenants_invitation_one_end",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="tenants_invitation_id")]

    @property
    def expires_at(self) -> datetime:
        return self.sent_at + timedelta(days=settings.INVITATION_DAYS)

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at
