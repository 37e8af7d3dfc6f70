"""Connections to other systems, each time of fetching, and the two ways to them without an organisation in scope."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0019_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Connection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("vendor", models.CharField(max_length=30)),
                ("name", models.CharField(max_length=80)),
                ("settings", models.JSONField(default=dict)),
                ("credentials_sealed", models.TextField(blank=True)),
                ("account", models.CharField(blank=True, max_length=100)),
                ("cursor", models.JSONField(default=dict)),
                ("round_until", models.DateTimeField(null=True)),
                ("backfill_from", models.DateField(null=True)),
                ("interval_minutes", models.PositiveIntegerField(default=60)),
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
                ("paused_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("last_sync_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
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
            name="Sync",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("part", "In part: it goes on"),
                            ("failed", "Broke off"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("requests", models.PositiveIntegerField(default=0)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("stored", models.PositiveIntegerField(default=0)),
                ("duplicates", models.PositiveIntegerField(default=0)),
                ("rejected", models.PositiveIntegerField(default=0)),
                ("settled", models.BooleanField(default=False)),
                ("error", models.CharField(blank=True, max_length=300)),
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
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="connections.connection",
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
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="connections_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_at__isnull", True),
                    models.Q(("credentials_sealed", ""), ("next_at__isnull", True)),
                    _connector="OR",
                ),
                name="connections_removed_forgets",
            ),
        ),
        migrations.AddIndex(
            model_name="sync",
            index=models.Index(fields=["organisation", "connection", "-started_at"], name="connections_sync_latest"),
        ),
        TenantTable("Connection"),
        TenantTable("Sync"),
        # The organisation with few connections is not kept waiting by one with many.
        DefinerFunction(
            "due_connections",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT d.organisation_id, d.id FROM (
                    SELECT c.organisation_id, c.id, c.next_at,
                           row_number() OVER (PARTITION BY c.organisation_id ORDER BY c.next_at, c.id) AS turn
                    FROM public.connections_connection c
                    JOIN public.tenants_organisation o ON o.id = c.organisation_id
                    WHERE c.next_at <= at_instant AND (c.lease_until IS NULL OR c.lease_until < at_instant)
                      AND o.suspended_at IS NULL
                ) d
                ORDER BY d.turn, d.next_at LIMIT 100
            """,
        ),
        DefinerFunction(
            "organisation_of_connection",
            arguments="connection uuid",
            returns="bigint",
            body="""
                SELECT c.organisation_id FROM public.connections_connection c
                WHERE c.id = connection AND c.removed_at IS NULL
            """,
        ),
    ]
