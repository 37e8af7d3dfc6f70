"""What processes share for a short time: counters of the rate limits, codes that were used once.

Unlogged: nothing in it is worth a flush to disk, and a crash of the server empties it. It holds digests, never a key.
"""

from django.db import migrations

from tenants.operations import GlobalTable

TABLE = """
    CREATE UNLOGGED TABLE tenants_cache (
        digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
        value jsonb NOT NULL,
        expires_at timestamptz NOT NULL
    ) WITH (fillfactor = 70)
"""
INDEX = "CREATE INDEX tenants_cache_expires_at ON tenants_cache (expires_at)"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0010_closing")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE tenants_cache"),
        migrations.RunSQL(INDEX, "DROP INDEX tenants_cache_expires_at"),
        GlobalTable("tenants_cache"),
    ]
