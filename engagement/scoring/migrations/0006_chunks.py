"""Runs in pieces: chunks that workers claim, what each of them found, and the run that a ledger begins with."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from tenants.operations import TenantTable

CHUNK = """
    CREATE TABLE scoring_run_chunk (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        run_id uuid NOT NULL,
        chunk integer NOT NULL,
        lease_until timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        CONSTRAINT scoring_run_chunk_pkey PRIMARY KEY (organisation_id, run_id, chunk),
        CONSTRAINT scoring_run_chunk_run_id_fk FOREIGN KEY (organisation_id, run_id)
            REFERENCES scoring_scorerun (organisation_id, id)
    )
"""
PART = """
    CREATE TABLE scoring_run_part (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        run_id uuid NOT NULL,
        chunk integer NOT NULL,
        customers integer NOT NULL,
        digest text NOT NULL,
        sums jsonb NOT NULL,
        chains jsonb,
        CONSTRAINT scoring_run_part_pkey PRIMARY KEY (organisation_id, run_id, chunk),
        CONSTRAINT scoring_run_part_run_id_fk FOREIGN KEY (organisation_id, run_id)
            REFERENCES scoring_scorerun (organisation_id, id)
    )
"""
IDENTITY = """
    CREATE TABLE scoring_identity_block (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        run_id uuid NOT NULL,
        chunk integer NOT NULL,
        packed bytea NOT NULL,
        CONSTRAINT scoring_identity_block_pkey PRIMARY KEY (organisation_id, run_id, chunk),
        CONSTRAINT scoring_identity_block_run_id_fk FOREIGN KEY (organisation_id, run_id)
            REFERENCES scoring_scorerun (organisation_id, id)
    )
"""
TABLES = (
    (
        "RunChunk",
        "run_chunk",
        CHUNK,
        ("lease_until", models.DateTimeField(null=True)),
        ("attempts", models.IntegerField()),
    ),
    (
        "RunPart",
        "run_part",
        PART,
        ("customers", models.IntegerField()),
        ("digest", models.TextField()),
        ("sums", models.JSONField()),
        ("chains", models.JSONField(null=True)),
    ),
    ("IdentityBlock", "identity_block", IDENTITY, ("packed", models.BinaryField())),
)


def _made(name: str, table: str, sql: str, *fields: Any) -> list[Any]:
    return [
        migrations.CreateModel(
            name=name,
            fields=[
                ("run_id", models.UUIDField(primary_key=True, serialize=False)),
                ("chunk", models.IntegerField()),
                *fields,
            ],
            options={
                "db_table": f"scoring_{table}",
                "abstract": False,
                "managed": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.RunSQL(sql, f"DROP TABLE scoring_{table}"),
        TenantTable(name),
    ]


class Migration(migrations.Migration):
    dependencies = [("scoring", "0005_templates")]

    operations = [
        *(operation for table in TABLES for operation in _made(*table)),
        migrations.AddField(
            model_name="scorerun",
            name="base",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="scoring.scorerun",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE scoring_scorerun ADD CONSTRAINT scoring_scorerun_base_id_fk "
            "FOREIGN KEY (organisation_id, base_id) REFERENCES scoring_scorerun (organisation_id, id) "
            "ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE scoring_scorerun DROP CONSTRAINT scoring_scorerun_base_id_fk",
        ),
        migrations.AddField(
            model_name="scorerun", name="moment", field=models.CharField(blank=True, default="", max_length=4000)
        ),
    ]
