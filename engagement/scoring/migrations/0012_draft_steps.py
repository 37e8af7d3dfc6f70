"""The steps taken on a draft of weights, so that they can be undone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0011_erased_parts"),
    ]

    operations = [
        migrations.AddField(
            model_name="weightset",
            name="draft_steps",
            field=models.JSONField(default=list),
        ),
    ]
