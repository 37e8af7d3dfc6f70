"""Filled by the step of the same name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("insights", "0003_targets"), ("scoring", "0006_chunks")]

    operations = []
