"""An import is mapped, tried, cancelled and undone: what its row says of it, saved mappings, what it changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0009_turns"),
        ("tenants", "0019_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="fileimport",
            name="kind",
            field=models.CharField(
                choices=[
                    ("events", "Events"),
                    ("customers", "Customers"),
                    ("aggregates", "Counts by day"),
                    ("answers", "Survey answers"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="cancel_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="columns",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="first_day",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="found",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="last_day",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="mapping",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="mapping_name",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="taken_out",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="task",
            field=models.CharField(
                choices=[("read", "Import"), ("try", "Dry run"), ("undo", "Undo")],
                db_default="read",
                default="read",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="fileimport",
            name="undone_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="fileimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Waits for your decision"),
                    ("waiting", "Waiting"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                    ("undone", "Undone"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="ImportChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.BigIntegerField()),
                ("former", models.JSONField(default=dict)),
                ("given", models.JSONField(default=dict)),
                ("former_email", models.CharField(blank=True, max_length=254)),
                ("former_updated_at", models.DateTimeField()),
                (
                    "file_import",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="ingest.fileimport",
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
                "indexes": [models.Index(fields=["organisation", "number"], name="ingest_change_number")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "file_import", "number"), name="ingest_change_customer"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=10)),
                ("signature", models.CharField(max_length=64)),
                ("columns", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
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
                "indexes": [
                    models.Index(fields=["organisation", "kind", "signature"], name="ingest_mapping_signature")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "kind", "name"), name="ingest_mapping_name")
                ],
            },
        ),
        TenantTable("SavedMapping"),
        TenantTable("ImportChange"),
    ]
