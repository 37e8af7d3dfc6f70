"""The record of who was merged into whom, taken apart, and merged again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0003_rejected_by_batch"),
        ("tenants", "0003_keeping"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.BigIntegerField()),
                ("target", models.BigIntegerField()),
                (
                    "what",
                    models.CharField(
                        choices=[("merged", "Merged"), ("undone", "Taken apart"), ("merged_again", "Merged again")],
                        max_length=20,
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                ("source_id", models.UUIDField(null=True)),
                ("message_id", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(blank=True, max_length=500)),
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
                "indexes": [
                    models.Index(fields=["organisation", "number"], name="ingest_identity_number"),
                    models.Index(fields=["organisation", "target"], name="ingest_identity_target"),
                    models.Index(
                        condition=models.Q(("what", "undone")),
                        fields=["organisation", "number", "target"],
                        name="ingest_identity_undone",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number", models.F("target")), _negated=True), name="ingest_identity_two"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("what", "merged"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="ingest_identity_reason",
                    ),
                ],
            },
        ),
        TenantTable("IdentityChange", privileges="SELECT, INSERT"),
    ]
