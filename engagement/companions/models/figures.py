"""The figures of a month as exact sums, and what they were made with."""

from __future__ import annotations

from typing import Any, Final

from django.db import models

from engagement.scoring.models import ScoreRun
from tenants.tenancy import IdentifiedTenantModel

DIGITS: Final = 60


def _whole() -> Any:
    """A whole number of any size that sums of squares reach."""
    return models.DecimalField(max_digits=DIGITS, decimal_places=0, default=0)


class CompanionMonth(IdentifiedTenantModel):
    """What a calendar month was computed with; there is one row a month, replaced when something of it changes.

    `run` is the scoring in force for the month's last day: who belonged to which segment. `inputs` is the digest of all
    else that decides: settings, definitions of actions, answers. `is_final`: nothing that is still to come can
    change it (an action that has days left to follow another).
    """

    month = models.DateField()  # its last day
    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    run_digest = models.CharField(max_length=64, blank=True)
    setting_number = models.PositiveIntegerField()
    inputs = models.CharField(max_length=64)
    missing = models.JSONField(default=dict)  # by measure, why there is no figure
    value_scale = models.PositiveSmallIntegerField(default=0)  # decimals of revenue's unit
    is_final = models.BooleanField(default=True)
    computed_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "month"], name="companions_month_once")]


class CompanionFigure(IdentifiedTenantModel):
    """The sums of one measure for one segment in one month: formula.Sums."""

    of_month = models.ForeignKey(CompanionMonth, on_delete=models.CASCADE, related_name="figures", db_constraint=False)
    segment_key = models.SlugField(max_length=80)
    measure = models.CharField(max_length=20)
    n = models.BigIntegerField()
    total = _whole()
    squares = _whole()
    weight = _whole()
    weight_squares = _whole()
    products = _whole()  # Σvw

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "of_month", "segment_key", "measure"], name="companions_figure_once"
            )
        ]
