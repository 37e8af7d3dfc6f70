"""The event table in partitions, the wall round every table of this step, and the look-up of write keys.

Years before 2020 are one partition each, with the customer index of closed partitions; from 2020 on there is one a
month, to the end of 2027. `manage.py maintain` makes the following ones and indexes those that have closed.
"""

from datetime import date

from django.db import migrations

from tenants.operations import DefinerFunction, TenantTable

EVENT = """
    CREATE TABLE ingest_event (
        organisation_id bigint NOT NULL REFERENCES tenants_organisation (id),
        customer_number bigint NOT NULL,
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        occurrences integer NOT NULL CHECK (occurrences >= 1),
        day date NOT NULL,
        source_id uuid NOT NULL,
        from_file boolean NOT NULL,
        message_id text NOT NULL,
        name text NOT NULL,
        properties jsonb NOT NULL,
        CONSTRAINT ingest_event_pkey PRIMARY KEY (organisation_id, day, message_id)
    ) PARTITION BY RANGE (day)
"""


def spans():  # noqa: ANN201
    for year in range(2000, 2020):
        yield f"ingest_event_y{year}", date(year, 1, 1), date(year + 1, 1, 1)
    for year in range(2020, 2028):
        for month in range(1, 13):
            following = date(year + month // 12, month % 12 + 1, 1)
            yield f"ingest_event_y{year}m{month:02d}", date(year, month, 1), following


def statements():  # noqa: ANN201
    yield EVENT
    yield "CREATE INDEX ingest_event_occurred ON ingest_event USING brin (occurred_at)"
    for name, first, following in spans():
        yield f"CREATE TABLE {name} PARTITION OF ingest_event FOR VALUES FROM ('{first}') TO ('{following}')"
        if following <= date(2020, 1, 1):
            yield f"CREATE INDEX {name}_customer ON {name} (organisation_id, customer_number, occurred_at)"


class Migration(migrations.Migration):
    dependencies = [("ingest", "0001_initial"), ("tenants", "0002_wall")]

    operations = [
        TenantTable("WriteKey"),
        TenantTable("IngestBatch"),
        TenantTable("FileImport"),
        TenantTable("RejectedEvent"),
        TenantTable("CustomerCounter"),
        TenantTable("Customer"),
        migrations.RunSQL(list(statements()), "DROP TABLE ingest_event"),
        TenantTable("Event", privileges="SELECT, INSERT, DELETE"),
        DefinerFunction(
            "resolve_write_key",
            arguments="key_digest bytea",
            returns="TABLE (organisation_id bigint, key_id uuid)",
            body="""
                SELECT k.organisation_id, k.id FROM public.ingest_writekey k
                WHERE k.digest = key_digest AND k.revoked_at IS NULL
            """,
        ),
    ]
