"""Who was erased: the work, its proof, and by what an id that comes again is known."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0005_key_lives"),
        ("tenants", "0005_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.BigIntegerField()),
                ("numbers", models.JSONField(default=list)),
                ("identity", models.JSONField(default=dict)),
                ("steps", models.JSONField(default=dict)),
                ("salt", models.BinaryField(max_length=32)),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("requested_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(null=True)),
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
                    "requested_by",
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
            },
        ),
        migrations.CreateModel(
            name="ErasedCustomer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.BigIntegerField(null=True)),
                ("identified", models.BooleanField()),
                ("digest", models.BinaryField(max_length=32)),
                ("erased_at", models.DateTimeField()),
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
                    "erasure",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="customers",
                        to="ingest.erasure",
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
            model_name="erasure",
            index=models.Index(fields=["organisation", "-requested_at"], name="ingest_erasure_recent"),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["organisation"], name="ingest_erasure_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "done"), _negated=True), ("identity", {}), _connector="OR"),
                name="ingest_erasure_forgets",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("organisation", "number"),
                name="ingest_erasure_one_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="erasedcustomer",
            index=models.Index(fields=["organisation", "digest"], name="ingest_erased_digest"),
        ),
        migrations.AddConstraint(
            model_name="erasedcustomer",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="ingest_erased_number"),
        ),
        migrations.AddConstraint(
            model_name="erasedcustomer",
            constraint=models.UniqueConstraint(fields=("organisation", "erasure", "digest"), name="ingest_erased_once"),
        ),
        TenantTable("Erasure"),
        TenantTable("ErasedCustomer", privileges="SELECT, INSERT"),
        DefinerFunction(
            "pending_erasures",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT e.organisation_id, e.id FROM public.ingest_erasure e
                WHERE e.state = 'waiting' AND (e.lease_until IS NULL OR e.lease_until < at_instant)
            """,
        ),
        # The record of identities is append-only for the runtime role: of the erased alone it may go, and only through here.
        DefinerFunction(
            "erase_identity_changes",
            arguments="in_organisation bigint",
            returns="bigint",
            volatility="VOLATILE",
            body="""
                WITH gone AS (
                    DELETE FROM public.ingest_identitychange i
                    USING public.ingest_erasedcustomer e
                    WHERE i.organisation_id = in_organisation AND e.organisation_id = in_organisation
                      AND in_organisation = NULLIF(current_setting('app.org_write', true), '')::bigint
                      AND e.number IN (i.number, i.target)
                    RETURNING i.id
                )
                SELECT count(DISTINCT id) FROM gone
            """,
        ),
    ]
