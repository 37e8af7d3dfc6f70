"""Segments whose members webhooks hear of, and what each message about them is made of."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0008_alerts"),
        ("scoring", "0014_yardsticks"),
        ("tenants", "0016_minded"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="webhookdelivery",
            name="kind",
            field=models.CharField(
                choices=[
                    ("test", "Test"),
                    ("alert", "Alert"),
                    ("members_changed", "Who joined and left"),
                    ("members_snapshot", "All members"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="SegmentPush",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("sets", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "begun",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.scorerun",
                    ),
                ),
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
                    "endpoint",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="insights.webhookendpoint",
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
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="PushPage",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("of_set", models.PositiveIntegerField()),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "the runs are compared"),
                            ("subscribed", "it begins"),
                            ("asked", "somebody asked for everybody"),
                            ("sums_only", "the run sent before is kept as sums only"),
                            ("not_known", "the run sent before did not know the segment"),
                            ("given_up", "the message before was given up"),
                        ],
                        max_length=10,
                    ),
                ),
                ("page", models.PositiveIntegerField()),
                ("pages", models.PositiveIntegerField()),
                ("after", models.BigIntegerField()),
                ("until", models.BigIntegerField()),
                (
                    "delivery",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="insights.webhookdelivery",
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
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.scorerun",
                    ),
                ),
                (
                    "since",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.scorerun",
                    ),
                ),
                (
                    "push",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="insights.segmentpush",
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
            model_name="segmentpush",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("organisation", "endpoint", "segment"),
                name="insights_push_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="pushpage",
            constraint=models.UniqueConstraint(
                fields=("organisation", "push", "of_set", "page"), name="insights_pushpage_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="pushpage",
            constraint=models.UniqueConstraint(fields=("organisation", "delivery"), name="insights_pushpage_delivery"),
        ),
        migrations.AddConstraint(
            model_name="pushpage",
            constraint=models.CheckConstraint(
                condition=models.Q(("page__gte", 1), ("page__lte", models.F("pages"))), name="insights_pushpage_page"
            ),
        ),
        TenantTable("SegmentPush"),
        TenantTable("PushPage"),
        DefinerFunction(
            "pushes_behind",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT p.organisation_id, p.id FROM public.insights_segmentpush p
                JOIN public.tenants_organisation o ON o.id = p.organisation_id
                JOIN public.insights_webhookendpoint e
                  ON e.organisation_id = p.organisation_id AND e.id = p.endpoint_id
                LEFT JOIN public.scoring_scorerun b ON b.organisation_id = p.organisation_id AND b.id = p.begun_id
                WHERE p.ended_at IS NULL AND o.suspended_at IS NULL AND e.off_at IS NULL AND e.removed_at IS NULL
                  AND NOT EXISTS (SELECT 1 FROM public.insights_pushpage g
                                  JOIN public.insights_webhookdelivery d
                                    ON d.organisation_id = g.organisation_id AND d.id = g.delivery_id
                                  WHERE g.organisation_id = p.organisation_id AND g.push_id = p.id
                                    AND d.state = 'waiting')
                  AND EXISTS (SELECT 1 FROM public.scoring_runpointer q
                              JOIN public.scoring_scorerun r
                                ON r.organisation_id = q.organisation_id AND r.id = q.run_id
                              WHERE q.organisation_id = p.organisation_id AND r.cause <> 'intraday'
                                AND q.as_of < COALESCE(o.sample_today, (at_instant AT TIME ZONE o.time_zone)::date)
                                AND (b.id IS NULL OR (q.as_of >= b.as_of AND q.run_id <> b.id)))
                ORDER BY p.created_at
            """,
        ),
    ]
