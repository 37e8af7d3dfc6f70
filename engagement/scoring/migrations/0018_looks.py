"""Where events of the last days are, for the worker that counts them by name and day."""

from django.db import migrations

from tenants.operations import DefinerFunction


class Migration(migrations.Migration):
    dependencies = [("scoring", "0017_machine_rules"), ("ingest", "0012_pulled")]

    operations = [
        DefinerFunction(
            "organisations_with_events",
            arguments="since date",
            returns="SETOF bigint",
            body="""
                SELECT o.id FROM public.tenants_organisation o
                CROSS JOIN LATERAL (
                    SELECT FROM public.ingest_event e WHERE e.organisation_id = o.id AND e.day >= since
                    ORDER BY e.day LIMIT 1
                ) AS any_event
                WHERE o.suspended_at IS NULL
            """,
        ),
    ]
