"""The wall in the database, written once: which statements turn a table into a tenant's table.

Roles are fixed names, made by `manage.py create_roles`. See tenants/README.md for what each may do.
"""

from __future__ import annotations

from dataclasses import dataclass

OWNER, APP, MAINTENANCE, BACKUP = "rapport_owner", "rapport_app", "rapport_maint", "rapport_backup"

# A setting once used reads '' for ever after, hence NULLIF; the sub-select makes PostgreSQL parse it once a query.
READ = "COALESCE(NULLIF(current_setting('app.org_read', true), ''), '{}')::bigint[]"
WRITE = "NULLIF(current_setting('app.org_write', true), '')::bigint"
ASK = "NULLIF(current_setting('app.org_ask', true), '')::bigint"


@dataclass(frozen=True, slots=True)
class Rules:
    """The four conditions of one table's policies, as SQL."""

    read: str
    insert: str
    update: str
    delete: str


def tenant_rules(column: str = "organisation_id") -> Rules:
    """Read is an array, write is one organisation: what every ordinary tenant table has."""
    written = f"{column} = (SELECT {WRITE})"
    return Rules(read=f"{column} = ANY ((SELECT {READ})::bigint[])", insert=written, update=written, delete=written)


def asked_rules(column: str = "organisation_id") -> Rules:
    """Of the few tables that a reader may write to: whoever writes the organisation, or asks in it."""
    written = f"{column} = (SELECT COALESCE({WRITE}, {ASK}))"
    return Rules(read=tenant_rules(column).read, insert=written, update=written, delete=written)


# An organisation is its own tenant; a firm in scope for writing may add clients of its own.
ORGANISATION_RULES = Rules(
    read=f"id = ANY ((SELECT {READ})::bigint[])",
    insert=f"kind = 'client' AND firm_id = (SELECT {WRITE})",
    update=f"id = (SELECT {WRITE})",
    delete="false",
)


def protect(table: str, *, rules: Rules, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> list[str]:
    """Statements that give a table its grants and policies."""
    return [
        f"REVOKE ALL ON {table} FROM PUBLIC, {APP}",
        f"GRANT {privileges} ON {table} TO {APP}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {MAINTENANCE}",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_read ON {table} FOR SELECT TO {APP} USING ({rules.read})",
        f"CREATE POLICY tenant_insert ON {table} FOR INSERT TO {APP} WITH CHECK ({rules.insert})",
        (
            f"CREATE POLICY tenant_update ON {table} FOR UPDATE TO {APP} "
            f"USING ({rules.update}) WITH CHECK ({rules.update})"
        ),
        f"CREATE POLICY tenant_delete ON {table} FOR DELETE TO {APP} USING ({rules.delete})",
    ]


def unprotect(table: str) -> list[str]:
    """The reverse: the runtime role is refused again, as on a table nobody thought of."""
    return [
        *(f"DROP POLICY tenant_{act} ON {table}" for act in ("read", "insert", "update", "delete")),
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"REVOKE ALL ON {table} FROM {APP}, {MAINTENANCE}",
    ]
