"""Tokens may do less than their person, run out, say when they were last used; and an organisation has its own."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable, WithoutDefinerFunction


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0006_accounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="last_used_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="organisations",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="permissions",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), null=True, size=None
            ),
        ),
        migrations.CreateModel(
            name="OrganisationToken",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("hint", models.CharField(max_length=4)),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
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
        TenantTable("OrganisationToken"),
        WithoutDefinerFunction(
            "api_token_user",
            arguments="token_digest bytea",
            returns="uuid",
            body="""
                SELECT t.user_id FROM public.tenants_apitoken t
                WHERE t.digest = token_digest AND t.revoked_at IS NULL
            """,
        ),
        DefinerFunction(
            "resolve_api_token",
            arguments="token_digest bytea",
            returns="TABLE (id uuid, user_id uuid, organisation_id bigint, permissions text[], organisations bigint[], "
            "expires_at timestamptz, last_used_at timestamptz)",
            body="""
                SELECT p.id, p.user_id, NULL::bigint, p.permissions::text[], p.organisations, p.expires_at, p.last_used_at
                FROM public.tenants_apitoken p WHERE p.digest = token_digest AND p.revoked_at IS NULL
                UNION ALL
                SELECT o.id, NULL::uuid, o.organisation_id, o.permissions::text[], NULL::bigint[], o.expires_at,
                    o.last_used_at
                FROM public.tenants_organisationtoken o WHERE o.digest = token_digest AND o.revoked_at IS NULL
            """,
        ),
        DefinerFunction(
            "reach_of_token",
            arguments="token_digest bytea",
            returns="TABLE (organisation_id bigint, slug text, name text, kind text, firm_id bigint)",
            body="""
                SELECT o.id, o.slug::text, o.name::text, o.kind::text, o.firm_id
                FROM public.tenants_organisationtoken t
                JOIN public.tenants_organisation o ON o.id = t.organisation_id OR o.firm_id = t.organisation_id
                WHERE t.digest = token_digest AND t.revoked_at IS NULL
            """,
        ),
        DefinerFunction(
            "token_used",
            arguments="token_digest bytea, at_instant timestamptz",
            returns="bigint",
            volatility="VOLATILE",
            # At most once a minute, and nobody waits for a row that somebody else holds.
            body="""
                WITH personal AS (
                    UPDATE public.tenants_apitoken SET last_used_at = at_instant
                    WHERE id = (
                        SELECT p.id FROM public.tenants_apitoken p WHERE p.digest = token_digest
                        AND (p.last_used_at IS NULL OR p.last_used_at <= at_instant - interval '1 minute')
                        FOR NO KEY UPDATE SKIP LOCKED
                    )
                    RETURNING 1
                ), of_organisation AS (
                    UPDATE public.tenants_organisationtoken AS t SET last_used_at = at_instant
                    FROM (
                        SELECT o.organisation_id, o.id FROM public.tenants_organisationtoken o
                        WHERE o.digest = token_digest
                        AND (o.last_used_at IS NULL OR o.last_used_at <= at_instant - interval '1 minute')
                        FOR NO KEY UPDATE SKIP LOCKED
                    ) AS found
                    WHERE t.organisation_id = found.organisation_id AND t.id = found.id
                    RETURNING 1
                )
                SELECT (SELECT count(*) FROM personal) + (SELECT count(*) FROM of_organisation)
            """,
        ),
    ]
