"""Weights of their own for segments of one partition."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0008_variants"),
        ("tenants", "0003_keeping"),
    ]

    operations = [
        migrations.CreateModel(
            name="WeightOverride",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("full_points_thousandths", models.BigIntegerField()),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="overrides",
                        to="scoring.weightset",
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
            name="OverrideWeight",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("weight_thousandths", models.BigIntegerField(default=0)),
                ("cap", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scoring.action",
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
                    "override",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weights",
                        to="scoring.weightoverride",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="weightoverride",
            constraint=models.UniqueConstraint(
                fields=("organisation", "weight_set", "segment"), name="scoring_weightoverride_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="weightoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(("full_points_thousandths__gt", 0), ("full_points_thousandths__lte", 900000000)),
                name="scoring_weightoverride_full_points",
            ),
        ),
        migrations.AddConstraint(
            model_name="overrideweight",
            constraint=models.UniqueConstraint(
                fields=("organisation", "override", "action"), name="scoring_overrideweight_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="overrideweight",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight_thousandths__range", (-1000000, 1000000))),
                name="scoring_overrideweight_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="overrideweight",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap__isnull", True), ("cap__gte", 1), _connector="OR"),
                name="scoring_overrideweight_cap",
            ),
        ),
        TenantTable("WeightOverride"),
        TenantTable("OverrideWeight"),
    ]
