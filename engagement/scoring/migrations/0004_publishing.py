"""Publishing: effective days, a second approver, the record of both, and restatements of the past."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable

# The owner too is bound by FORCE; for one statement it is lifted, in the migration's own transaction.
_OPEN = "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY"
_CLOSE = "ALTER TABLE {} FORCE ROW LEVEL SECURITY"
_TABLES = ("scoring_weightset", "tenants_organisation")
# What has counted so far: the first set of an organisation for all days, each later one from the day before it was
# published, which is the day that was scored with it at once.
HOLDS = """
    UPDATE scoring_weightset w SET
        in_force_at = w.published_at,
        effective_from = CASE WHEN EXISTS (
            SELECT 1 FROM scoring_weightset b
            WHERE b.organisation_id = w.organisation_id AND b.state IN ('published', 'retired')
              AND (b.published_at, b.number) < (w.published_at, w.number)
        ) THEN COALESCE(o.sample_today, (w.published_at AT TIME ZONE o.time_zone)::date) - 1 END
    FROM tenants_organisation o
    WHERE o.id = w.organisation_id AND w.state IN ('published', 'retired')
"""
RESTATEMENT_KEY = """
    ALTER TABLE scoring_runrequest ADD CONSTRAINT scoring_runrequest_restatement_id_fk
    FOREIGN KEY (organisation_id, restatement_id) REFERENCES scoring_restatement (organisation_id, id)
    ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0003_packed_days"),
        ("tenants", "0003_keeping"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PublishingStep",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("sent_back", "Sent back"),
                            ("taken_back", "Proposal taken back"),
                            ("approved", "Approved"),
                            ("scheduled", "Scheduled"),
                            ("withdrawn", "Withdrawn"),
                            ("in_force", "Put in force"),
                            ("restated", "Restatement begun"),
                            ("restored", "Restatement taken back"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Restatement",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("first_day", models.DateField()),
                ("days", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("cancelled", "Cancelled")],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.RemoveConstraint(
            model_name="runrequest",
            name="scoring_runrequest_one_waiting",
        ),
        migrations.RemoveConstraint(
            model_name="weightset",
            name="scoring_weightset_one_draft",
        ),
        migrations.RemoveConstraint(
            model_name="weightset",
            name="scoring_weightset_published_whole",
        ),
        migrations.AddField(
            model_name="scorerun",
            name="restates",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="weightset",
            name="approved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="weightset",
            name="approved_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="weightset",
            name="effective_from",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="weightset",
            name="in_force_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="weightset",
            name="proposed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="weightset",
            name="proposed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="weightset",
            name="restate_from",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="runrequest",
            name="cause",
            field=models.CharField(
                choices=[
                    ("schedule", "Schedule"),
                    ("request", "On request"),
                    ("history", "History"),
                    ("restated", "Restatement"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="scorerun",
            name="cause",
            field=models.CharField(
                choices=[
                    ("schedule", "Schedule"),
                    ("request", "On request"),
                    ("history", "History"),
                    ("restated", "Restatement"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="weightset",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("proposed", "Waits for approval"),
                    ("scheduled", "Scheduled"),
                    ("published", "Published"),
                    ("retired", "Retired"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        *(migrations.RunSQL(_OPEN.format(table), _CLOSE.format(table)) for table in _TABLES),
        migrations.RunSQL(HOLDS, migrations.RunSQL.noop),
        *(migrations.RunSQL(_CLOSE.format(table), _OPEN.format(table)) for table in _TABLES),
        migrations.AddConstraint(
            model_name="weightset",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "proposed"])),
                fields=("organisation",),
                name="scoring_weightset_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="weightset",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "scheduled")),
                fields=("organisation", "effective_from"),
                name="scoring_weightset_one_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="weightset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["proposed", "scheduled", "published"]), _negated=True),
                    ("full_points_thousandths__isnull", False),
                    _connector="OR",
                ),
                name="scoring_weightset_published_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="weightset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "scheduled"), _negated=True), ("effective_from__isnull", False), _connector="OR"
                ),
                name="scoring_weightset_scheduled_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="weightset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    ("proposed_by__isnull", True),
                    models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="scoring_weightset_two_people",
            ),
        ),
        migrations.AddField(
            model_name="publishingstep",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="publishingstep",
            name="organisation",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organisation"
            ),
        ),
        migrations.AddField(
            model_name="publishingstep",
            name="weight_set",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="steps",
                to="scoring.weightset",
            ),
        ),
        migrations.AddField(
            model_name="restatement",
            name="organisation",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organisation"
            ),
        ),
        migrations.AddField(
            model_name="restatement",
            name="requested_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="restatement",
            name="weight_set",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="scoring.weightset",
            ),
        ),
        migrations.AddField(
            model_name="runrequest",
            name="restatement",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="requests",
                to="scoring.restatement",
            ),
        ),
        migrations.AddConstraint(
            model_name="runrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("restatement__isnull", True), ("state", "waiting")),
                fields=("organisation", "as_of"),
                name="scoring_runrequest_one_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="runrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("restatement__isnull", False), ("state", "waiting")),
                fields=("organisation", "restatement"),
                name="scoring_runrequest_one_restating",
            ),
        ),
        migrations.AddIndex(
            model_name="publishingstep",
            index=models.Index(fields=["organisation", "weight_set", "at"], name="scoring_publishingstep_of"),
        ),
        migrations.AddConstraint(
            model_name="restatement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")),
                fields=("organisation",),
                name="scoring_restatement_one_running",
            ),
        ),
        TenantTable("PublishingStep"),
        TenantTable("Restatement"),
        migrations.RunSQL(
            RESTATEMENT_KEY, "ALTER TABLE scoring_runrequest DROP CONSTRAINT scoring_runrequest_restatement_id_fk"
        ),
        DefinerFunction(
            "due_weight_sets",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint)",
            body="""
                SELECT DISTINCT w.organisation_id
                FROM public.scoring_weightset w
                JOIN public.tenants_organisation o ON o.id = w.organisation_id
                WHERE w.state = 'scheduled'
                  AND w.effective_from <= COALESCE(o.sample_today, (at_instant AT TIME ZONE o.time_zone)::date)
            """,
        ),
    ]
