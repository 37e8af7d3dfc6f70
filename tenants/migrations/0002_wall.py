"""The wall round organisations and memberships, and the look-ups that come before a tenant is known."""

from django.db import migrations

from tenants.operations import DefinerFunction, GlobalTable, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0001_initial"),
        ("sessions", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        TenantTable("Organisation", privileges="SELECT, INSERT, UPDATE"),
        TenantTable("Membership"),
        GlobalTable("tenants_user", privileges="SELECT, INSERT, UPDATE"),
        GlobalTable("tenants_apitoken", privileges="SELECT, INSERT, UPDATE"),
        GlobalTable("django_session"),
        GlobalTable("django_content_type", privileges="SELECT"),
        GlobalTable("auth_permission", privileges="SELECT"),
        GlobalTable("auth_group", privileges="SELECT"),
        GlobalTable("auth_group_permissions", privileges="SELECT"),
        GlobalTable("tenants_user_groups", privileges="SELECT"),
        GlobalTable("tenants_user_user_permissions", privileges="SELECT"),
        GlobalTable("django_migrations", privileges="SELECT"),
        migrations.RunSQL(
            "GRANT USAGE ON SEQUENCE tenants_organisation_id_seq TO rapport_maint",
            "REVOKE USAGE ON SEQUENCE tenants_organisation_id_seq FROM rapport_maint",
        ),
        DefinerFunction(
            "memberships_of",
            arguments="person uuid",
            returns="TABLE (organisation_id bigint, slug text, name text, kind text, firm_id bigint, role text)",
            body="""
                SELECT o.id, o.slug::text, o.name::text, o.kind::text, o.firm_id, m.role::text
                FROM public.tenants_membership m
                JOIN public.tenants_organisation o ON o.id = m.organisation_id OR o.firm_id = m.organisation_id
                WHERE m.user_id = person
            """,
        ),
        DefinerFunction(
            "api_token_user",
            arguments="token_digest bytea",
            returns="uuid",
            body="""
                SELECT t.user_id FROM public.tenants_apitoken t
                WHERE t.digest = token_digest AND t.revoked_at IS NULL
            """,
        ),
        DefinerFunction(
            "next_organisation_id",
            arguments="",
            returns="bigint",
            body="SELECT nextval('public.tenants_organisation_id_seq')",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "slug_taken",
            arguments="wanted text",
            returns="boolean",
            body="SELECT EXISTS (SELECT 1 FROM public.tenants_organisation o WHERE o.slug = wanted)",
        ),
    ]
