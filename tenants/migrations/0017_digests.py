"""The weekly mail: who wants it, and what became of each."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.tenancy
from tenants.operations import DefinerFunction, GlobalTable


class Migration(migrations.Migration):
    dependencies = [("tenants", "0016_minded")]

    operations = [
        migrations.AddField(model_name="user", name="weekly_mail", field=models.BooleanField(blank=True, null=True)),
        migrations.CreateModel(
            name="Digest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("week", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("handed", "Handed to the mail server"),
                            ("sent", "Sent"),
                            ("nothing", "Nothing to say"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="digest",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["made_at"], name="tenants_digest_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.UniqueConstraint(fields=("user", "week"), name="tenants_digest_once"),
        ),
        GlobalTable("tenants_digest"),
        DefinerFunction(
            "due_digests",
            arguments="moment timestamptz",
            returns="TABLE (user_id uuid, week date)",
            body="""
                SELECT p.id, p.local::date
                FROM (
                    SELECT DISTINCT ON (u.id) u.id, moment AT TIME ZONE o.time_zone AS local,
                           COALESCE(u.weekly_mail, bool_or(m.role <> 'viewer') OVER (PARTITION BY u.id)) AS wanted
                    FROM public.tenants_user u
                    JOIN public.tenants_membership m ON m.user_id = u.id AND m.limited_to = ''
                    JOIN public.tenants_organisation o ON o.id = m.organisation_id
                    WHERE u.is_active AND NOT u.is_staff
                    ORDER BY u.id, o.kind = 'firm' DESC, lower(o.name), o.slug
                ) p
                WHERE p.wanted AND extract(isodow FROM p.local) = 1 AND extract(hour FROM p.local) >= 7
                  AND NOT EXISTS (SELECT 1 FROM public.tenants_digest d
                                  WHERE d.user_id = p.id AND d.week = p.local::date)
                ORDER BY p.id
            """,
        ),
    ]
