"""Alert rules, what they found in which run, and the webhooks it is sent to."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0007_notes"),
        ("scoring", "0011_erased_parts"),
        ("tenants", "0015_unmailed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("checked_at", models.DateTimeField()),
                ("compared", models.PositiveIntegerField()),
                ("passed_over", models.JSONField(default=list)),
                ("mailed_to", models.JSONField(default=list)),
                ("mailed_at", models.DateTimeField(null=True)),
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
            name="AlertRule",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("drop", "The score falls"),
                            ("band", "The band changes"),
                            ("silent", "Customers fall silent"),
                            ("target", "A target is off track"),
                            ("stale", "Data stops coming"),
                        ],
                        max_length=6,
                    ),
                ),
                ("period", models.CharField(blank=True, choices=[("week", "week"), ("month", "month")], max_length=5)),
                ("threshold_thousandths", models.PositiveIntegerField()),
                ("segment_keys", models.JSONField(default=list)),
                ("roles", models.JSONField(default=list)),
                ("people", models.JSONField(default=list)),
                ("by_webhook", models.BooleanField(default=False)),
                ("muted_until", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
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
            name="Alert",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("rule_version", models.PositiveIntegerField()),
                ("subject", models.CharField(blank=True, max_length=36)),
                ("as_of", models.DateField()),
                ("facts", models.JSONField(default=dict)),
                ("fired_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("seen", "Seen"), ("done", "Done")], default="open", max_length=4
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=280)),
                ("handled_at", models.DateTimeField(null=True)),
                ("over_on", models.DateField(null=True)),
                (
                    "handled_by",
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
                    "segment",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scoring.segment",
                    ),
                ),
                (
                    "alert_check",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="insights.alertcheck",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="insights.alertrule",
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
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=2048)),
                ("takes_alerts", models.BooleanField(default=True)),
                ("secret_sealed", models.TextField()),
                ("former_sealed", models.TextField(blank=True)),
                ("former_until", models.DateTimeField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("off_at", models.DateTimeField(null=True)),
                ("off_by_failure", models.BooleanField(default=False)),
                ("off_told_at", models.DateTimeField(null=True)),
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
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(choices=[("test", "Test"), ("alert", "Alert")], max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Delivered"), ("failed", "Given up")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("tried_at", models.DateTimeField(null=True)),
                ("answered", models.PositiveIntegerField(null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                (
                    "alert",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="insights.alert",
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
                    "endpoint",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="insights.webhookendpoint",
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
            model_name="alertcheck",
            index=models.Index(
                condition=models.Q(("mailed_at__isnull", True)),
                fields=["checked_at"],
                name="insights_alertcheck_unmailed",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertcheck",
            constraint=models.UniqueConstraint(fields=("organisation", "run"), name="insights_alertcheck_once"),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="insights_alertrule_numbered"),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["drop", "band", "silent"]), ("period__in", ["week", "month"])),
                    models.Q(("kind__in", ["target", "stale"]), ("period", "")),
                    _connector="OR",
                ),
                name="insights_alertrule_period",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["organisation", "fired_at"], name="insights_alert_latest"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("over_on__isnull", True)),
                fields=["organisation", "rule"],
                name="insights_alert_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                fields=("organisation", "rule", "segment", "subject", "as_of"), name="insights_alert_once"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["organisation", "endpoint", "made_at"], name="insights_delivery_latest"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["due_at"], name="insights_delivery_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("alert__isnull", False)),
                fields=("organisation", "endpoint", "alert"),
                name="insights_delivery_alert_once",
            ),
        ),
        TenantTable("AlertRule"),
        TenantTable("AlertCheck"),
        TenantTable("Alert"),
        TenantTable("WebhookEndpoint"),
        TenantTable("WebhookDelivery"),
        DefinerFunction(
            "unchecked_runs",
            arguments="published_from timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT p.organisation_id, p.run_id FROM public.scoring_runpointer p
                WHERE p.published_at >= published_from
                  AND EXISTS (SELECT 1 FROM public.insights_alertrule r
                              WHERE r.organisation_id = p.organisation_id AND r.retired_at IS NULL)
                  AND NOT EXISTS (SELECT 1 FROM public.insights_alertcheck c
                                  WHERE c.organisation_id = p.organisation_id AND c.run_id = p.run_id)
                ORDER BY p.published_at
            """,
        ),
        DefinerFunction(
            "unmailed_alerts",
            arguments="checked_from timestamptz, checked_until timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT c.organisation_id, c.id FROM public.insights_alertcheck c
                WHERE c.mailed_at IS NULL AND c.checked_at >= checked_from AND c.checked_at <= checked_until
                ORDER BY c.checked_at
            """,
        ),
        DefinerFunction(
            "pending_deliveries",
            arguments="due_until timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT d.organisation_id, d.id FROM public.insights_webhookdelivery d
                JOIN public.insights_webhookendpoint e
                  ON e.organisation_id = d.organisation_id AND e.id = d.endpoint_id
                WHERE d.state = 'waiting' AND d.due_at <= due_until
                  AND (d.lease_until IS NULL OR d.lease_until < due_until)
                  AND e.off_at IS NULL AND e.removed_at IS NULL
                ORDER BY d.due_at
            """,
        ),
        DefinerFunction(
            "untold_webhooks",
            arguments="off_from timestamptz, off_until timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT e.organisation_id, e.id FROM public.insights_webhookendpoint e
                WHERE e.off_by_failure AND e.off_told_at IS NULL AND e.removed_at IS NULL
                  AND e.off_at >= off_from AND e.off_at <= off_until
                ORDER BY e.off_at
            """,
        ),
    ]
