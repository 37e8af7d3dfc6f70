"""How companions are measured, and money per month as people enter it. Rows are added and never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models import Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class CompanionSetting(IdentifiedTenantModel):
    """An immutable version of what companions are measured by; the one with the highest number holds.

    `content` is types.Measuring as JSON.
    """

    number = models.PositiveIntegerField()
    content = models.JSONField()
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="companions_setting_number")]


class MonthlyMoney(IdentifiedTenantModel):
    """An amount of one month, for everybody or one segment, in whole minor units of the organisation's currency.

    Of several for the same month, kind and segment the one with the highest number holds; without an amount it takes
    back what was entered before, and the amount is not known.
    """

    class Kind(models.TextChoices):
        ACQUISITION = "acquisition", _lazy("Acquisition cost")
        PROGRAMME = "programme", _lazy("Programme cost")
        OTHER_REVENUE = "other_revenue", _lazy("Other revenue")

    number = models.PositiveIntegerField()
    month = models.DateField()  # its first day
    kind = models.CharField(max_length=20, choices=Kind.choices)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="companions_money_number"),
            models.CheckConstraint(condition=Q(month__day=1), name="companions_money_first_of_month"),
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True) | Q(amount_minor__gte=0), name="companions_money_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "month"], name="companions_money_month")]
