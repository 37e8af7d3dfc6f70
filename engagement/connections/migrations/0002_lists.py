"""Segments that are sent to lists at a vendor, and the way to those that are behind."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0001_initial"),
        ("scoring", "0017_machine_rules"),
        ("tenants", "0019_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ListPush",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("list_id", models.CharField(blank=True, max_length=30)),
                ("list_name", models.CharField(blank=True, max_length=200)),
                ("making_at", models.DateTimeField(null=True)),
                ("wants_all", models.BooleanField(default=False)),
                ("cursor", models.JSONField(default=dict)),
                ("put_in", models.PositiveIntegerField(null=True)),
                ("taken_out", models.PositiveIntegerField(null=True)),
                ("without", models.PositiveIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Connected"),
                            ("sign_in", "Needs signing in again"),
                            ("attention", "Needs a look"),
                        ],
                        default="ready",
                        max_length=10,
                    ),
                ),
                ("error", models.CharField(blank=True, max_length=300)),
                ("next_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("last_at", models.DateTimeField(null=True)),
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
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="connections.connection",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("organisation", "connection", "segment"),
                        name="connections_list_segment_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True), models.Q(("list_id", ""), _negated=True)),
                        fields=("organisation", "connection", "list_id"),
                        name="connections_list_once",
                    ),
                ],
            },
        ),
        TenantTable("ListPush"),
        DefinerFunction(
            "lists_behind",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT p.organisation_id, p.id FROM public.connections_listpush p
                JOIN public.tenants_organisation o ON o.id = p.organisation_id
                JOIN public.connections_connection c
                  ON c.organisation_id = p.organisation_id AND c.id = p.connection_id
                JOIN public.scoring_segment s ON s.organisation_id = p.organisation_id AND s.id = p.segment_id
                LEFT JOIN public.scoring_scorerun r ON r.organisation_id = p.organisation_id AND r.id = p.run_id
                WHERE p.ended_at IS NULL AND o.suspended_at IS NULL AND c.removed_at IS NULL AND c.paused_at IS NULL
                  AND (p.lease_until IS NULL OR p.lease_until < at_instant)
                  AND (s.archived_at IS NOT NULL
                       OR p.state = 'ready' AND (p.next_at IS NULL OR p.next_at <= at_instant)
                          AND (p.begun_id IS NOT NULL
                               OR EXISTS (SELECT 1 FROM public.scoring_runpointer q
                                          JOIN public.scoring_scorerun n
                                            ON n.organisation_id = q.organisation_id AND n.id = q.run_id
                                          WHERE q.organisation_id = p.organisation_id AND n.cause <> 'intraday'
                                            AND q.as_of < COALESCE(
                                                o.sample_today, (at_instant AT TIME ZONE o.time_zone)::date)
                                            AND (r.id IS NULL OR p.wants_all
                                                 OR q.as_of >= r.as_of AND q.run_id <> r.id))))
                ORDER BY p.created_at
            """,
        ),
    ]
