"""Filled by the step of the same name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("insights", "0004_ledger"), ("scoring", "0008_variants")]

    operations = []
