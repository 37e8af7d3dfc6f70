"""Whoever is invited may be invited to some segments only, or to reports: limited from the first moment."""

from django.db import migrations, models

CHOICES = [("", "Everything a viewer sees"), ("segments", "Some segments"), ("reports", "Reports only")]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0013_record_asked")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="limited_to",
            field=models.CharField(blank=True, choices=CHOICES, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="invitation",
            name="segment_ids",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
    ]
