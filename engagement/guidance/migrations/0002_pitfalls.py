"""What the checks of the measuring came to, and which pitfalls are accepted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("guidance", "0001_initial"),
        ("tenants", "0019_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PitfallAcceptance",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("code", models.SlugField(max_length=40)),
                ("reason", models.CharField(max_length=280)),
                ("accepted_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
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
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("organisation", "code"),
                        name="guidance_acceptance_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="guidance_acceptance_says_why"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PitfallCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("day", models.DateField()),
                ("run_number", models.PositiveIntegerField()),
                ("outcomes", models.JSONField()),
                ("trips", models.JSONField()),
                ("checked_at", models.DateTimeField()),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "day"), name="guidance_pitfallcheck_once_a_day")
                ],
            },
        ),
        TenantTable("PitfallCheck"),
        TenantTable("PitfallAcceptance"),
        DefinerFunction(
            "unlooked_at",
            arguments="before_instant timestamptz",
            returns="TABLE (organisation_id bigint)",
            body="""
                SELECT DISTINCT p.organisation_id FROM public.scoring_runpointer p
                WHERE NOT EXISTS (SELECT FROM public.guidance_pitfallcheck c
                                  WHERE c.organisation_id = p.organisation_id AND c.checked_at >= before_instant)
            """,
        ),
    ]
