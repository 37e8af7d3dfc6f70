"""Weights of their own for segments of one partition: part of a weight set, and as immutable as the rest of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from engagement.scoring.models.configuration import Action, Segment, WeightSet
from tenants.tenancy import IdentifiedTenantModel


class WeightOverride(IdentifiedTenantModel):
    """What the customers of one segment are scored with in place of their weight set's own weights and full points.

    Window and half-life are the set's. All overrides of a set are for segments of one partition, so that nobody is
    found by two of them.
    """

    weight_set = models.ForeignKey(WeightSet, on_delete=models.CASCADE, related_name="overrides", db_constraint=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    full_points_thousandths = models.BigIntegerField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "weight_set", "segment"], name="scoring_weightoverride_once"
            ),
            models.CheckConstraint(
                condition=Q(full_points_thousandths__gt=0, full_points_thousandths__lte=900_000_000),
                name="scoring_weightoverride_full_points",
            ),
        ]


class OverrideWeight(IdentifiedTenantModel):
    """What one action is worth to the customers of an override, in thousandths of a point."""

    override = models.ForeignKey(WeightOverride, on_delete=models.CASCADE, related_name="weights", db_constraint=False)
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    weight_thousandths = models.BigIntegerField(default=0)
    cap = models.PositiveIntegerField(null=True, blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "override", "action"], name="scoring_overrideweight_once"),
            models.CheckConstraint(
                condition=Q(weight_thousandths__range=(-1_000_000, 1_000_000)), name="scoring_overrideweight_range"
            ),
            models.CheckConstraint(condition=Q(cap__isnull=True) | Q(cap__gte=1), name="scoring_overrideweight_cap"),
        ]
