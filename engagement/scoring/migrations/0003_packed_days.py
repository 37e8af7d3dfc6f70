"""Filled by the step of the same name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scoring", "0002_wall"), ("ingest", "0004_touches")]

    operations = []
