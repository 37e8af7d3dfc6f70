"""Batches know which connection to another system brought them, and which fetching of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0011_quarantine"),
        ("tenants", "0019_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="ingestbatch",
            name="connection_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="ingestbatch",
            name="sync_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="ingestbatch",
            index=models.Index(
                condition=models.Q(("connection_id__isnull", False)),
                fields=["organisation", "connection_id", "sync_id"],
                name="ingest_batch_connection",
            ),
        ),
    ]
