"""Who of a segment has no contact at the vendor yet; not known of lists from before, which are sent whole once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0002_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="listpush",
            name="unmatched",
            field=models.BinaryField(null=True),
        ),
    ]
