"""Operators act for one organisation at a time, by a grant; Django's admin keeps to global tables."""

import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, GlobalTable, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0008_roles"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.CreateModel(
            name="OperatorGrant",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("viewer", "Viewer"), ("consultant", "Consultant"), ("admin", "Admin")], max_length=20
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("ticket", models.CharField(blank=True, max_length=40)),
                ("began_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)), fields=["user"], name="tenants_operatorgrant_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["viewer", "consultant", "admin"])),
                        name="tenants_operatorgrant_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__regex", "^.{10}")), name="tenants_operatorgrant_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at__gt", models.F("began_at")),
                            (
                                "expires_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("began_at"), "+", models.Value(dt.timedelta(seconds=14400))
                                ),
                            ),
                        ),
                        name="tenants_operatorgrant_time",
                    ),
                ],
            },
        ),
        TenantTable("OperatorGrant", privileges="SELECT, INSERT, UPDATE"),
        # The admin's start page reads it; what operators do there is in the log instead.
        GlobalTable("django_admin_log", privileges="SELECT"),
        DefinerFunction(
            "grants_of",
            arguments="person uuid",
            returns="TABLE (organisation_id bigint, slug text, name text, kind text, firm_id bigint, role text,"
            " grant_id uuid, reason text, expires_at timestamptz)",
            body="""
                SELECT o.id, o.slug::text, o.name::text, o.kind::text, o.firm_id, g.role::text,
                       g.id, g.reason::text, g.expires_at
                FROM public.tenants_operatorgrant g
                JOIN public.tenants_organisation o ON o.id = g.organisation_id
                JOIN public.tenants_user u ON u.id = g.user_id AND u.is_staff AND u.is_active
                WHERE g.user_id = person AND g.ended_at IS NULL AND g.expires_at > clock_timestamp()
                ORDER BY g.began_at
            """,
        ),
        DefinerFunction(
            "organisation_at",
            arguments="wanted text",
            returns="bigint",
            body="SELECT o.id FROM public.tenants_organisation o WHERE o.slug = wanted",
        ),
        DefinerFunction(
            "overdue_grants",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint)",
            body="""
                SELECT DISTINCT g.organisation_id FROM public.tenants_operatorgrant g
                WHERE g.ended_at IS NULL AND g.expires_at <= at_instant
            """,
        ),
    ]
