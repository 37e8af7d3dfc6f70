"""Which weights scored whom: the parts of a snapshot."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0004_ledger"),
        ("scoring", "0009_overrides"),
        ("tenants", "0003_keeping"),
    ]

    operations = [
        migrations.CreateModel(
            name="SnapshotPart",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("n", models.BigIntegerField()),
                ("n_active", models.BigIntegerField()),
                ("sum_points", models.DecimalField(decimal_places=0, max_digits=40)),
                ("points_scale", models.BigIntegerField()),
                ("sum_score_millionths", models.BigIntegerField()),
                ("n_poor", models.BigIntegerField()),
                ("n_good", models.BigIntegerField()),
                ("n_excellent", models.BigIntegerField()),
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
                    "override_of",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.segment",
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
                (
                    "segment",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scoring.segment",
                    ),
                ),
                (
                    "weight_set",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.weightset",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "run", "segment", "override_of"),
                        name="insights_snapshotpart_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "n",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("n_poor"), "+", models.F("n_good")
                                    ),
                                    "+",
                                    models.F("n_excellent"),
                                ),
                            )
                        ),
                        name="insights_snapshotpart_bands_add_up",
                    ),
                ],
            },
        ),
        TenantTable("SnapshotPart"),
    ]
