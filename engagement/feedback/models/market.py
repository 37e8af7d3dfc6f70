"""What is known of competitors and the market, with where it is from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class MarketFigure(IdentifiedTenantModel):
    """One figure of a competitor or the market. Never rewritten: a change is a new version, the former is retired.

    `about` is the competitor's name as the organisation writes it, or "market".
    """

    about = models.CharField(max_length=80)
    measure = models.CharField(max_length=80)
    value = models.DecimalField(max_digits=20, decimal_places=6)
    unit = models.CharField(max_length=40, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    source = models.CharField(max_length=200)
    link = models.CharField(max_length=500, blank=True)
    note = models.CharField(max_length=280, blank=True)
    replaces = models.ForeignKey("self", null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    entered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="feedback_market_days_in_order"),
            models.UniqueConstraint(
                fields=["organisation", "replaces"],
                condition=Q(replaces__isnull=False),
                name="feedback_market_one_line",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "measure", "last_day"], name="feedback_market_measured")]
