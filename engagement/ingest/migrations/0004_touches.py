"""Filled by the step of the same name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_rejected_by_batch")]

    operations = []
