"""Previews that a worker computes, and the function that finds those that wait."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [("scoring", "0007_history")]

    operations = [
        migrations.CreateModel(
            name="PreviewJob",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("fingerprint", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("chunks", models.PositiveIntegerField(default=0)),
                ("chunks_done", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("result", models.JSONField(null=True)),
                ("requested_at", models.DateTimeField()),
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
                    "weight_set",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
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
                    models.UniqueConstraint(fields=("organisation", "weight_set"), name="scoring_previewjob_one"),
                    models.CheckConstraint(
                        condition=models.Q(("state", "done"), _negated=True) | models.Q(("result__isnull", False)),
                        name="scoring_previewjob_result",
                    ),
                ],
            },
        ),
        TenantTable("PreviewJob"),
        DefinerFunction(
            "pending_previews",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT p.organisation_id, p.id FROM public.scoring_previewjob p
                WHERE p.state = 'waiting' AND (p.lease_until IS NULL OR p.lease_until < at_instant)
            """,
        ),
    ]
