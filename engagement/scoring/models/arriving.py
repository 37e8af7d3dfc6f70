"""What is known of arriving events besides what they count as."""

from __future__ import annotations

from typing import Any

from django.db import models

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel, TenantModel


class IgnoredEventName(IdentifiedTenantModel):
    """A name of events that no action counts, and that nobody needs to be told of any more."""

    name = models.TextField()
    ignored_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ignored_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="scoring_ignoredeventname_once")]


class EventLook(TenantModel):
    """What the stored events of the last days were, counted by a worker at one moment (selectors/looking.py).

    Kept only where counting takes too long for a page; each look takes the place of the one before.
    """

    organisation: Any = models.OneToOneField(
        "tenants.Organisation", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    looked_at = models.DateTimeField()
    content = models.JSONField()
