from django.db import migrations, models

from tenants.operations import DefinerFunction


class Migration(migrations.Migration):
    dependencies = [("ingest", "0008_conflicts")]

    operations = [
        migrations.AddIndex(
            model_name="ingestbatch",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["organisation"], name="ingest_batch_failed"
            ),
        ),
        DefinerFunction(
            "next_waiting_batch",
            arguments="after_organisation bigint, passed_over bigint[], at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT b.organisation_id, b.id FROM public.ingest_ingestbatch b
                WHERE b.state = 'waiting' AND (b.lease_until IS NULL OR b.lease_until < at_instant)
                  AND b.organisation_id > after_organisation AND b.organisation_id <> ALL (passed_over)
                ORDER BY b.organisation_id, b.received_at LIMIT 1
            """,
        ),
    ]
