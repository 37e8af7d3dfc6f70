"""Closed days, packed: one row per local day and chunk of customers instead of one per customer and action."""

from django.db import migrations, models

from tenants.operations import TenantTable

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
    dependencies = [("scoring", "0002_wall"), ("ingest", "0004_touches")]

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
    ]
