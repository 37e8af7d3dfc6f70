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
    dependencies = [("scoring", "0009_overrides")]

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
