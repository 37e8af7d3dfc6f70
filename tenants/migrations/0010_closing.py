"""Organisations that rest, leave, and leave a proof behind."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0009_operators"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeletionProof",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("slug", models.CharField(max_length=60)),
                ("deleted_id", models.BigIntegerField()),
                ("requested_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField()),
                ("rows", models.JSONField()),
                ("record_entries", models.BigIntegerField()),
                ("record_hash", models.CharField(blank=True, max_length=64)),
                ("text", models.TextField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Takeout",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Being written"),
                            ("done", "Ready"),
                            ("failed", "Failed"),
                            ("gone", "Removed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("stored_as", models.CharField(blank=True, max_length=64)),
                ("size_bytes", models.BigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("rows", models.JSONField(default=dict)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("requested_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="organisation",
            name="delete_after",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="organisation",
            name="deletion_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="organisation",
            name="deletion_asked_by",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="organisation",
            name="privacy_contact",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=200,
                verbose_name="whom customers ask about their data",
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="suspended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="organisation",
            name="suspended_why",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("delete_after__isnull", True),
                    models.Q(("deletion_asked_at__isnull", False), ("suspended_at__isnull", False)),
                    _connector="OR",
                ),
                name="tenants_organisation_closing",
            ),
        ),
        migrations.AddField(
            model_name="deletionproof",
            name="organisation",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organisation"
            ),
        ),
        migrations.AddField(
            model_name="deletionproof",
            name="requested_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="takeout",
            name="organisation",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organisation"
            ),
        ),
        migrations.AddField(
            model_name="takeout",
            name="requested_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="deletionproof",
            index=models.Index(fields=["organisation", "-deleted_at"], name="tenants_proof_recent"),
        ),
        migrations.AddIndex(
            model_name="takeout",
            index=models.Index(fields=["organisation", "-requested_at"], name="tenants_takeout_recent"),
        ),
        migrations.AddConstraint(
            model_name="takeout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("organisation",), name="tenants_takeout_one_waiting"
            ),
        ),
        TenantTable("Takeout"),
        TenantTable("DeletionProof", privileges="SELECT, INSERT"),
        DefinerFunction(
            "suspended_organisations",
            arguments="",
            returns="SETOF bigint",
            body="SELECT o.id FROM public.tenants_organisation o WHERE o.suspended_at IS NOT NULL",
        ),
        DefinerFunction(
            "pending_takeouts",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT t.organisation_id, t.id FROM public.tenants_takeout t
                WHERE t.state = 'waiting' AND (t.lease_until IS NULL OR t.lease_until < at_instant)
            """,
        ),
    ]
