"""A client scored under a template of its firm, whatever its own weights are: work to do, and its result."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models.runs import ScoreRun
from tenants.tenancy import IdentifiedTenantModel


class YardstickScore(IdentifiedTenantModel):
    """Everybody of one run under one version of a template, by exact sums; a row of the client.

    The template is named by value, and what of it is needed to score is a copy: whoever works this off reads the
    client alone. `run` is None for a client that has none yet. Sums are of `chunks_done` chunks and begin again only
    with another run, so that work goes on where it was left. `reason` says why there is no score. `latest_run_id` is
    the latest run that there was when `run` was chosen: another one means to look again (`pending_yardsticks`).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _lazy("Waiting")
        DONE = "done", _lazy("Done")
        FAILED = "failed", _lazy("Failed")

    template_id = models.UUIDField()
    version = models.PositiveIntegerField()
    content = models.JSONField()
    run = models.ForeignKey(ScoreRun, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    fits = models.JSONField(default=list)  # of the template's actions: key, name, how the client counts it
    reason = models.CharField(max_length=300, blank=True, default="")
    chunks = models.PositiveIntegerField(default=0)
    chunks_done = models.PositiveIntegerField(default=0)
    n = models.BigIntegerField(default=0)
    sum_score_millionths = models.BigIntegerField(default=0)
    sum_score_squares = models.DecimalField(max_digits=50, decimal_places=0, default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    latest_run_id = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "template_id", "version", "run"],
                name="scoring_yardstickscore_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="scoring_yardstickscore_from_one"),
            models.CheckConstraint(
                condition=Q(chunks_done__lte=models.F("chunks")), name="scoring_yardstickscore_chunks"
            ),
        ]
