"""The four roles of the wall, made once on a server by someone who may make roles.

rapport_owner migrates and owns every table; rapport_app is the runtime and owns nothing; rapport_maint bypasses
policies and cannot log in (look-ups before a tenant is known, maintenance); rapport_backup reads everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from engagement.errors import InvalidInputError
from tenants.policies import APP, BACKUP, MAINTENANCE, OWNER

_LOCK = 7_316_001  # role statements fail when two run at once; any constant does, as long as it is the only one


@dataclass(frozen=True, slots=True)
class RolePlan:
    """What create_roles needs: the database and the passwords, taken from the URLs."""

    database: str
    app_password: str
    owner_password: str
    backup_password: str = ""  # without one rapport_backup keeps what it has, at first none: it cannot log in


def plan_from_urls(*, database_url: str, owner_url: str, backup_url: str = "") -> RolePlan:
    """Read the plan from DATABASE_URL, DATABASE_OWNER_URL and, where given, DATABASE_BACKUP_URL.

    Raises InvalidInputError when they do not fit together.
    """
    app, owner, backup = urlsplit(database_url), urlsplit(owner_url), urlsplit(backup_url)
    problems = {}
    if app.username != APP:
        problems["DATABASE_URL"] = [f"Its user must be {APP}, not “{app.username}”."]
    if owner.username != OWNER:
        problems["DATABASE_OWNER_URL"] = [f"Its user must be {OWNER}, not “{owner.username}”."]
    if app.path != owner.path:
        problems["DATABASE_OWNER_URL"] = ["It must name the same database as DATABASE_URL."]
    if backup_url and (backup.username, backup.path) != (BACKUP, app.path):
        problems["DATABASE_BACKUP_URL"] = [f"Its user must be {BACKUP}, and its database that of DATABASE_URL."]
    if problems:
        raise InvalidInputError("The database URLs do not fit together.", fields=problems)
    return RolePlan(
        database=unquote(app.path.lstrip("/")),
        app_password=unquote(app.password or ""),
        owner_password=unquote(owner.password or ""),
        backup_password=unquote(backup.password or ""),
    )


def _make_role(cursor: psycopg.Cursor, name: str, options: str, password: str | None) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
    secret = sql.SQL(" PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
    cursor.execute(sql.SQL("{} ROLE {} WITH {}{}").format(verb, sql.Identifier(name), sql.SQL(options), secret))


def create_roles(admin_url: str, plan: RolePlan) -> None:
    """Make or update the roles, the database and its grants; running it again changes nothing.

    `admin_url` logs in as a superuser, or as a managed server's admin; the latter cannot revoke set_config(), which is
    then left as it is (the policies do not rest on it).
    """
    with psycopg.connect(admin_url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _make_role(cursor, OWNER, "LOGIN NOSUPERUSER NOBYPASSRLS", plan.owner_password)
        _make_role(cursor, APP, "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE", plan.app_password)
        _make_role(cursor, MAINTENANCE, "NOLOGIN BYPASSRLS", None)
        _make_role(cursor, BACKUP, "LOGIN BYPASSRLS", plan.backup_password or None)
        # Django would otherwise call set_config('TimeZone', …), which the runtime role may not.
        cursor.execute(f"ALTER ROLE {APP} SET timezone = 'UTC'")
        cursor.execute(f"GRANT pg_read_all_data TO {BACKUP}")
        cursor.execute(f"GRANT {MAINTENANCE} TO {OWNER} WITH INHERIT FALSE, SET TRUE")
        _make_database(cursor, plan.database)
    prepare_database(admin_url, plan.database)


def _make_database(cursor: psycopg.Cursor, name: str) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    if not cursor.fetchone():
        cursor.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )


def prepare_database(admin_url: str, name: str) -> None:
    """Grants and revokes inside one database; they travel with it when it is used as a template."""
    with psycopg.connect(admin_url, dbname=name, autocommit=True) as connection, connection.cursor() as cursor:
        for statement in (
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}",
            f"GRANT USAGE ON SCHEMA public TO {APP}, {MAINTENANCE}, {BACKUP}",
            # A definer function changes hands to the maintenance role, which needs CREATE at that moment.
            f"GRANT CREATE ON SCHEMA public TO {MAINTENANCE}",
            "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
            f"GRANT USAGE ON LANGUAGE plpgsql TO {OWNER}",
            f"GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO {OWNER}, {BACKUP}",
            "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC",
            "REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC",
        ):
            try:
                cursor.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                if "pg_catalog" not in statement and "LANGUAGE" not in statement:
                    raise
