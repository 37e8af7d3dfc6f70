"""What was forecast, kept as it was said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from engagement.insights.models import Target
from engagement.scoring.models import ScoreRun, Segment
from tenants.tenancy import IdentifiedTenantModel


class Forecast(IdentifiedTenantModel):
    """What was said about one measure of one segment after a run; numbered by segment and measure, never changed.

    Values are millionths of the measure's own unit. `series` is what it was made from: [day, run number, value].
    `steps` is what was said: [day, middle, 80 % from, to, 95 % from, to]; `at_due` the same of the target's due day.
    `test` is how the method did on the past of the series, `path` what would reach the target. Target and due day are
    those of then.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    target = models.ForeignKey(Target, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    measure = models.CharField(max_length=20, choices=Target.Measure.choices)
    number = models.PositiveIntegerField()
    as_of = models.DateField()
    period = models.CharField(max_length=5)
    outcome = models.CharField(max_length=10)
    method = models.CharField(max_length=15, blank=True)
    broken_by = models.CharField(max_length=10, blank=True)  # what the series begins after
    weight_set = models.PositiveIntegerField()
    series = models.JSONField()
    steps = models.JSONField(default=list)
    test = models.JSONField(null=True)
    target_thousandths = models.BigIntegerField(null=True)
    due_on = models.DateField(null=True)
    at_due = models.JSONField(null=True)
    chance_millionths = models.IntegerField(null=True)
    path = models.JSONField(null=True)
    made_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "segment", "measure", "number"], name="forecast_forecast_numbered"
            ),
            models.UniqueConstraint(
                fields=["organisation", "segment", "measure", "run", "target"],
                name="forecast_forecast_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(chance_millionths__isnull=True) | Q(chance_millionths__range=(0, 1_000_000)),
                name="forecast_forecast_chance",
            ),
        ]


class Look(IdentifiedTenantModel):
    """All segments of one run held against what their past led to expect; `compared` were, `found` was unusual.

    `found`: [segment key, value, expected, 95 % from, to, p (all millionths), stands among all of them, what carried
    it]; the last is a list of [cause, action or "", difference in millionths].
    """

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    as_of = models.DateField()
    period = models.CharField(max_length=5)
    compared = models.PositiveIntegerField()
    found = models.JSONField(default=list)
    made_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "run"], name="forecast_look_once")]
