"""Write keys run out when they have a successor, and say when they were last used."""

from django.db import migrations, models

from tenants.operations import DefinerFunction, WithoutDefinerFunction


class Migration(migrations.Migration):
    dependencies = [("ingest", "0004_identity"), ("tenants", "0007_tokens")]

    operations = [
        migrations.AddField("writekey", "expires_at", models.DateTimeField(null=True)),
        migrations.AddField("writekey", "last_used_at", models.DateTimeField(null=True)),
        WithoutDefinerFunction(
            "resolve_write_key",
            arguments="key_digest bytea",
            returns="TABLE (organisation_id bigint, key_id uuid)",
            body="""
                SELECT k.organisation_id, k.id FROM public.ingest_writekey k
                WHERE k.digest = key_digest AND k.revoked_at IS NULL
            """,
        ),
        DefinerFunction(
            "resolve_write_key",
            arguments="key_digest bytea",
            returns="TABLE (organisation_id bigint, key_id uuid, expires_at timestamptz, last_used_at timestamptz)",
            body="""
                SELECT k.organisation_id, k.id, k.expires_at, k.last_used_at FROM public.ingest_writekey k
                WHERE k.digest = key_digest AND k.revoked_at IS NULL
            """,
        ),
        DefinerFunction(
            "write_key_used",
            arguments="key_digest bytea, at_instant timestamptz",
            returns="bigint",
            volatility="VOLATILE",
            # At most once a minute, and nobody waits for a row that somebody else holds; a batch being kept, which holds
            # the key of the row only, is no reason to leave off.
            body="""
                WITH used AS (
                    UPDATE public.ingest_writekey AS w SET last_used_at = at_instant
                    FROM (
                        SELECT k.organisation_id, k.id FROM public.ingest_writekey k WHERE k.digest = key_digest
                        AND (k.last_used_at IS NULL OR k.last_used_at <= at_instant - interval '1 minute')
                        FOR NO KEY UPDATE SKIP LOCKED
                    ) AS found
                    WHERE w.organisation_id = found.organisation_id AND w.id = found.id
                    RETURNING 1
                )
                SELECT count(*) FROM used
            """,
        ),
    ]
