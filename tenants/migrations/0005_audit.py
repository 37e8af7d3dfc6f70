"""The record of what was done: one chain an organisation, written by audit_append() alone."""

import django.db.models.deletion
import django.db.models.fields.json
import django.db.models.functions.comparison
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0004_intraday"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tenants.organisation",
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("content", models.TextField()),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "act",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.fields.json.KeyTextTransform(
                            "act", django.db.models.functions.comparison.Cast("content", models.JSONField())
                        ),
                        output_field=models.TextField(null=True),
                    ),
                ),
                (
                    "actor",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.fields.json.KeyTextTransform(
                            "user", django.db.models.functions.comparison.Cast("content", models.JSONField())
                        ),
                        output_field=models.TextField(null=True),
                    ),
                ),
                (
                    "object_kind",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.fields.json.KeyTextTransform(
                            "object_kind", django.db.models.functions.comparison.Cast("content", models.JSONField())
                        ),
                        output_field=models.TextField(null=True),
                    ),
                ),
                (
                    "object_id",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.fields.json.KeyTextTransform(
                            "object_id", django.db.models.functions.comparison.Cast("content", models.JSONField())
                        ),
                        output_field=models.TextField(null=True),
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
                "indexes": [
                    models.Index(fields=["organisation", "act", "-number"], name="tenants_audit_act"),
                    models.Index(fields=["organisation", "actor", "-number"], name="tenants_audit_actor"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "number"), name="tenants_auditentry_number")
                ],
            },
        ),
        TenantTable("AuditChain", privileges="SELECT"),
        TenantTable("AuditEntry", privileges="SELECT"),
        DefinerFunction(
            "audit_append",
            arguments="in_organisation bigint, entry uuid, said text",
            returns="bigint",
            volatility="VOLATILE",
            # Whoever may read an organisation may add to its record; nobody may change or take away. The chain's row is
            # locked by the upsert, so that numbers have no gaps and each hash rests on the one before.
            body="""
                WITH moment AS (
                    SELECT clock_timestamp() AS at
                    WHERE in_organisation =
                        ANY (COALESCE(NULLIF(current_setting('app.org_read', true), ''), '{}')::bigint[])
                ), bits AS (
                    SELECT at, int8send((extract(epoch FROM at) * 1000000)::bigint) || convert_to(said, 'UTF8') AS tail
                    FROM moment
                ), chain AS (
                    INSERT INTO public.tenants_auditchain AS c (organisation_id, number, hash)
                    SELECT in_organisation, 1, sha256(
                        sha256(convert_to('rapport audit ' || in_organisation, 'UTF8')) || int8send(1) || tail
                    ) FROM bits
                    ON CONFLICT (organisation_id) DO UPDATE
                    SET number = c.number + 1,
                        hash = sha256(c.hash || int8send(c.number + 1) || (SELECT tail FROM bits))
                    RETURNING c.number, c.hash
                )
                INSERT INTO public.tenants_auditentry (organisation_id, id, number, at, content, hash)
                SELECT in_organisation, entry, chain.number, bits.at, said, chain.hash FROM chain, bits
                RETURNING number
            """,
        ),
    ]
