"""Filled by the step of the same name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("insights", "0002_wall"), ("scoring", "0002_wall")]

    operations = []
