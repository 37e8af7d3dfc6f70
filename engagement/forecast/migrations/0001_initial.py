import django.db.models.deletion
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("insights", "0009_segment_push"),
        ("scoring", "0015_pending_breakdowns"),
        ("tenants", "0019_jobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Forecast",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("score", "Score"),
                            ("points_per_customer", "Points per customer"),
                            ("active_share", "Active share"),
                        ],
                        max_length=20,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("as_of", models.DateField()),
                ("period", models.CharField(max_length=5)),
                ("outcome", models.CharField(max_length=10)),
                ("method", models.CharField(blank=True, max_length=15)),
                ("broken_by", models.CharField(blank=True, max_length=10)),
                ("weight_set", models.PositiveIntegerField()),
                ("series", models.JSONField()),
                ("steps", models.JSONField(default=list)),
                ("test", models.JSONField(null=True)),
                ("target_thousandths", models.BigIntegerField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("at_due", models.JSONField(null=True)),
                ("chance_millionths", models.IntegerField(null=True)),
                ("path", models.JSONField(null=True)),
                ("made_at", models.DateTimeField()),
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
                (
                    "segment",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scoring.segment",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="insights.target",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "segment", "measure", "number"), name="forecast_forecast_numbered"
                    ),
                    models.UniqueConstraint(
                        fields=("organisation", "segment", "measure", "run", "target"),
                        name="forecast_forecast_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("chance_millionths__isnull", True),
                            ("chance_millionths__range", (0, 1000000)),
                            _connector="OR",
                        ),
                        name="forecast_forecast_chance",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("as_of", models.DateField()),
                ("period", models.CharField(max_length=5)),
                ("compared", models.PositiveIntegerField()),
                ("found", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
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
                "constraints": [models.UniqueConstraint(fields=("organisation", "run"), name="forecast_look_once")],
            },
        ),
        TenantTable("Forecast"),
        TenantTable("Look"),
        DefinerFunction(
            "unforecast_runs",
            arguments="published_from timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT p.organisation_id, p.run_id FROM public.scoring_runpointer p
                WHERE p.published_at >= published_from
                  AND (extract(isodow FROM p.as_of) = 7 OR extract(day FROM p.as_of + 1) = 1)
                  AND NOT EXISTS (SELECT 1 FROM public.scoring_runpointer q
                                  WHERE q.organisation_id = p.organisation_id AND q.as_of > p.as_of
                                    AND (extract(isodow FROM q.as_of) = 7 OR extract(day FROM q.as_of + 1) = 1))
                  AND NOT EXISTS (SELECT 1 FROM public.tenants_job j
                                  WHERE j.organisation_id = p.organisation_id AND j.kind = 'forecast.make'
                                    AND j.subject = p.run_id::text)
                ORDER BY p.published_at
            """,
        ),
    ]
