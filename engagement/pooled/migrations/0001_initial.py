"""Consents of clients, what they give by quarter, and what their firm publishes from it."""

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
            name="PooledQuarter",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("last_day", models.DateField()),
                ("frozen_at", models.DateTimeField()),
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
            name="PooledFigure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("lever", models.CharField(max_length=12)),
                ("industry", models.CharField(blank=True, max_length=30)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("published", "published"),
                            ("few", "few"),
                            ("dominated", "dominated"),
                            ("kept", "kept"),
                        ],
                        max_length=10,
                    ),
                ),
                ("organisations", models.PositiveIntegerField()),
                ("read_outs", models.PositiveIntegerField(null=True)),
                ("effect_tenths", models.IntegerField(null=True)),
                ("low_tenths", models.IntegerField(null=True)),
                ("high_tenths", models.IntegerField(null=True)),
                ("prediction_low_tenths", models.IntegerField(null=True)),
                ("prediction_high_tenths", models.IntegerField(null=True)),
                ("i_squared_percent", models.PositiveSmallIntegerField(null=True)),
                ("above_percent", models.PositiveSmallIntegerField(null=True)),
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
                    "quarter",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="pooled.pooledquarter",
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
            name="PooledConsent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("text_version", models.PositiveSmallIntegerField()),
                ("by_firm", models.BooleanField(default=False)),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "given_by",
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
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("organisation",),
                        name="pooled_consent_one_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PooledContribution",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("last_day", models.DateField()),
                ("lever", models.CharField(max_length=12)),
                ("industry", models.CharField(max_length=30)),
                ("read_outs", models.PositiveIntegerField()),
                ("effect_millionths", models.BigIntegerField()),
                ("error_millionths", models.BigIntegerField()),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "last_day", "lever"), name="pooled_contribution_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("error_millionths__gte", 1), ("read_outs__gte", 1)),
                        name="pooled_contribution_known",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="pooledquarter",
            constraint=models.UniqueConstraint(fields=("organisation", "last_day"), name="pooled_quarter_once"),
        ),
        migrations.AddConstraint(
            model_name="pooledfigure",
            constraint=models.UniqueConstraint(
                fields=("organisation", "quarter", "lever", "industry"), name="pooled_figure_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="pooledfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("above_percent__lte", 100),
                        ("high_tenths__gte", models.F("effect_tenths")),
                        ("i_squared_percent__lte", 100),
                        ("low_tenths__lte", models.F("effect_tenths")),
                        ("organisations__gte", 5),
                        ("outcome", "published"),
                        ("prediction_high_tenths__gte", models.F("high_tenths")),
                        ("prediction_low_tenths__lte", models.F("low_tenths")),
                        ("above_percent__isnull", False),
                        ("effect_tenths__isnull", False),
                        ("high_tenths__isnull", False),
                        ("i_squared_percent__isnull", False),
                        ("low_tenths__isnull", False),
                        ("prediction_high_tenths__isnull", False),
                        ("prediction_low_tenths__isnull", False),
                        ("read_outs__isnull", False),
                    ),
                    models.Q(
                        models.Q(("outcome", "published"), _negated=True),
                        ("above_percent__isnull", True),
                        ("effect_tenths__isnull", True),
                        ("high_tenths__isnull", True),
                        ("i_squared_percent__isnull", True),
                        ("low_tenths__isnull", True),
                        ("prediction_high_tenths__isnull", True),
                        ("prediction_low_tenths__isnull", True),
                        ("read_outs__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="pooled_figure_of_five",
            ),
        ),
        TenantTable("PooledConsent"),
        TenantTable("PooledContribution"),
        TenantTable("PooledQuarter", privileges="SELECT, INSERT"),
        TenantTable("PooledFigure", privileges="SELECT, INSERT"),
        DefinerFunction(
            "pooled_members",
            arguments="of_firm bigint, with_version integer, before_instant timestamptz",
            returns="TABLE (organisation_id bigint)",
            body="""
                SELECT c.organisation_id FROM public.pooled_pooledconsent c
                JOIN public.tenants_organisation o ON o.id = c.organisation_id
                WHERE o.firm_id = of_firm AND o.suspended_at IS NULL AND c.withdrawn_at IS NULL
                  AND c.text_version = with_version AND c.given_at < before_instant
                  AND of_firm = ANY (COALESCE(NULLIF(current_setting('app.org_read', true), ''), '{}')::bigint[])
            """,
        ),
        DefinerFunction(
            "pooled_agreed",
            arguments="of_firm bigint, with_version integer",
            returns="bigint",
            body="""
                SELECT LEAST(count(*), 5) FROM public.pooled_pooledconsent c
                JOIN public.tenants_organisation o ON o.id = c.organisation_id
                WHERE o.firm_id = of_firm AND c.withdrawn_at IS NULL AND c.text_version = with_version
                  AND of_firm = ANY (COALESCE(NULLIF(current_setting('app.org_read', true), ''), '{}')::bigint[])
            """,
        ),
        DefinerFunction(
            "pooled_standing",
            arguments="of_firm bigint",
            returns="TABLE (last_day date, lever text, industry text, organisations bigint)",
            body="""
                SELECT c.last_day, c.lever::text, c.industry::text, count(*) FROM public.pooled_pooledcontribution c
                JOIN public.tenants_organisation o ON o.id = c.organisation_id
                WHERE o.firm_id = of_firm
                  AND of_firm = ANY (COALESCE(NULLIF(current_setting('app.org_read', true), ''), '{}')::bigint[])
                GROUP BY c.last_day, c.lever, c.industry
            """,
        ),
        DefinerFunction(
            "pooled_due",
            arguments="at_instant timestamptz, with_version integer",
            returns="TABLE (firm_id bigint)",
            body="""
                SELECT f.id FROM public.tenants_organisation f
                WHERE f.kind = 'firm' AND f.suspended_at IS NULL
                  AND EXISTS (SELECT FROM public.pooled_pooledconsent c
                              JOIN public.tenants_organisation o ON o.id = c.organisation_id
                              WHERE o.firm_id = f.id AND c.withdrawn_at IS NULL AND c.text_version = with_version)
                  AND NOT EXISTS (SELECT FROM public.pooled_pooledquarter q
                                  WHERE q.organisation_id = f.id AND q.last_day >= date_trunc(
                                      'quarter', COALESCE(f.sample_today, (at_instant AT TIME ZONE f.time_zone)::date)
                                  )::date - 1)
            """,
        ),
    ]
