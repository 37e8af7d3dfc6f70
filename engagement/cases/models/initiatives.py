"""What was done about it, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.cases.models.findings import Finding
from engagement.scoring.models import Action, ScoreRun, Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Lever(models.TextChoices):
    """What kind of thing is done."""

    PERSONAL = "personal", _lazy("Personalised communication")
    PRODUCT = "product", _lazy("Feedback into product")
    SERVICE = "service", _lazy("Service training")
    AUTOMATION = "automation", _lazy("Automation")
    CONTENT = "content", _lazy("Content")
    EXPERIENCE = "experience", _lazy("User experience")
    LOYALTY = "loyalty", _lazy("Loyalty")
    CHANNELS = "channels", _lazy("Channel mix")
    CAMPAIGNS = "campaigns", _lazy("Campaigns")
    OTHER = "other", _lazy("Something else")


class Measure(models.TextChoices):
    """By what a step or a test is judged."""

    SCORE = "score", _lazy("Score")
    POINTS = "points_per_customer", _lazy("Points per customer")
    ACTION = "action", _lazy("How often an action is done")


class Initiative(IdentifiedTenantModel):
    """A step: what is done for a segment (none: for everybody), since when, at what cost, and by what it is judged.

    Money is in hundredths of the organisation's currency; empty: not known. Measure, action and read-out day are
    fixed when it starts (`fixed`, as they were then); whatever changes afterwards stands in its changes. What the step
    is compared with is either chosen, or proposed at each read-out.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _lazy("Planned")
        RUNNING = "running", _lazy("Running")
        ENDED = "ended", _lazy("Ended")
        READ_OUT = "read_out", _lazy("Read out")
        STOPPED = "stopped", _lazy("Stopped")

    class Comparison(models.TextChoices):
        PROPOSED = "proposed", _lazy("Whatever is comparable and untouched")
        SEGMENTS = "segments", _lazy("Segments that I choose")
        MATCHED = "matched", _lazy("Customers elsewhere who began with a like score")

    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    lever = models.CharField(max_length=12, choices=Lever.choices)
    words = models.CharField(max_length=2000, blank=True)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    first_day = models.DateField()
    last_day = models.DateField(null=True)
    baseline_first = models.DateField()
    baseline_last = models.DateField()
    expected_thousandths = models.IntegerField(null=True)
    expected_by = models.DateField(null=True)
    cost_minor = models.BigIntegerField(null=True)
    return_minor = models.BigIntegerField(null=True)
    money_note = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    comparison = models.CharField(max_length=10, choices=Comparison.choices, default=Comparison.PROPOSED)
    measure = models.CharField(max_length=20, choices=Measure.choices, default=Measure.SCORE)
    action = models.ForeignKey(Action, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    read_out_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    fixed = models.JSONField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=500, blank=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="cases_initiative_number"),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="cases_initiative_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(baseline_last__gte=F("baseline_first"), baseline_last__lt=F("first_day")),
                name="cases_initiative_baseline_before",
            ),
            models.CheckConstraint(
                condition=(Q(cost_minor__isnull=True) | Q(cost_minor__gte=0))
                & (Q(return_minor__isnull=True) | Q(return_minor__gte=0)),
                name="cases_initiative_money",
            ),
            models.CheckConstraint(
                condition=Q(measure="action", action__isnull=False) | ~Q(measure="action") & Q(action__isnull=True),
                name="cases_initiative_action_named",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "first_day"], name="cases_initiative_days")]


class InitiativeFinding(IdentifiedTenantModel):
    """Which finding a step answers."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="answers", db_constraint=False)
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="steps", db_constraint=False)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "initiative", "finding"], name="cases_initiativefinding_once"
            )
        ]


class InitiativeComparison(IdentifiedTenantModel):
    """A segment that a step is compared with, chosen by somebody."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="compared", db_constraint=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_constraint=False)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "initiative", "segment"], name="cases_initiativecomparison_once"
            )
        ]


class InitiativeChange(IdentifiedTenantModel):
    """One thing that was changed: codes, days, numbers and keys before and after; texts as rewritten."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="changes", db_constraint=False)
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=300, blank=True)
    after = models.CharField(max_length=300, blank=True)
    is_after_start = models.BooleanField(default=False)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "initiative", "changed_at"], name="cases_change_order")]


class ReadOut(IdentifiedTenantModel):
    """What came of a step between two runs; numbered within it, and never changed: the role cannot.

    `found` has exact sums as integers, the estimates made from them, and what was compared with whom.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="read_outs", db_constraint=False)
    number = models.PositiveIntegerField()
    before = models.ForeignKey(ScoreRun, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    after = models.ForeignKey(ScoreRun, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    found = models.JSONField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "initiative", "number"], name="cases_readout_number")
        ]
