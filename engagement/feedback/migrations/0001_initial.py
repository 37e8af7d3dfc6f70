"""What customers said, the files it came in, themes, offered phrases, and figures of the market."""

import django.contrib.postgres.fields
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
            name="FeedbackFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("file_name", models.CharField(max_length=255)),
                ("stored_as", models.CharField(max_length=255)),
                ("size_bytes", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("survey", "Survey text"),
                            ("interview", "Interview"),
                            ("group", "Focus group"),
                            ("post", "Social post"),
                            ("review", "Review"),
                            ("case", "Support case"),
                        ],
                        max_length=9,
                    ),
                ),
                ("source", models.CharField(max_length=120)),
                ("language", models.CharField(blank=True, max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("looked_at", "Not taken in yet"),
                            ("waiting", "Being read"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="looked_at",
                        max_length=9,
                    ),
                ),
                ("position", models.BigIntegerField(default=0)),
                ("stored", models.BigIntegerField(default=0)),
                ("duplicates", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "created_by",
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
            },
        ),
        migrations.CreateModel(
            name="FeedbackItem",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("day", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("survey", "Survey text"),
                            ("interview", "Interview"),
                            ("group", "Focus group"),
                            ("post", "Social post"),
                            ("review", "Review"),
                            ("case", "Support case"),
                        ],
                        max_length=9,
                    ),
                ),
                ("text", models.TextField()),
                ("language", models.CharField(blank=True, max_length=12)),
                ("customer_number", models.BigIntegerField(null=True)),
                ("source", models.CharField(max_length=120)),
                ("source_key", models.CharField(max_length=200)),
                (
                    "judged",
                    models.CharField(
                        choices=[
                            ("negative", "negative"),
                            ("neutral", "mixed or neutral"),
                            ("positive", "positive"),
                            ("unjudged", "not judged"),
                        ],
                        default="unjudged",
                        max_length=8,
                    ),
                ),
                ("compound", models.SmallIntegerField(null=True)),
                (
                    "unjudged_because",
                    models.CharField(blank=True, choices=[("language", "language"), ("words", "words")], max_length=8),
                ),
                ("model", models.CharField(blank=True, max_length=60)),
                (
                    "corrected",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("negative", "negative"),
                            ("neutral", "mixed or neutral"),
                            ("positive", "positive"),
                            ("unjudged", "not judged"),
                        ],
                        max_length=8,
                    ),
                ),
                ("corrected_at", models.DateTimeField(null=True)),
                (
                    "tone",
                    models.CharField(
                        choices=[
                            ("negative", "negative"),
                            ("neutral", "mixed or neutral"),
                            ("positive", "positive"),
                            ("unjudged", "not judged"),
                        ],
                        default="unjudged",
                        max_length=8,
                    ),
                ),
                (
                    "theme_numbers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("matched_version", models.IntegerField(default=0)),
                ("entered_at", models.DateTimeField()),
                (
                    "corrected_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "file",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="feedback.feedbackfile",
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
                        on_delete=django.db.models.deletion.SET_NULL,
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
            name="FeedbackRejection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("position", models.BigIntegerField()),
                ("line", models.BigIntegerField()),
                ("reason", models.TextField()),
                ("remedy", models.TextField()),
                ("original", models.BinaryField()),
                (
                    "file",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="feedback.feedbackfile",
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
            },
        ),
        migrations.CreateModel(
            name="MarketFigure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("about", models.CharField(max_length=80)),
                ("measure", models.CharField(max_length=80)),
                ("value", models.DecimalField(decimal_places=6, max_digits=20)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("source", models.CharField(max_length=200)),
                ("link", models.CharField(blank=True, max_length=500)),
                ("note", models.CharField(blank=True, max_length=280)),
                ("entered_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
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
                    "replaces",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="feedback.marketfigure",
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
            name="PhraseOffer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("phrase", models.CharField(max_length=200)),
                ("n", models.PositiveIntegerField()),
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
            name="Theme",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("working", "Being worked on"), ("answered", "Answered")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("state_note", models.CharField(blank=True, max_length=280)),
                ("state_on", models.DateField()),
                ("open_since", models.DateField()),
                ("archived_at", models.DateTimeField(null=True)),
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
                    "state_by",
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
            name="ThemeVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=80)),
                (
                    "phrases",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), size=None),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
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
                    "theme",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="feedback.theme",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="feedbackfile",
            index=models.Index(fields=["organisation", "-created_at"], name="feedback_file_recent"),
        ),
        migrations.AddIndex(
            model_name="feedbackitem",
            index=models.Index(fields=["organisation", "-day", "-id"], name="feedback_item_latest"),
        ),
        migrations.AddIndex(
            model_name="feedbackitem",
            index=models.Index(fields=["organisation", "matched_version"], name="feedback_item_matched"),
        ),
        migrations.AddIndex(
            model_name="feedbackitem",
            index=models.Index(
                condition=models.Q(("customer_number__isnull", False)),
                fields=["organisation", "customer_number"],
                name="feedback_item_of_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedbackitem",
            constraint=models.UniqueConstraint(
                fields=("organisation", "source", "source_key"), name="feedback_item_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="feedbackitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("compound__isnull", True), ("compound__range", (-10000, 10000)), _connector="OR"),
                name="feedback_item_compound",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedbackitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("corrected", ""), ("tone", models.F("judged"))),
                    models.Q(models.Q(("corrected", ""), _negated=True), ("tone", models.F("corrected"))),
                    _connector="OR",
                ),
                name="feedback_item_tone_that_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedbackrejection",
            constraint=models.UniqueConstraint(
                fields=("organisation", "file", "position"), name="feedback_rejection_once"
            ),
        ),
        migrations.AddIndex(
            model_name="marketfigure",
            index=models.Index(fields=["organisation", "measure", "last_day"], name="feedback_market_measured"),
        ),
        migrations.AddConstraint(
            model_name="marketfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="feedback_market_days_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="marketfigure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaces__isnull", False)),
                fields=("organisation", "replaces"),
                name="feedback_market_one_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="phraseoffer",
            constraint=models.UniqueConstraint(fields=("organisation", "place"), name="feedback_phraseoffer_placed"),
        ),
        migrations.AddConstraint(
            model_name="theme",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="feedback_theme_numbered"),
        ),
        migrations.AddConstraint(
            model_name="themeversion",
            constraint=models.UniqueConstraint(
                fields=("organisation", "number"), name="feedback_themeversion_numbered"
            ),
        ),
        TenantTable("FeedbackFile"),
        TenantTable("FeedbackRejection"),
        TenantTable("FeedbackItem"),
        TenantTable("Theme"),
        TenantTable("ThemeVersion"),
        TenantTable("PhraseOffer"),
        TenantTable("MarketFigure"),
    ]
