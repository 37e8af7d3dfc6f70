"""Clients scored under templates of their firm, and the function that finds which of them wait."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0013_breakdowns"),
        ("tenants", "0015_unmailed"),
    ]

    operations = [
        migrations.CreateModel(
            name="YardstickScore",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("template_id", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("fits", models.JSONField(default=list)),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                ("chunks", models.PositiveIntegerField(default=0)),
                ("chunks_done", models.PositiveIntegerField(default=0)),
                ("n", models.BigIntegerField(default=0)),
                ("sum_score_millionths", models.BigIntegerField(default=0)),
                ("sum_score_squares", models.DecimalField(decimal_places=0, default=0, max_digits=50)),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("requested_at", models.DateTimeField()),
                ("latest_run_id", models.UUIDField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
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
                        null=True,
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "template_id", "version", "run"),
                        name="scoring_yardstickscore_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)), name="scoring_yardstickscore_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("chunks_done__lte", models.F("chunks"))),
                        name="scoring_yardstickscore_chunks",
                    ),
                ],
            },
        ),
        TenantTable("YardstickScore"),
        DefinerFunction(
            "pending_yardsticks",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT y.organisation_id, y.id FROM public.scoring_yardstickscore y
                WHERE CASE WHEN y.state = 'waiting' THEN y.lease_until IS NULL OR y.lease_until < at_instant
                    ELSE EXISTS (
                        SELECT FROM public.scoring_runpointer p
                        LEFT JOIN public.scoring_scorerun r
                            ON r.organisation_id = y.organisation_id AND r.id = y.run_id
                        WHERE p.organisation_id = y.organisation_id AND p.as_of >= COALESCE(r.as_of, '-infinity')
                          AND p.run_id IS DISTINCT FROM y.run_id AND p.run_id IS DISTINCT FROM y.latest_run_id
                    ) END
            """,
        ),
    ]
