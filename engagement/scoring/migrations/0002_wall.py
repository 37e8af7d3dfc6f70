"""Activity and packed results, the wall round every table of this step, and what waits for a worker."""

from django.db import migrations

from tenants.operations import DefinerFunction, TenantTable

ACTIVITY = """
    CREATE TABLE scoring_activity_open (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        customer_number bigint NOT NULL,
        value bigint NOT NULL,
        occurrences bigint NOT NULL CHECK (occurrences >= 0),
        day date NOT NULL,
        definition integer NOT NULL,
        CONSTRAINT scoring_activity_open_pkey PRIMARY KEY (organisation_id, day, customer_number, definition)
    )
"""
BLOCK = """
    CREATE TABLE scoring_{name}_block (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        run_id uuid NOT NULL,
        chunk integer NOT NULL,
        packed bytea NOT NULL,
        CONSTRAINT scoring_{name}_block_pkey PRIMARY KEY (organisation_id, run_id, chunk),
        CONSTRAINT scoring_{name}_block_run_id_fk FOREIGN KEY (organisation_id, run_id)
            REFERENCES scoring_scorerun (organisation_id, id)
    )
"""
BLOCKS = ("count", "score", "member")


class Migration(migrations.Migration):
    dependencies = [("scoring", "0001_initial"), ("ingest", "0002_wall")]

    operations = [
        TenantTable("Action"),
        TenantTable("ActionDefinition"),
        TenantTable("WeightSet"),
        TenantTable("Weight"),
        TenantTable("SegmentSet"),
        TenantTable("Segment"),
        TenantTable("SegmentDefinition"),
        TenantTable("ExclusionDefinition"),
        TenantTable("ScoreRun"),
        TenantTable("RunPointer"),
        TenantTable("RunRequest"),
        migrations.RunSQL(ACTIVITY, "DROP TABLE scoring_activity_open"),
        TenantTable("ActivityOpen"),
        *(migrations.RunSQL(BLOCK.format(name=name), f"DROP TABLE scoring_{name}_block") for name in BLOCKS),
        TenantTable("CountBlock"),
        TenantTable("ScoreBlock"),
        TenantTable("MemberBlock"),
        DefinerFunction(
            "pending_work",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, kind text, id uuid)",
            body="""
                SELECT b.organisation_id, 'batch', b.id FROM public.ingest_ingestbatch b
                WHERE b.state = 'waiting' AND (b.lease_until IS NULL OR b.lease_until < at_instant)
                UNION ALL
                SELECT f.organisation_id, 'import', f.id FROM public.ingest_fileimport f
                WHERE f.state = 'waiting' AND (f.lease_until IS NULL OR f.lease_until < at_instant)
                UNION ALL
                SELECT r.organisation_id, 'run', r.id FROM public.scoring_runrequest r
                WHERE r.state = 'waiting' AND (r.lease_until IS NULL OR r.lease_until < at_instant)
                UNION ALL
                SELECT d.organisation_id, 'definition', d.id FROM public.scoring_actiondefinition d
                WHERE d.rolled_up_at IS NULL
            """,
        ),
        DefinerFunction(
            "queue_age",
            arguments="",
            returns="bigint",
            body="""
                SELECT COALESCE(EXTRACT(EPOCH FROM now() - min(since)), 0)::bigint FROM (
                    SELECT min(received_at) AS since FROM public.ingest_ingestbatch WHERE state = 'waiting'
                    UNION ALL SELECT min(created_at) FROM public.ingest_fileimport WHERE state = 'waiting'
                    UNION ALL SELECT min(requested_at) FROM public.scoring_runrequest WHERE state = 'waiting'
                ) AS oldest
            """,
        ),
        DefinerFunction(
            "due_organisations",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, as_of date)",
            body="""
                SELECT o.id, local.yesterday
                FROM public.tenants_organisation o
                CROSS JOIN LATERAL (
                    SELECT (at_instant AT TIME ZONE o.time_zone)::date - 1 AS yesterday,
                           EXTRACT(HOUR FROM at_instant AT TIME ZONE o.time_zone) AS hour,
                           EXTRACT(ISODOW FROM at_instant AT TIME ZONE o.time_zone) AS weekday
                ) AS local
                WHERE o.kind = 'client' AND o.sample_today IS NULL
                  AND local.hour >= o.schedule_hour
                  AND (o.schedule = 'nightly' OR (o.schedule = 'weekly' AND local.weekday = 1))
                  AND EXISTS (SELECT 1 FROM public.scoring_weightset w
                              WHERE w.organisation_id = o.id AND w.state = 'published')
                  AND NOT EXISTS (SELECT 1 FROM public.scoring_runrequest r
                                  WHERE r.organisation_id = o.id AND r.as_of = local.yesterday
                                    AND r.cause = 'schedule')
            """,
        ),
    ]
