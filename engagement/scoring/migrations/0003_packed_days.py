"""Closed days, packed: one row per local day and chunk of customers instead of one per customer and action.

Also how far the activity of an organisation is: what is being counted anew, from when on events are kept, when its
closed days were packed.
"""

import django.db.models.deletion
from django.db import migrations, models

from tenants.operations import DefinerFunction, TenantTable

ACTIVITY_BLOCK = """
    CREATE TABLE scoring_activity_block (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        day date NOT NULL,
        chunk integer NOT NULL CHECK (chunk >= 0),
        n_rows integer NOT NULL CHECK (n_rows > 0),
        version integer NOT NULL CHECK (version > 0),
        packed_at timestamptz NOT NULL,
        totals jsonb NOT NULL,
        packed bytea NOT NULL,
        CONSTRAINT scoring_activity_block_pkey PRIMARY KEY (organisation_id, day, chunk)
    )
"""
# Compressing them again would cost more time at every reading than it saves in space.
PLAIN = """
    ALTER TABLE scoring_{name}_block ALTER COLUMN packed SET STORAGE {storage}
"""
BLOCKS = ("activity", "count", "score", "member")


class Migration(migrations.Migration):
    dependencies = [("scoring", "0002_wall"), ("ingest", "0003_rejected_by_batch"), ("tenants", "0003_keeping")]

    operations = [
        migrations.CreateModel(
            name="ActivityBlock",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("chunk", models.IntegerField()),
                ("n_rows", models.IntegerField()),
                ("version", models.IntegerField()),
                ("packed_at", models.DateTimeField()),
                ("totals", models.JSONField()),
                ("packed", models.BinaryField()),
            ],
            options={
                "db_table": "scoring_activity_block",
                "abstract": False,
                "managed": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.RunSQL(ACTIVITY_BLOCK, "DROP TABLE scoring_activity_block"),
        TenantTable("ActivityBlock"),
        *(
            migrations.RunSQL(PLAIN.format(name=name, storage="EXTERNAL"), PLAIN.format(name=name, storage="EXTENDED"))
            for name in BLOCKS
        ),
        migrations.CreateModel(
            name="ActivityState",
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
                ("events_from", models.DateTimeField(null=True)),
                ("is_recounting", models.BooleanField(default=False, db_default=False)),
                ("counting_since", models.DateTimeField(null=True)),
                ("events_total", models.BigIntegerField(default=0, db_default=0)),
                ("events_done", models.BigIntegerField(default=0, db_default=0)),
                ("packed_on", models.DateField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        TenantTable("ActivityState"),
        migrations.AddField(
            model_name="actiondefinition",
            name="counted_before",
            field=models.DateField(null=True),
        ),
        # Once a local day: a client whose late events trickle in has its blocks written once a night, not each minute.
        DefinerFunction(
            "due_packings",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint)",
            body="""
                SELECT o.id
                FROM public.tenants_organisation o
                LEFT JOIN public.scoring_activitystate s ON s.organisation_id = o.id
                WHERE o.kind = 'client'
                  AND (s.packed_on IS NULL OR s.packed_on < (at_instant AT TIME ZONE o.time_zone)::date)
                  AND EXISTS (SELECT 1 FROM public.scoring_activity_open a
                              WHERE a.organisation_id = o.id
                                AND a.day < COALESCE(o.sample_today, (at_instant AT TIME ZONE o.time_zone)::date)
                                            - o.late_days)
            """,
        ),
    ]
