"""A file's import knows how the rows that were rejected of it are taken apart: its header, and its delimiter."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0012_pulled"),
    ]

    operations = [
        migrations.AddField(
            model_name="fileimport",
            name="layout",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
