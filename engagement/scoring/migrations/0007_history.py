"""Old runs let go of their packed results: when they did, and which organisations have runs past their keep."""

from django.db import migrations, models

from tenants.operations import DefinerFunction


class Migration(migrations.Migration):
    dependencies = [("scoring", "0006_chunks"), ("tenants", "0003_keeping")]

    operations = [
        migrations.AddField("scorerun", "thinned_at", models.DateTimeField(null=True)),
        DefinerFunction(
            "organisations_to_thin",
            arguments="at_instant timestamptz",
            returns="SETOF bigint",
            body="""
                SELECT DISTINCT o.id
                FROM public.tenants_organisation o
                JOIN public.scoring_scorerun r ON r.organisation_id = o.id
                WHERE r.thinned_at IS NULL AND r.state <> 'running'
                  AND r.as_of < COALESCE(o.sample_today, (at_instant AT TIME ZONE o.time_zone)::date)
                                - o.keep_run_days
            """,
        ),
    ]
