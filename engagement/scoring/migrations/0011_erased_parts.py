"""What was taken out of runs when customers were erased, so that past sums still add up."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0010_chunk_touch"),
        ("tenants", "0005_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasedPart",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("chunk", models.IntegerField()),
                ("customers", models.PositiveIntegerField()),
                ("sums", models.JSONField()),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "run", "chunk"), name="scoring_erasedpart_once")
                ],
            },
        ),
        TenantTable("ErasedPart"),
    ]
