"""What outcome scores are held against, and what every check found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models import ScoreRun
from engagement.validity.types import Reason
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Outcome(IdentifiedTenantModel):
    """What happens, or does not, in the days after a score: a numbered version, never changed; the last one holds.

    `action_keys` are the actions that would say somebody stayed; for silence none stands for every counted action.
    """

    class Kind(models.TextChoices):
        SILENT = "silent", _lazy("Churn: nothing any more")
        NO_REPEAT = "no_repeat", _lazy("No repeat: did it before, and not again")

    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    action_keys = models.JSONField(default=list)
    days = models.PositiveSmallIntegerField()
    is_monthly = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="validity_outcome_numbered"),
            models.CheckConstraint(condition=Q(days__range=(7, 365)), name="validity_outcome_days"),
            models.CheckConstraint(
                condition=~Q(kind="no_repeat") | ~Q(action_keys=[]), name="validity_outcome_names_actions"
            ),
        ]


class ValidityCheck(IdentifiedTenantModel):
    """One check: what was asked, and once `finished_at` is there what was found, which never changes.

    `weight_set_number` are the weights that customers were scored with for it. `reason` is a code of `types.Reason`
    where nothing could be checked. `suggestion` holds sums and coefficients, nobody's number.
    """

    class Cause(models.TextChoices):
        ASKED = "asked", _lazy("Asked for")
        MONTHLY = "monthly", _lazy("By itself, for the month")

    number = models.PositiveIntegerField()
    outcome = models.ForeignKey(Outcome, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    cause = models.CharField(max_length=7, choices=Cause.choices)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    weight_set_number = models.PositiveIntegerField(null=True)
    window_days = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=20, blank=True, choices=[(one.value, one.value) for one in Reason])
    left_out = models.PositiveIntegerField(default=0)  # customers of the run who were merged into others since
    suggestion = models.JSONField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="validity_check_numbered"),
            models.UniqueConstraint(
                fields=["organisation", "outcome", "run"],
                condition=Q(cause="monthly"),
                name="validity_check_once_a_month",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-finished_at"], name="validity_check_latest")]


class ValidityResult(IdentifiedTenantModel):
    """What a check found of one segment, by its key, "all" for everybody: counts and statistics in `figures`."""

    validity_check = models.ForeignKey(
        ValidityCheck, on_delete=models.CASCADE, related_name="results", db_constraint=False
    )
    segment_key = models.SlugField(max_length=60)
    position = models.PositiveIntegerField()
    figures = models.JSONField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "validity_check", "segment_key"], name="validity_result_once"
            )
        ]
