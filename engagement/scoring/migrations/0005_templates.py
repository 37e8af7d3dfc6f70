"""A firm's templates with their versions, and what of them was applied to a client; each behind the wall."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable

_META = {"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"}


def _id() -> tuple[str, models.UUIDField]:
    return (
        "id",
        models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
    )


def _organisation() -> tuple[str, models.ForeignKey]:
    return (
        "organisation",
        models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.CASCADE,
            related_name="+",
            to="tenants.organisation",
        ),
    )


def _person() -> models.ForeignKey:
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [("scoring", "0004_publishing")]

    operations = [
        migrations.CreateModel(
            name="Template",
            fields=[
                _id(),
                ("key", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                ("created_by", _person()),
                _organisation(),
            ],
            options={
                **_META,
                "constraints": [models.UniqueConstraint(fields=["organisation", "key"], name="scoring_template_key")],
            },
        ),
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                _id(),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("note", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", _person()),
                _organisation(),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="scoring.template",
                    ),
                ),
            ],
            options={
                **_META,
                "constraints": [
                    models.UniqueConstraint(
                        fields=["organisation", "template", "number"], name="scoring_templateversion_number"
                    ),
                    models.CheckConstraint(condition=models.Q(number__gte=1), name="scoring_templateversion_from_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppliedTemplate",
            fields=[
                _id(),
                ("number", models.PositiveIntegerField()),
                ("template_id", models.UUIDField()),
                ("template_key", models.CharField(max_length=60)),
                ("template_name", models.CharField(max_length=80)),
                ("version", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("decisions", models.JSONField(default=dict)),
                ("applied_at", models.DateTimeField()),
                ("applied_by", _person()),
                _organisation(),
            ],
            options={
                **_META,
                "constraints": [
                    models.UniqueConstraint(fields=["organisation", "number"], name="scoring_appliedtemplate_number")
                ],
            },
        ),
        TenantTable("Template"),
        TenantTable("TemplateVersion"),
        TenantTable("AppliedTemplate"),
    ]
