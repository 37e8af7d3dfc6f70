"""Notes on days, and questions about numbers with what was answered; readers write to these three tables too."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable

OPTIONS = {"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"}


def _id() -> Any:
    return models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False)


def _organisation() -> Any:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organisation"
    )


def _segment() -> Any:
    return models.ForeignKey(
        db_constraint=False,
        null=True,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="scoring.segment",
    )


def _person() -> Any:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0006_at_risk"),
        ("scoring", "0011_erased_parts"),
        ("tenants", "0015_unmailed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", _id()),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("text", models.CharField(max_length=280)),
                ("in_reports", models.BooleanField(default=False)),
                ("written_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(null=True)),
                ("organisation", _organisation()),
                ("segment", _segment()),
                ("written_by", _person()),
            ],
            options={
                **OPTIONS,
                "indexes": [models.Index(fields=["organisation", "first_day"], name="insights_note_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(last_day__gte=F("first_day")), name="insights_note_days_in_order"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", _id()),
                ("as_of", models.DateField(null=True)),
                ("run_number", models.PositiveIntegerField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("waiting_since", models.DateTimeField(null=True)),
                ("asked_by", _person()),
                ("organisation", _organisation()),
                ("segment", _segment()),
            ],
            options={
                **OPTIONS,
                "indexes": [
                    models.Index(
                        condition=Q(waiting_since__isnull=False),
                        fields=["organisation", "waiting_since"],
                        name="insights_question_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionLine",
            fields=[
                ("id", _id()),
                ("is_answer", models.BooleanField(default=False)),
                ("text", models.CharField(max_length=1000)),
                ("written_at", models.DateTimeField()),
                ("mailed_to", models.JSONField(default=list)),
                ("mailed_at", models.DateTimeField(null=True)),
                ("organisation", _organisation()),
                (
                    "question",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="insights.question",
                    ),
                ),
                ("written_by", _person()),
            ],
            options={
                **OPTIONS,
                "indexes": [
                    models.Index(fields=["organisation", "question", "written_at"], name="insights_questionline_order"),
                    models.Index(
                        condition=Q(mailed_at__isnull=True),
                        fields=["written_at"],
                        name="insights_questionline_unmailed",
                    ),
                ],
            },
        ),
        TenantTable("Note", asked=True),
        TenantTable("Question", asked=True),
        TenantTable("QuestionLine", asked=True),
        DefinerFunction(
            "unmailed_question_lines",
            arguments="written_from timestamptz, written_until timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT l.organisation_id, l.id FROM public.insights_questionline l
                WHERE l.mailed_at IS NULL AND l.written_at >= written_from AND l.written_at <= written_until
                ORDER BY l.written_at
            """,
        ),
    ]
