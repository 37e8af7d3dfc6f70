"""Why each segment's number moved from run to run."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


def _key(to: str, on_delete: Any = django.db.models.deletion.CASCADE) -> Any:
    return models.ForeignKey(db_constraint=False, on_delete=on_delete, related_name="+", to=to)


class Migration(migrations.Migration):
    dependencies = [("insights", "0003_targets"), ("scoring", "0006_chunks")]

    operations = [
        migrations.CreateModel(
            name="SegmentLedger",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("as_of", models.DateField()),
                ("states", models.JSONField()),
                ("base", _key("scoring.scorerun", django.db.models.deletion.DO_NOTHING)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
                ("run", _key("scoring.scorerun")),
                ("segment", _key("scoring.segment")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "run", "segment"), name="insights_ledger_once")
                ],
            },
        ),
        TenantTable("SegmentLedger"),
    ]
