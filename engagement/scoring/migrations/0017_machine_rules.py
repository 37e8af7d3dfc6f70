"""Rules for machine-like activity, the events that they label, and definitions that leave these out."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, TenantTable

LABEL = """
    CREATE TABLE scoring_machine_label (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        customer_number bigint NOT NULL,
        occurred_at timestamptz NOT NULL,
        rule_set integer NOT NULL CHECK (rule_set > 0),
        rule integer NOT NULL CHECK (rule >= 0),
        day date NOT NULL,
        message_id text NOT NULL,
        CONSTRAINT scoring_machine_label_pkey PRIMARY KEY (organisation_id, rule_set, day, message_id, rule)
    )
"""
DAY = """
    CREATE TABLE scoring_machine_day (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        events bigint NOT NULL,
        digest bigint NOT NULL,
        rule_set integer NOT NULL CHECK (rule_set > 0),
        day date NOT NULL,
        CONSTRAINT scoring_machine_day_pkey PRIMARY KEY (organisation_id, rule_set, day)
    )
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0016_event_names"),
        ("tenants", "0019_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MachineDay",
            fields=[
                ("events", models.BigIntegerField()),
                ("digest", models.BigIntegerField()),
                ("rule_set", models.IntegerField()),
                ("day", models.DateField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "scoring_machine_day",
                "abstract": False,
                "managed": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="MachineLabel",
            fields=[
                ("customer_number", models.BigIntegerField()),
                ("occurred_at", models.DateTimeField()),
                ("rule_set", models.IntegerField()),
                ("rule", models.IntegerField()),
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("message_id", models.TextField()),
            ],
            options={
                "db_table": "scoring_machine_label",
                "abstract": False,
                "managed": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="actiondefinition",
            name="left_out",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="MachineRuleSet",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("retired", "Retired")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("rules", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("labelled_at", models.DateTimeField(null=True)),
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
                    "published_by",
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
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "number"), name="scoring_machineruleset_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")),
                        fields=("organisation",),
                        name="scoring_machineruleset_one_draft",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "published")),
                        fields=("organisation",),
                        name="scoring_machineruleset_one_published",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "draft"),
                            models.Q(("published_at__isnull", False), models.Q(("note", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="scoring_machineruleset_published_whole",
                    ),
                ],
            },
        ),
        migrations.RunSQL(LABEL, "DROP TABLE scoring_machine_label"),
        migrations.RunSQL(DAY, "DROP TABLE scoring_machine_day"),
        TenantTable("MachineRuleSet"),
        TenantTable("MachineLabel"),
        TenantTable("MachineDay"),
        DefinerFunction(
            "organisations_with_machine_rules",
            arguments="",
            returns="SETOF bigint",
            body="""
                SELECT DISTINCT r.organisation_id FROM public.scoring_machineruleset r
                JOIN public.tenants_organisation o ON o.id = r.organisation_id AND o.suspended_at IS NULL
                WHERE r.state = 'published'
            """,
        ),
    ]
