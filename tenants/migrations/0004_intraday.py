"""How often the running day is scored."""

from django.db import migrations, models

CHOICES = [
    (0, "Not at all"),
    (1, "Every hour"),
    (2, "Every 2 hours"),
    (3, "Every 3 hours"),
    (4, "Every 4 hours"),
    (6, "Every 6 hours"),
    (12, "At noon"),
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_keeping")]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="intraday_hours",
            field=models.PositiveSmallIntegerField("score the running day", choices=CHOICES, db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(intraday_hours__in=[0, 1, 2, 3, 4, 6, 12]), name="tenants_organisation_intraday"
            ),
        ),
    ]
