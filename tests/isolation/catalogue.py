"""What the database's own catalogue says about the wall: each function returns the problems it found, as sentences.

The functions take a superuser's connection, so that a control can break something in a transaction, look, and roll
back. What may be different stands in the written lists below, each with its reason.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import models
from django.db.migrations.loader import MigrationLoader

from tenants.global_tables import GLOBAL_TABLES
from tenants.operations import GlobalTable, TenantTable
from tenants.policies import APP, MAINTENANCE, ORGANISATION_RULES, asked_rules, protect, tenant_rules

Connection = psycopg.Connection[Any]
ORGANISATION = "tenants_organisation"

# Unique indexes of tenant tables that do not begin with the organisation.
GLOBAL_UNIQUES = {
    "tenants_organisation_pkey": "an organisation is its own tenant: its id is the organisation_id of everything else",
    "tenants_organisation_slug": "a slug is an address, and there is one internet; no ON CONFLICT names it",
    "ingest_writekey_digest_key": "256 random bits, found before an organisation is known",
    "reports_sharelink_digest_key": "256 random bits, found before an organisation is known",
    "tenants_organisationtoken_digest_key": "256 random bits, found before an organisation is known",
}
# Foreign keys between tenant tables that do not carry the organisation.
SINGLE_KEYS = {
    "tenants_organisation.firm_id": "a client names its firm, which is another organisation by its nature",
}
# Tables that a reader may write to, where a view names ASK.
ASKED_TABLES = {
    "insights_note": "anybody notes what happened on a day",
    "insights_question": "anybody asks about a number",
    "insights_questionline": "what is asked, in words, and asked again",
}
_PRIVILEGES = {"SELECT", "INSERT", "UPDATE", "DELETE"}


def rows(connection: Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    return connection.execute(statement, values or None).fetchall()


def column(connection: Connection, statement: str, *values: object) -> list[Any]:
    return [row[0] for row in rows(connection, statement, *values)]


def tables(connection: Connection) -> list[str]:
    """Every table of the schema but the partitions, which their parent speaks for."""
    return column(
        connection,
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname",
    )


def tenant_tables(connection: Connection) -> list[str]:
    return [name for name in tables(connection) if name not in GLOBAL_TABLES]


def declared_privileges() -> dict[str, set[str]]:
    """What the migrations grant to the runtime role, by table; the last word counts."""
    _mend_django_models()
    loader = MigrationLoader(None)
    declared: dict[str, set[str]] = {}
    state = loader.project_state()
    for key in _plan(loader):
        for operation in loader.disk_migrations[key].operations:
            if isinstance(operation, TenantTable):
                table = state.apps.get_model(key[0], operation.name)._meta.db_table
                declared[table] = _words(operation.privileges)
            elif isinstance(operation, GlobalTable):
                declared[operation.name] = _words(operation.privileges)
    return declared


def _mend_django_models() -> None:
    """Give the package its submodules back as attributes, which migrations name.

    pytest-randomly imports model_bakery before settings exist; the failed import leaves the submodules in sys.modules
    and off the package.
    """
    for name, module in list(sys.modules.items()):
        package, _, last = name.rpartition(".")
        if package == models.__name__:
            setattr(models, last, module)


def _plan(loader: MigrationLoader) -> list[tuple[str, str]]:
    seen: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        seen |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(seen)


def _words(privileges: str) -> set[str]:
    return {word.strip() for word in privileges.split(",")}


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────


def unplaced_tables(connection: Connection) -> list[str]:
    """A table is a tenant's, with organisation_id, or stands on the global list, which names nothing that is gone."""
    found = tables(connection)
    with_organisation = set(
        column(
            connection,
            "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND a.attname = 'organisation_id' AND a.attnotnull",
        )
    ) | {ORGANISATION}
    problems = [
        f"{name} has no organisation_id and is not on the global list"
        for name in found
        if name not in GLOBAL_TABLES and name not in with_organisation
    ]
    problems += [
        f"{name} is on the global list and has an organisation_id"
        for name in GLOBAL_TABLES
        if name in with_organisation
    ]
    return problems + [
        f"{name} is on the global list and does not exist" for name in GLOBAL_TABLES if name not in found
    ]


_POLICIES = """
    SELECT p.polname::text, p.polcmd::text, p.polpermissive,
           ARRAY(SELECT rolname::text FROM pg_roles WHERE oid = ANY (p.polroles)),
           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s ORDER BY p.polname
"""


def _kind(table: str) -> str:
    return "organisation" if table == ORGANISATION else "asked" if table in ASKED_TABLES else "tenant"


def _reference_policies(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """The policies as this server writes them, by kind of table, from tables made on the spot."""
    reference: dict[str, list[tuple[Any, ...]]] = {}
    kinds = {"tenant": tenant_rules(), "organisation": ORGANISATION_RULES, "asked": asked_rules()}
    with connection.transaction(force_rollback=True):
        connection.execute("CREATE SCHEMA reference")
        for kind, rules in kinds.items():
            connection.execute(
                "CREATE TABLE reference.t (id bigint, organisation_id bigint, firm_id bigint, kind varchar(10))"
            )
            for statement in protect("reference.t", rules=rules):
                connection.execute(statement)
            reference[kind] = rows(connection, _POLICIES, "reference", "t")
            connection.execute("DROP TABLE reference.t")
    return reference


def wrong_policies(connection: Connection) -> list[str]:
    """Every tenant table has exactly the four policies of tenants/policies.py; a global table has none."""
    reference = _reference_policies(connection)
    problems = []
    for name in tables(connection):
        expected = [] if name in GLOBAL_TABLES else reference[_kind(name)]
        found = rows(connection, _POLICIES, "public", name)
        if found != expected:
            problems.append(f"{name} has the policies {found}, not {expected}")
    return problems


def unforced_tables(connection: Connection) -> list[str]:
    """Row security is on and forced on every tenant table."""
    found = rows(
        connection,
        "SELECT relname::text, relrowsecurity, relforcerowsecurity FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relname = ANY (%s) ORDER BY relname",
        tenant_tables(connection),
    )
    return [f"{name}: row security on={on}, forced={forced}" for name, on, forced in found if not (on and forced)]


_GRANTS = """
    SELECT c.relname::text, c.relkind::text, COALESCE(r.rolname::text, 'PUBLIC'), array_agg(a.privilege_type::text)
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f')
      AND a.grantee <> c.relowner
    GROUP BY 1, 2, 3 ORDER BY 1, 3
"""


def wrong_grants(connection: Connection, declared: Mapping[str, set[str]] | None = None) -> list[str]:
    """Each role may do on each table exactly what the migrations say, and nobody else anything at all."""
    declared = declared_privileges() if declared is None else declared
    granted = {(name, role): set(words) for name, _, role, words in rows(connection, _GRANTS)}
    expected = {(name, APP): words for name, words in declared.items()}
    expected |= {(name, MAINTENANCE): _PRIVILEGES for name in declared}
    expected[("tenants_organisation_id_seq", MAINTENANCE)] = {"USAGE"}
    nothing: set[str] = set()
    pairs = [(key, granted.get(key, nothing), expected.get(key, nothing)) for key in granted.keys() | expected.keys()]
    problems = [
        f"{role} has {sorted(has)} on {name}, not {sorted(should)}"
        for (name, role), has, should in sorted(pairs, key=lambda pair: pair[0])
        if has != should
    ]
    wide = [f"{name} declares {sorted(words - _PRIVILEGES)}" for name, words in declared.items() if words - _PRIVILEGES]
    return problems + wide + _column_grants(connection)


def _column_grants(connection: Connection) -> list[str]:
    found = column(
        connection,
        "SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'public'::regnamespace AND a.attacl IS NOT NULL ORDER BY 1",
    )
    return [f"{name} has a grant of its own" for name in found]


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────


def global_uniques(connection: Connection) -> list[str]:
    """A unique index of a tenant table begins with organisation_id: a global one would say what others have."""
    found = rows(
        connection,
        """
        SELECT c.relname::text, i.relname::text
        FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
        WHERE x.indisunique AND c.relname = ANY (%s) AND a.attname IS DISTINCT FROM 'organisation_id'
        ORDER BY 1, 2
        """,
        tenant_tables(connection),
    )
    problems = [
        f"{index} of {table} does not begin with organisation_id"
        for table, index in found
        if index not in GLOBAL_UNIQUES
    ]
    known = {index for _, index in found}
    return problems + [
        f"{index} is on the written list and does not exist" for index in GLOBAL_UNIQUES if index not in known
    ]


_KEYS = """
    SELECT k.conname::text, c.relname::text, f.relname::text,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (n, o)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o),
           ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (n, o)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
    WHERE k.contype = 'f' AND k.conparentid = 0 AND c.relname = ANY (%s) AND f.relname = ANY (%s) ORDER BY 1
"""


def single_keys(connection: Connection) -> list[str]:
    """A key between tenant tables carries the organisation on both sides: key checks do not look at policies."""
    tenants = tenant_tables(connection)
    problems = []
    for name, table, remote, columns, targets in rows(connection, _KEYS, tenants, tenants):
        if remote == ORGANISATION and columns == ["organisation_id"]:
            continue
        if f"{table}.{','.join(columns)}" in SINGLE_KEYS:
            continue
        if columns[0] != "organisation_id" or targets[0] != "organisation_id" or len(columns) < 2:
            problems.append(f"{name}: {table} ({', '.join(columns)}) points at {remote} ({', '.join(targets)})")
    return problems


def missing_keys(connection: Connection) -> list[str]:
    """A tenant table's rows belong to an organisation that exists."""
    tenants = tenant_tables(connection)
    held = {
        table
        for _, table, remote, columns, _ in rows(connection, _KEYS, tenants, [ORGANISATION])
        if columns == ["organisation_id"]
    }
    return [f"{name}.organisation_id refers to nothing" for name in tenants if name not in held | {ORGANISATION}]
