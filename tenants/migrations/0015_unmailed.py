"""Invitations that no mail server has taken yet: a worker tries again what a lost message or a refusal left behind."""

from django.db import migrations

from tenants.operations import DefinerFunction


class Migration(migrations.Migration):
    dependencies = [("tenants", "0014_invited_limits")]

    operations = [
        DefinerFunction(
            "unmailed_invitations",
            arguments="sent_from timestamptz, sent_until timestamptz",
            returns="TABLE (organisation_id bigint, id uuid)",
            body="""
                SELECT i.organisation_id, i.id FROM public.tenants_invitation i
                WHERE i.mailed_at IS NULL AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL
                  AND i.sent_at >= sent_from AND i.sent_at <= sent_until
                ORDER BY i.sent_at
            """,
        ),
    ]
