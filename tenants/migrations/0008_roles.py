"""A viewer's membership may be limited, and the look-up of what one reaches says so."""

from django.db import migrations, models

from tenants.operations import DefinerFunction, WithoutDefinerFunction

_FROM = """
    FROM public.tenants_membership m
    JOIN public.tenants_organisation o ON o.id = m.organisation_id OR o.firm_id = m.organisation_id
    WHERE m.user_id = person
"""
_COLUMNS = "organisation_id bigint, slug text, name text, kind text, firm_id bigint, role text"
_SELECT = "SELECT o.id, o.slug::text, o.name::text, o.kind::text, o.firm_id, m.role::text"


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0007_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="limited_to",
            field=models.CharField(
                blank=True,
                choices=[("", "Everything a viewer sees"), ("segments", "Some segments"), ("reports", "Reports only")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="segment_ids",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("limited_to", ""),
                    models.Q(("limited_to__in", ["segments", "reports"]), ("role", "viewer")),
                    _connector="OR",
                ),
                name="tenants_membership_limit",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("limited_to", "segments")), models.Q(("segment_ids", []), _negated=True)),
                    models.Q(models.Q(("limited_to", "segments"), _negated=True), ("segment_ids", [])),
                    _connector="OR",
                ),
                name="tenants_membership_segments",
            ),
        ),
        WithoutDefinerFunction(
            "memberships_of", arguments="person uuid", returns=f"TABLE ({_COLUMNS})", body=f"{_SELECT} {_FROM}"
        ),
        DefinerFunction(
            "memberships_of",
            arguments="person uuid",
            returns=f"TABLE ({_COLUMNS}, limited_to text, segment_ids uuid[])",
            body=f"""
                {_SELECT}, m.limited_to::text,
                       ARRAY(SELECT jsonb_array_elements_text(m.segment_ids)::uuid)
                {_FROM}
            """,
        ),
    ]
