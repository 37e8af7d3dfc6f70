"""What a run said about each segment, and where a segment is meant to be."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models import ScoreRun, Segment, WeightSet
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class SegmentSnapshot(IdentifiedTenantModel):
    """Exact sums of one segment in one run; every ratio on a page is made from them at the border.

    points: thousandths of a point (times 1,000,000 where the weight set has a half-life, see points_scale);
    scores: millionths. by_action maps an action's key to [occurrences, points, customers].
    """

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    definition_number = models.PositiveIntegerField()
    as_of = models.DateField()
    n = models.BigIntegerField()
    n_active = models.BigIntegerField()
    n_multi_channel = models.BigIntegerField()
    sum_points = models.DecimalField(max_digits=40, decimal_places=0)
    points_scale = models.BigIntegerField()
    sum_score_millionths = models.BigIntegerField()
    sum_score_squares = models.DecimalField(max_digits=50, decimal_places=0)
    sum_point_squares = models.DecimalField(max_digits=60, decimal_places=0, null=True)  # null: before it was kept
    median_score_millionths = models.BigIntegerField(null=True)
    n_poor = models.BigIntegerField()
    n_good = models.BigIntegerField()
    n_excellent = models.BigIntegerField()
    by_action = models.JSONField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "segment"], name="insights_snapshot_once"),
            models.CheckConstraint(
                condition=Q(n=models.F("n_poor") + models.F("n_good") + models.F("n_excellent")),
                name="insights_snapshot_bands_add_up",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "segment", "as_of"], name="insights_snapshot_trend")]


class SnapshotPart(IdentifiedTenantModel):
    """The members of one segment whom one set of weights scored: a part of the segment's snapshot in the same run.

    `override_of` is the segment whose own weights they were, empty for the numbers of the weight set itself. The parts
    of a snapshot add up to it. They are kept where the run's weight set has overrides; without, the snapshot is the
    only part.
    """

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    weight_set = models.ForeignKey(WeightSet, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    override_of = models.ForeignKey(
        Segment, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    n = models.BigIntegerField()
    n_active = models.BigIntegerField()
    sum_points = models.DecimalField(max_digits=40, decimal_places=0)
    points_scale = models.BigIntegerField()
    sum_score_millionths = models.BigIntegerField()
    n_poor = models.BigIntegerField()
    n_good = models.BigIntegerField()
    n_excellent = models.BigIntegerField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "run", "segment", "override_of"],
                name="insights_snapshotpart_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(n=models.F("n_poor") + models.F("n_good") + models.F("n_excellent")),
                name="insights_snapshotpart_bands_add_up",
            ),
        ]


class SegmentLedger(IdentifiedTenantModel):
    """Why one segment's number moved from one run (`base`) to the next (`run`).

    `states` is a list of [cause, action or null, n, Σ score in millionths, Σ points, scale of points], the first how it
    was before; each state switches one cause more, so that the differences add up to the change exactly.
    """

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    base = models.ForeignKey(ScoreRun, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    as_of = models.DateField()
    states = models.JSONField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "segment"], name="insights_ledger_once"),
        ]


class Target(IdentifiedTenantModel):
    """A number a segment is meant to reach by a day, with somebody who minds it.

    Values are thousandths of the measure's own unit: 75,000 is a score of 75, 750 an active share of 0.75. The start is
    where the segment stood when the target was first set, with the day and run it was read from; a change of the target
    keeps it. Never changed but to retire it: a change is a new row.
    """

    class Measure(models.TextChoices):
        SCORE = "score", _lazy("Score")
        POINTS_PER_CUSTOMER = "points_per_customer", _lazy("Points per customer")
        ACTIVE_SHARE = "active_share", _lazy("Active share")

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    measure = models.CharField(max_length=20, choices=Measure.choices, default=Measure.SCORE)
    value_thousandths = models.BigIntegerField()
    due_on = models.DateField()
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    start_value_thousandths = models.BigIntegerField(null=True)
    start_as_of = models.DateField(null=True)
    start_run_number = models.PositiveIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "segment", "measure"],
                condition=Q(retired_at__isnull=True),
                name="insights_target_one_in_force",
            ),
            models.CheckConstraint(condition=Q(value_thousandths__gt=0), name="insights_target_positive"),
            models.CheckConstraint(
                condition=Q(measure="points_per_customer")
                | Q(measure="score", value_thousandths__lte=100_000)
                | Q(measure="active_share", value_thousandths__lte=1_000),
                name="insights_target_within_measure",
            ),
        ]
