"""Which chunks were written when, so that a run of a running day computes those alone; and the runs that do so."""

from django.db import migrations, models

from tenants.operations import DefinerFunction, TenantTable

TOUCH = """
    CREATE TABLE scoring_chunk_touch (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        chunk integer NOT NULL,
        xid xid8 NOT NULL,
        CONSTRAINT scoring_chunk_touch_pkey PRIMARY KEY (organisation_id, chunk, xid)
    )
"""
CAUSES = [
    ("schedule", "Schedule"),
    ("intraday", "Running day"),
    ("request", "On request"),
    ("history", "History"),
    ("restated", "Restatement"),
]


class Migration(migrations.Migration):
    dependencies = [("scoring", "0009_overrides"), ("tenants", "0004_intraday")]

    operations = [
        migrations.CreateModel(
            name="ChunkTouch",
            fields=[
                ("chunk", models.IntegerField(primary_key=True, serialize=False)),
                ("xid", models.BigIntegerField()),
            ],
            options={
                "db_table": "scoring_chunk_touch",
                "abstract": False,
                "managed": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.RunSQL(TOUCH, "DROP TABLE scoring_chunk_touch"),
        TenantTable("ChunkTouch", privileges="SELECT, INSERT, DELETE"),
        migrations.AddField(
            model_name="scorerun", name="chunks_reused", field=models.PositiveIntegerField(db_default=0, default=0)
        ),
        migrations.AlterField("scorerun", "cause", models.CharField(choices=CAUSES, max_length=10)),
        migrations.AlterField("runrequest", "cause", models.CharField(choices=CAUSES, max_length=10)),
        DefinerFunction(
            "due_intraday",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, as_of date)",
            body="""
                SELECT o.id, due.since::date
                FROM public.tenants_organisation o
                CROSS JOIN LATERAL (
                    SELECT date_bin(make_interval(hours => o.intraday_hours), at_instant AT TIME ZONE o.time_zone,
                                    date_trunc('day', at_instant AT TIME ZONE o.time_zone)) AS since
                ) AS due
                WHERE o.kind = 'client' AND o.sample_today IS NULL AND o.intraday_hours > 0
                  AND due.since > date_trunc('day', due.since)
                  AND EXISTS (SELECT 1 FROM public.scoring_weightset w
                              WHERE w.organisation_id = o.id AND w.state = 'published')
                  AND NOT EXISTS (SELECT 1 FROM public.scoring_runrequest r
                                  WHERE r.organisation_id = o.id AND r.as_of = due.since::date
                                    AND (r.state = 'waiting'
                                         OR (r.cause = 'intraday'
                                             AND r.requested_at AT TIME ZONE o.time_zone >= due.since)))
            """,
        ),
        DefinerFunction(
            "intraday_to_thin",
            arguments="at_instant timestamptz",
            returns="SETOF bigint",
            body="""
                SELECT DISTINCT r.organisation_id
                FROM public.scoring_scorerun r
                JOIN public.tenants_organisation o ON o.id = r.organisation_id
                WHERE r.cause = 'intraday' AND r.thinned_at IS NULL AND r.state <> 'running'
                  AND r.as_of < (at_instant AT TIME ZONE o.time_zone)::date - 2
                  AND NOT EXISTS (SELECT 1 FROM public.scoring_runpointer p
                                  WHERE p.organisation_id = r.organisation_id AND p.run_id = r.id)
            """,
        ),
        DefinerFunction(
            "small_organisations",
            arguments="customers bigint",
            returns="SETOF bigint",
            body="""
                SELECT o.id FROM public.tenants_organisation o
                WHERE NOT EXISTS (SELECT 1 FROM public.ingest_customer c
                                  WHERE c.organisation_id = o.id AND c.number > customers)
                  AND EXISTS (SELECT 1 FROM public.scoring_runrequest r
                              WHERE r.organisation_id = o.id AND r.state = 'waiting')
            """,
        ),
        DefinerFunction(
            "organisations_with_touches",
            arguments="",
            returns="SETOF bigint",
            body="""
                SELECT o.id FROM public.tenants_organisation o
                WHERE EXISTS (SELECT 1 FROM public.scoring_chunk_touch t WHERE t.organisation_id = o.id)
            """,
        ),
    ]
