"""Where each organisation's record ends, for the log: numbers and hashes, before any organisation is in scope."""

from django.db import migrations

from tenants.operations import DefinerFunction


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0011_cache"),
    ]

    operations = [
        DefinerFunction(
            "record_ends",
            arguments="",
            returns="TABLE (organisation_id bigint, number bigint, hash bytea)",
            body="SELECT c.organisation_id, c.number, c.hash FROM public.tenants_auditchain c",
        ),
    ]
