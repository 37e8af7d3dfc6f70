"""Accounts: invitations, whom an organisation asks for a second factor, and allauth's tables behind grants."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower

import tenants.tenancy
from tenants.operations import DefinerFunction, GlobalTable, TenantTable

# Everybody known so far was named by an admin or an operator: their address counts as theirs.
ADDRESSES = """
    INSERT INTO account_emailaddress (user_id, email, verified, "primary")
    SELECT u.id, u.email, true, true FROM tenants_user u
    WHERE NOT EXISTS (SELECT 1 FROM account_emailaddress a WHERE a.user_id = u.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0005_audit"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="require_mfa",
            field=models.BooleanField("everybody needs a second factor", db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="session_epoch",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[("viewer", "Viewer"), ("consultant", "Consultant"), ("admin", "Admin")],
                        max_length=20,
                    ),
                ),
                ("serial", models.PositiveIntegerField(default=1)),
                ("sent_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
            ],
            options={"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"},
        ),
        migrations.AddIndex(model_name="invitation", index=models.Index(fields=["id"], name="tenants_invitation_id")),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                fields=("organisation", "email"),
                name="tenants_invitation_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="tenants_invitation_email_lower"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(role__in=["viewer", "consultant", "admin"]), name="tenants_invitation_role"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="tenants_invitation_one_end",
            ),
        ),
        TenantTable("Invitation", privileges="SELECT, INSERT, UPDATE"),
        GlobalTable("account_emailaddress"),
        # Nothing writes it, but Django empties it of an address before it lets the address go.
        GlobalTable("account_emailconfirmation", privileges="SELECT, DELETE"),
        GlobalTable("mfa_authenticator"),
        GlobalTable("usersessions_usersession"),
        GlobalTable("socialaccount_socialaccount", privileges="SELECT, INSERT, UPDATE"),
        GlobalTable("socialaccount_socialapp", privileges="SELECT"),
        GlobalTable("socialaccount_socialtoken", privileges="SELECT"),
        migrations.RunSQL(ADDRESSES, migrations.RunSQL.noop),
        DefinerFunction(
            "organisation_of_invitation",
            arguments="invitation uuid",
            returns="bigint",
            body="SELECT i.organisation_id FROM public.tenants_invitation i WHERE i.id = invitation",
        ),
        DefinerFunction(
            "organisation_with_slug",
            arguments="wanted text",
            returns="bigint",
            body="SELECT o.id FROM public.tenants_organisation o WHERE o.slug = wanted",
        ),
        DefinerFunction(
            "needs_second_factor",
            arguments="person uuid",
            returns="boolean",
            body="""
                SELECT EXISTS (
                    SELECT 1 FROM public.tenants_membership m
                    JOIN public.tenants_organisation o ON o.id = m.organisation_id OR o.firm_id = m.organisation_id
                    WHERE m.user_id = person AND (m.role IN ('consultant', 'admin') OR o.require_mfa)
                ) OR EXISTS (SELECT 1 FROM public.tenants_user u WHERE u.id = person AND u.is_staff)
            """,
        ),
    ]
