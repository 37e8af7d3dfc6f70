"""The wall round every table of this step."""

from django.db import migrations

from tenants.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [("insights", "0001_initial"), ("scoring", "0002_wall")]

    operations = [TenantTable("SegmentSnapshot"), TenantTable("Target")]
