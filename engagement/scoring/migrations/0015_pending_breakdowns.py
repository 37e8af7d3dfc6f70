"""Breakdowns that wait with nobody at them: a worker computes what a lost message or a killed worker left behind."""

from django.db import migrations, models

from tenants.operations import DefinerFunction


class Migration(migrations.Migration):
    dependencies = [("scoring", "0014_yardsticks")]

    operations = [
        # Every day of every organisation adds rows that are done; those that wait are found every minute.
        migrations.AddIndex(
            model_name="breakdown",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["organisation"], name="scoring_breakdown_waiting"
            ),
        ),
        DefinerFunction(
            "pending_breakdowns",
            arguments="at_instant timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT b.organisation_id, b.id FROM public.scoring_breakdown b
                WHERE b.state = 'waiting' AND (b.lease_until IS NULL OR b.lease_until < at_instant)
            """,
        ),
    ]
