"""Customers at risk: the rule, who was when somebody got in touch, and outreach with what came of it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0005_snapshot_parts"),
        ("scoring", "0011_erased_parts"),
        ("tenants", "0015_unmailed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RiskCohort",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("rule_number", models.PositiveIntegerField()),
                ("fall_thousandths", models.PositiveIntegerField()),
                ("n", models.PositiveIntegerField()),
                ("packed", models.BinaryField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scoring.scorerun",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Outreach",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("customer_number", models.BigIntegerField()),
                ("baseline_millionths", models.BigIntegerField(null=True)),
                (
                    "how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("call", "Call"),
                            ("mail", "Mail"),
                            ("visit", "Visit"),
                            ("offer", "Offer"),
                            ("other", "Other"),
                        ],
                        max_length=5,
                    ),
                ),
                ("contacted_on", models.DateField(null=True)),
                ("note", models.CharField(blank=True, max_length=280)),
                ("return_on", models.DateField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("came_back", "Came back"),
                            ("said_no", "Said no"),
                            ("no_answer", "No answer"),
                            ("wrong_address", "Wrong address"),
                            ("other", "Other"),
                        ],
                        max_length=13,
                    ),
                ),
                ("closed_on", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="insights.riskcohort",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="RiskRule",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("fall_thousandths", models.PositiveIntegerField()),
                ("least_thousandths", models.PositiveIntegerField()),
                (
                    "baseline_of",
                    models.CharField(
                        choices=[("month", "finished months"), ("week", "finished weeks")],
                        default="month",
                        max_length=5,
                    ),
                ),
                ("baseline_runs", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="riskcohort",
            constraint=models.UniqueConstraint(
                fields=("organisation", "run", "rule_number"), name="insights_riskcohort_once"
            ),
        ),
        migrations.AddIndex(
            model_name="outreach",
            index=models.Index(fields=["organisation", "customer_number"], name="insights_outreach_of"),
        ),
        migrations.AddIndex(
            model_name="outreach",
            index=models.Index(fields=["organisation", "contacted_on"], name="insights_outreach_on"),
        ),
        migrations.AddConstraint(
            model_name="outreach",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_on__isnull", True)),
                fields=("organisation", "customer_number"),
                name="insights_outreach_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="outreach",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contacted_on__isnull", True), ("how", "")),
                    models.Q(models.Q(("how", ""), _negated=True), ("contacted_on__isnull", False)),
                    _connector="OR",
                ),
                name="insights_outreach_how_and_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="outreach",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_on__isnull", True), ("outcome", "")),
                    models.Q(
                        models.Q(("outcome", ""), _negated=True),
                        ("closed_on__isnull", False),
                        ("contacted_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="insights_outreach_outcome_of_a_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="riskrule",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="insights_riskrule_numbered"),
        ),
        migrations.AddConstraint(
            model_name="riskrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fall_thousandths__range", (1000, 100000)),
                    ("least_thousandths__lte", 100000),
                    ("baseline_runs__range", (2, 12)),
                ),
                name="insights_riskrule_within_bounds",
            ),
        ),
        TenantTable("RiskCohort"),
        TenantTable("Outreach"),
        TenantTable("RiskRule"),
    ]
