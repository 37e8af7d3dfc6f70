"""Who is at risk by which rule, and who minds them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.models import ScoreRun
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class RiskRule(IdentifiedTenantModel):
    """When a customer is at risk: a numbered version, never changed; the last one holds. Scores are thousandths."""

    class Baseline(models.TextChoices):
        MONTH = "month", _lazy("finished months")
        WEEK = "week", _lazy("finished weeks")

    number = models.PositiveIntegerField()
    fall_thousandths = models.PositiveIntegerField()
    least_thousandths = models.PositiveIntegerField()
    baseline_of = models.CharField(max_length=5, choices=Baseline.choices, default=Baseline.MONTH)
    baseline_runs = models.PositiveSmallIntegerField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="insights_riskrule_numbered"),
            models.CheckConstraint(
                condition=Q(fall_thousandths__range=(1_000, 100_000), least_thousandths__lte=100_000)
                & Q(baseline_runs__range=(2, 12)),
                name="insights_riskrule_within_bounds",
            ),
        ]


class RiskCohort(IdentifiedTenantModel):
    """Who was at risk in one run by one rule, kept when somebody took the first of them up.

    Outreach is held against it. `packed` has the columns customer number and baseline (millionths), of the largest
    falls; `n` is how many there were.
    """

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    rule_number = models.PositiveIntegerField()
    fall_thousandths = models.PositiveIntegerField()
    n = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "rule_number"], name="insights_riskcohort_once"),
        ]


class Outreach(IdentifiedTenantModel):
    """Somebody minds a customer, got in touch, and learned what came of it: new, contacted, closed; one open at a time.

    `cohort` and the baseline are those of the list on the day the customer was taken up; empty for somebody who was
    not on it.
    """

    class How(models.TextChoices):
        CALL = "call", _lazy("Call")
        MAIL = "mail", _lazy("Mail")
        VISIT = "visit", _lazy("Visit")
        OFFER = "offer", _lazy("Offer")
        OTHER = "other", _lazy("Other")

    class Outcome(models.TextChoices):
        CAME_BACK = "came_back", _lazy("Came back")
        SAID_NO = "said_no", _lazy("Said no")
        NO_ANSWER = "no_answer", _lazy("No answer")
        WRONG_ADDRESS = "wrong_address", _lazy("Wrong address")
        OTHER = "other", _lazy("Other")

    customer_number = models.BigIntegerField()
    cohort = models.ForeignKey(
        RiskCohort, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    baseline_millionths = models.BigIntegerField(null=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    how = models.CharField(max_length=5, choices=How.choices, blank=True)
    contacted_on = models.DateField(null=True)
    note = models.CharField(max_length=280, blank=True)
    return_on = models.DateField(null=True)
    outcome = models.CharField(max_length=13, choices=Outcome.choices, blank=True)
    closed_on = models.DateField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "customer_number"],
                condition=Q(closed_on__isnull=True),
                name="insights_outreach_one_open",
            ),
            models.CheckConstraint(
                condition=Q(how="", contacted_on__isnull=True) | (~Q(how="") & Q(contacted_on__isnull=False)),
                name="insights_outreach_how_and_when",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", closed_on__isnull=True)
                | (~Q(outcome="") & Q(closed_on__isnull=False, contacted_on__isnull=False)),
                name="insights_outreach_outcome_of_a_contact",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "customer_number"], name="insights_outreach_of"),
            models.Index(fields=["organisation", "contacted_on"], name="insights_outreach_on"),
        ]
