"""The record can be asked about one object, and about a span of days."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0012_record_ends"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                fields=["organisation", "object_kind", "object_id", "-number"], name="tenants_audit_object"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["organisation", "at"], name="tenants_audit_at"),
        ),
    ]
