"""Who agreed to give what their read-outs say, what they give, and what a firm has published from it."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from engagement.pooled.rules import FEWEST_ORGANISATIONS, Outcome
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel

# What only a published figure has.
FIGURES: Final = (
    "effect_tenths", "low_tenths", "high_tenths", "prediction_low_tenths", "prediction_high_tenths",
    "i_squared_percent", "above_percent", "read_outs",
)  # fmt: skip
OUTCOMES = [(one.value, one.value) for one in Outcome]


class PooledConsent(IdentifiedTenantModel):
    """A client's: somebody agreed to a version of the text. At most one is open; withdrawn ones are kept.

    `by_firm`: an admin of the firm agreed, because the client had none.
    """

    text_version = models.PositiveSmallIntegerField()
    by_firm = models.BooleanField(default=False)
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    given_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(withdrawn_at__isnull=True), name="pooled_consent_one_open"
            ),
        ]


class PooledContribution(IdentifiedTenantModel):
    """A client's: what it gives for a lever in a quarter, named by its last day. Deleted when consent is withdrawn."""

    last_day = models.DateField()
    lever = models.CharField(max_length=12)
    industry = models.CharField(max_length=30)
    read_outs = models.PositiveIntegerField()
    effect_millionths = models.BigIntegerField()
    error_millionths = models.BigIntegerField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "last_day", "lever"], name="pooled_contribution_once"),
            models.CheckConstraint(
                condition=Q(read_outs__gte=1, error_millionths__gte=1), name="pooled_contribution_known"
            ),
        ]


class PooledQuarter(IdentifiedTenantModel):
    """A firm's: a quarter that was worked out, once."""

    last_day = models.DateField()
    frozen_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "last_day"], name="pooled_quarter_once")]


class PooledFigure(IdentifiedTenantModel):
    """A firm's: what became of a lever in a quarter; an industry is empty where it is over all of them.

    Tenths of the score, and per cent: nothing finer is kept, so that nothing finer can be read. The runtime role may
    insert and read, and neither change nor delete.
    """

    quarter = models.ForeignKey(PooledQuarter, on_delete=models.CASCADE, related_name="figures", db_constraint=False)
    lever = models.CharField(max_length=12)
    industry = models.CharField(max_length=30, blank=True)
    outcome = models.CharField(max_length=10, choices=OUTCOMES)
    organisations = models.PositiveIntegerField()
    read_outs = models.PositiveIntegerField(null=True)
    effect_tenths = models.IntegerField(null=True)
    low_tenths = models.IntegerField(null=True)
    high_tenths = models.IntegerField(null=True)
    prediction_low_tenths = models.IntegerField(null=True)
    prediction_high_tenths = models.IntegerField(null=True)
    i_squared_percent = models.PositiveSmallIntegerField(null=True)
    above_percent = models.PositiveSmallIntegerField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "quarter", "lever", "industry"], name="pooled_figure_once"),
            models.CheckConstraint(
                condition=(
                    Q(
                        outcome=Outcome.PUBLISHED.value,
                        organisations__gte=FEWEST_ORGANISATIONS,
                        low_tenths__lte=F("effect_tenths"),
                        high_tenths__gte=F("effect_tenths"),
                        prediction_low_tenths__lte=F("low_tenths"),
                        prediction_high_tenths__gte=F("high_tenths"),
                        i_squared_percent__lte=100,
                        above_percent__lte=100,
                    )
                    & Q(**{f"{name}__isnull": False for name in FIGURES})
                    | ~Q(outcome=Outcome.PUBLISHED.value) & Q(**{f"{name}__isnull": True for name in FIGURES})
                ),
                name="pooled_figure_of_five",
            ),
        ]
