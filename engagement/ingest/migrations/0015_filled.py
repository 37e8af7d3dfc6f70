"""The record of merging names what the target got by it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingest", "0014_undo_asked_by")]

    operations = [
        migrations.AddField(
            model_name="identitychange",
            name="filled",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
