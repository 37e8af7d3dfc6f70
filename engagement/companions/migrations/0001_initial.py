"""What stands beside the score: settings, answers, money, and the figures of months."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("scoring", "0015_pending_breakdowns"),
        ("tenants", "0019_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SurveyReading",
            fields=[
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tenants.organisation",
                    ),
                ),
                ("setting_number", models.PositiveIntegerField()),
                ("received_before", models.DateTimeField(null=True)),
                ("unusable", models.PositiveIntegerField(default=0)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="CompanionMonth",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("month", models.DateField()),
                ("run_digest", models.CharField(blank=True, max_length=64)),
                ("setting_number", models.PositiveIntegerField()),
                ("inputs", models.CharField(max_length=64)),
                ("missing", models.JSONField(default=dict)),
                ("value_scale", models.PositiveSmallIntegerField(default=0)),
                ("is_final", models.BooleanField(default=True)),
                ("computed_at", models.DateTimeField()),
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
            },
        ),
        migrations.CreateModel(
            name="CompanionFigure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("segment_key", models.SlugField(max_length=80)),
                ("measure", models.CharField(max_length=20)),
                ("n", models.BigIntegerField()),
                ("total", models.DecimalField(decimal_places=0, default=0, max_digits=60)),
                ("squares", models.DecimalField(decimal_places=0, default=0, max_digits=60)),
                ("weight", models.DecimalField(decimal_places=0, default=0, max_digits=60)),
                ("weight_squares", models.DecimalField(decimal_places=0, default=0, max_digits=60)),
                ("products", models.DecimalField(decimal_places=0, default=0, max_digits=60)),
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
                    "of_month",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="companions.companionmonth",
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
            name="CompanionSetting",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("set_at", models.DateTimeField()),
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
                    "set_by",
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
            },
        ),
        migrations.CreateModel(
            name="MonthlyMoney",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("month", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("acquisition", "Acquisition cost"),
                            ("programme", "Programme cost"),
                            ("other_revenue", "Other revenue"),
                        ],
                        max_length=20,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
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
                (
                    "segment",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scoring.segment",
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
            name="SurveyAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("day", models.DateField()),
                ("customer_number", models.BigIntegerField(null=True)),
                ("kind", models.CharField(choices=[("nps", "NPS"), ("csat", "CSAT")], max_length=4)),
                ("value", models.PositiveSmallIntegerField()),
                (
                    "source",
                    models.CharField(choices=[("event", "Event"), ("file", "File"), ("api", "API")], max_length=5),
                ),
                ("key", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
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
            },
        ),
        migrations.CreateModel(
            name="SurveyUpload",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("kind", models.CharField(choices=[("nps", "NPS"), ("csat", "CSAT")], max_length=4)),
                (
                    "state",
                    models.CharField(
                        choices=[("looked_at", "Looked at"), ("waiting", "Waiting"), ("taken_in", "Taken in")],
                        default="looked_at",
                        max_length=10,
                    ),
                ),
                ("content", models.TextField(blank=True)),
                ("rejected", models.JSONField(default=list)),
                ("good", models.PositiveIntegerField(default=0)),
                ("bad", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("uploaded_at", models.DateTimeField()),
                ("taken_in_at", models.DateTimeField(null=True)),
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
                    "uploaded_by",
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
            },
        ),
        migrations.AddConstraint(
            model_name="companionmonth",
            constraint=models.UniqueConstraint(fields=("organisation", "month"), name="companions_month_once"),
        ),
        migrations.AddConstraint(
            model_name="companionfigure",
            constraint=models.UniqueConstraint(
                fields=("organisation", "of_month", "segment_key", "measure"), name="companions_figure_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="companionsetting",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="companions_setting_number"),
        ),
        migrations.AddIndex(
            model_name="monthlymoney",
            index=models.Index(fields=["organisation", "month"], name="companions_money_month"),
        ),
        migrations.AddConstraint(
            model_name="monthlymoney",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="companions_money_number"),
        ),
        migrations.AddConstraint(
            model_name="monthlymoney",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)), name="companions_money_first_of_month"
            ),
        ),
        migrations.AddConstraint(
            model_name="monthlymoney",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__isnull", True), ("amount_minor__gte", 0), _connector="OR"),
                name="companions_money_not_negative",
            ),
        ),
        migrations.AddIndex(
            model_name="surveyanswer",
            index=models.Index(fields=["organisation", "day"], name="companions_answer_day"),
        ),
        migrations.AddIndex(
            model_name="surveyanswer",
            index=models.Index(fields=["organisation", "customer_number"], name="companions_answer_of"),
        ),
        migrations.AddConstraint(
            model_name="surveyanswer",
            constraint=models.UniqueConstraint(
                fields=("organisation", "kind", "source", "key"), name="companions_answer_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyanswer",
            constraint=models.CheckConstraint(condition=models.Q(("value__lte", 10)), name="companions_answer_value"),
        ),
        migrations.AddIndex(
            model_name="surveyupload",
            index=models.Index(fields=["organisation", "-uploaded_at"], name="companions_upload_recent"),
        ),
        TenantTable("CompanionSetting"),
        TenantTable("MonthlyMoney"),
        TenantTable("SurveyAnswer"),
        TenantTable("SurveyReading"),
        TenantTable("SurveyUpload"),
        TenantTable("CompanionMonth"),
        TenantTable("CompanionFigure"),
    ]
