"""Squares of points, so that points per customer have an interval; where a target began; targets of the active share."""

from django.db import migrations, models
from django.db.models import Q

MEASURES = [
    ("score", "Score"),
    ("points_per_customer", "Points per customer"),
    ("active_share", "Active share"),
]


class Migration(migrations.Migration):
    dependencies = [("insights", "0002_wall"), ("scoring", "0002_wall")]

    operations = [
        migrations.AddField(
            "segmentsnapshot", "sum_point_squares", models.DecimalField(max_digits=60, decimal_places=0, null=True)
        ),
        migrations.AddField("target", "start_as_of", models.DateField(null=True)),
        migrations.AddField("target", "start_run_number", models.PositiveIntegerField(null=True)),
        migrations.AlterField("target", "measure", models.CharField(choices=MEASURES, default="score", max_length=20)),
        migrations.AddConstraint(
            "target",
            models.CheckConstraint(
                condition=Q(measure="points_per_customer")
                | Q(measure="score", value_thousandths__lte=100_000)
                | Q(measure="active_share", value_thousandths__lte=1_000),
                name="insights_target_within_measure",
            ),
        ),
    ]
