"""What was seen, what was done about it, what came of it; and tests with arms. Read-outs are never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("scoring", "0015_pending_breakdowns"),
        ("tenants", "0018_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Experiment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("words", models.CharField(blank=True, max_length=2000)),
                (
                    "arm_source",
                    models.CharField(
                        choices=[("trait", "A trait of the customer"), ("event", "A property of an event")],
                        default="trait",
                        max_length=5,
                    ),
                ),
                ("event_name", models.CharField(blank=True, max_length=200)),
                ("arm_name", models.CharField(max_length=120)),
                ("arms", models.JSONField()),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("score", "Score"),
                            ("points_per_customer", "Points per customer"),
                            ("action", "How often an action is done"),
                        ],
                        default="score",
                        max_length=20,
                    ),
                ),
                (
                    "judged_by",
                    models.CharField(
                        choices=[
                            ("mean", "The mean per customer"),
                            ("share", "The share of customers who do it at least once"),
                        ],
                        default="mean",
                        max_length=5,
                    ),
                ),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("difference_thousandths", models.PositiveIntegerField()),
                ("customers_per_arm", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "Planned"), ("running", "Running"), ("stopped", "Stopped")],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("stopped_because", models.CharField(blank=True, max_length=500)),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.action",
                    ),
                ),
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
                    "owner",
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
            name="ExperimentReadOut",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("found", models.JSONField()),
                ("made_at", models.DateTimeField()),
                (
                    "experiment",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="read_outs",
                        to="cases.experiment",
                    ),
                ),
                (
                    "made_by",
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
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
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
            name="Finding",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("words", models.CharField(blank=True, max_length=2000)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Worth knowing"), (2, "To be minded"), (3, "Serious")], default=2
                    ),
                ),
                (
                    "origin_kind",
                    models.CharField(
                        choices=[
                            ("person", "Somebody saw it"),
                            ("alert", "An alert"),
                            ("target", "A target"),
                            ("ledger", "Why a number moved"),
                            ("risk", "Customers at risk"),
                            ("pitfall", "A check of the measurement"),
                            ("theme", "A theme of the feedback"),
                            ("validity", "A check of what the score says"),
                        ],
                        default="person",
                        max_length=10,
                    ),
                ),
                ("origin_key", models.CharField(blank=True, max_length=120)),
                ("n", models.BigIntegerField(null=True)),
                ("sum_score_millionths", models.BigIntegerField(null=True)),
                ("sum_points", models.DecimalField(decimal_places=0, max_digits=40, null=True)),
                ("points_scale", models.BigIntegerField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_because", models.CharField(blank=True, max_length=500)),
                (
                    "closed_by",
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
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.scorerun",
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
            name="Initiative",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=120)),
                (
                    "lever",
                    models.CharField(
                        choices=[
                            ("personal", "Personalised communication"),
                            ("product", "Feedback into product"),
                            ("service", "Service training"),
                            ("automation", "Automation"),
                            ("content", "Content"),
                            ("experience", "User experience"),
                            ("loyalty", "Loyalty"),
                            ("channels", "Channel mix"),
                            ("campaigns", "Campaigns"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=2000)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField(null=True)),
                ("baseline_first", models.DateField()),
                ("baseline_last", models.DateField()),
                ("expected_thousandths", models.IntegerField(null=True)),
                ("expected_by", models.DateField(null=True)),
                ("cost_minor", models.BigIntegerField(null=True)),
                ("return_minor", models.BigIntegerField(null=True)),
                ("money_note", models.CharField(blank=True, max_length=200)),
                (
                    "comparison",
                    models.CharField(
                        choices=[
                            ("proposed", "Whatever is comparable and untouched"),
                            ("segments", "Segments that I choose"),
                            ("matched", "Customers elsewhere who began with a like score"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("score", "Score"),
                            ("points_per_customer", "Points per customer"),
                            ("action", "How often an action is done"),
                        ],
                        default="score",
                        max_length=20,
                    ),
                ),
                ("read_out_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("running", "Running"),
                            ("ended", "Ended"),
                            ("read_out", "Read out"),
                            ("stopped", "Stopped"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("fixed", models.JSONField(null=True)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("stopped_because", models.CharField(blank=True, max_length=500)),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.action",
                    ),
                ),
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
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            name="InitiativeChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("field", models.CharField(max_length=20)),
                ("before", models.CharField(blank=True, max_length=300)),
                ("after", models.CharField(blank=True, max_length=300)),
                ("is_after_start", models.BooleanField(default=False)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="cases.initiative",
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
            name="InitiativeComparison",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="compared",
                        to="cases.initiative",
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
            name="InitiativeFinding",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="cases.finding",
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="cases.initiative",
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
            name="ReadOut",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("found", models.JSONField()),
                ("made_at", models.DateTimeField()),
                (
                    "after",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.scorerun",
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scoring.scorerun",
                    ),
                ),
                (
                    "initiative",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="read_outs",
                        to="cases.initiative",
                    ),
                ),
                (
                    "made_by",
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
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="cases_experiment_number"),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="cases_experiment_days_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action__isnull", False), ("measure", "action")),
                    models.Q(models.Q(("measure", "action"), _negated=True), ("action__isnull", True)),
                    _connector="OR",
                ),
                name="cases_experiment_action_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("arm_source", "trait"), models.Q(("event_name", ""), _negated=True), _connector="OR"
                ),
                name="cases_experiment_event_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="experimentreadout",
            constraint=models.UniqueConstraint(
                fields=("organisation", "experiment", "number"), name="cases_experimentreadout_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="cases_finding_number"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("origin_key", ""), _negated=True),
                fields=("organisation", "origin_kind", "origin_key"),
                name="cases_finding_one_per_origin",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="cases_finding_days_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True), models.Q(("closed_because", ""), _negated=True), _connector="OR"
                ),
                name="cases_finding_closed_with_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="initiative",
            index=models.Index(fields=["organisation", "first_day"], name="cases_initiative_days"),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="cases_initiative_number"),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("last_day__isnull", True), ("last_day__gte", models.F("first_day")), _connector="OR"
                ),
                name="cases_initiative_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("baseline_last__gte", models.F("baseline_first")), ("baseline_last__lt", models.F("first_day"))
                ),
                name="cases_initiative_baseline_before",
            ),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cost_minor__isnull", True), ("cost_minor__gte", 0), _connector="OR"),
                    models.Q(("return_minor__isnull", True), ("return_minor__gte", 0), _connector="OR"),
                ),
                name="cases_initiative_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action__isnull", False), ("measure", "action")),
                    models.Q(models.Q(("measure", "action"), _negated=True), ("action__isnull", True)),
                    _connector="OR",
                ),
                name="cases_initiative_action_named",
            ),
        ),
        migrations.AddIndex(
            model_name="initiativechange",
            index=models.Index(fields=["organisation", "initiative", "changed_at"], name="cases_change_order"),
        ),
        migrations.AddConstraint(
            model_name="initiativecomparison",
            constraint=models.UniqueConstraint(
                fields=("organisation", "initiative", "segment"), name="cases_initiativecomparison_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="initiativefinding",
            constraint=models.UniqueConstraint(
                fields=("organisation", "initiative", "finding"), name="cases_initiativefinding_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="readout",
            constraint=models.UniqueConstraint(
                fields=("organisation", "initiative", "number"), name="cases_readout_number"
            ),
        ),
        TenantTable("Finding"),
        TenantTable("Initiative"),
        TenantTable("InitiativeFinding"),
        TenantTable("InitiativeComparison"),
        TenantTable("InitiativeChange"),
        TenantTable("Experiment"),
        TenantTable("ReadOut", privileges="SELECT, INSERT"),
        TenantTable("ExperimentReadOut", privileges="SELECT, INSERT"),
    ]
