"""What scores are held against, and what every check of it found."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("scoring", "0015_pending_breakdowns"),
        ("tenants", "0019_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Outcome",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("silent", "Churn: nothing any more"),
                            ("no_repeat", "No repeat: did it before, and not again"),
                        ],
                        max_length=9,
                    ),
                ),
                ("action_keys", models.JSONField(default=list)),
                ("days", models.PositiveSmallIntegerField()),
                ("is_monthly", models.BooleanField(default=True)),
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
        migrations.CreateModel(
            name="ValidityCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "cause",
                    models.CharField(
                        choices=[("asked", "Asked for"), ("monthly", "By itself, for the month")], max_length=7
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("weight_set_number", models.PositiveIntegerField(null=True)),
                ("window_days", models.PositiveSmallIntegerField(null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("only_outcome", "only_outcome"),
                            ("unknown_actions", "unknown_actions"),
                            ("few_outcomes", "few_outcomes"),
                            ("nothing_known", "nothing_known"),
                            ("no_others", "no_others"),
                        ],
                        max_length=20,
                    ),
                ),
                ("left_out", models.PositiveIntegerField(default=0)),
                ("suggestion", models.JSONField(null=True)),
                (
                    "asked_by",
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
                    "outcome",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="validity.outcome",
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
            name="ValidityResult",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("segment_key", models.SlugField(max_length=60)),
                ("position", models.PositiveIntegerField()),
                ("figures", models.JSONField()),
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
                    "validity_check",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="validity.validitycheck",
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
            model_name="outcome",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="validity_outcome_numbered"),
        ),
        migrations.AddConstraint(
            model_name="outcome",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__range", (7, 365))), name="validity_outcome_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="outcome",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "no_repeat"), _negated=True),
                    models.Q(("action_keys", []), _negated=True),
                    _connector="OR",
                ),
                name="validity_outcome_names_actions",
            ),
        ),
        migrations.AddIndex(
            model_name="validitycheck",
            index=models.Index(fields=["organisation", "-finished_at"], name="validity_check_latest"),
        ),
        migrations.AddConstraint(
            model_name="validitycheck",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="validity_check_numbered"),
        ),
        migrations.AddConstraint(
            model_name="validitycheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cause", "monthly")),
                fields=("organisation", "outcome", "run"),
                name="validity_check_once_a_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="validityresult",
            constraint=models.UniqueConstraint(
                fields=("organisation", "validity_check", "segment_key"), name="validity_result_once"
            ),
        ),
        TenantTable("Outcome"),
        TenantTable("ValidityCheck"),
        TenantTable("ValidityResult"),
        DefinerFunction(
            "monthly_outcomes",
            arguments="",
            returns="TABLE (organisation_id bigint)",
            body="""
                SELECT o.organisation_id FROM public.validity_outcome o
                WHERE o.is_monthly AND o.number = (SELECT max(p.number) FROM public.validity_outcome p
                                                   WHERE p.organisation_id = o.organisation_id)
            """,
        ),
    ]
