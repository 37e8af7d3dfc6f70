"""The catalogue of the database holds the wall, and each check fails when its protection is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import LiteralString

import psycopg
import pytest

from tenants.policies import APP, OWNER, protect, tenant_rules
from tests import database
from tests.isolation import catalogue as c
from tests.isolation import ways_round as w
from tests.isolation.catalogue import Connection

Check = Callable[[Connection], list[str]]

CHECKS: tuple[Check, ...] = (
    c.unplaced_tables,
    c.wrong_policies,
    c.unforced_tables,
    c.wrong_grants,
    c.global_uniques,
    c.single_keys,
    c.missing_keys,
    w.open_partitions,
    w.loose_views,
    w.unlisted_functions,
    w.excess_abilities,
    w.default_privileges,
    w.foreign_owners,
)
pytestmark = pytest.mark.usefixtures("django_db_setup")


@pytest.fixture
def superuser() -> Iterator[Connection]:
    """One transaction that is always rolled back."""
    with psycopg.connect(database.admin_url(database.DATABASE)) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_database_as_migrated_has_no_problem(superuser: Connection, check: Check) -> None:
    assert check(superuser) == []


def test_there_is_something_to_check(superuser: Connection) -> None:
    assert {"tenants_membership", "ingest_event", "scoring_scorerun", "insights_target"} <= set(
        c.tenant_tables(superuser)
    )


_EXTRA: LiteralString = (
    "CREATE TABLE extra (organisation_id bigint NOT NULL REFERENCES tenants_organisation, note text)"
)

# Inserting wherever one may read: what one array for both would mean.
_WIDE_INSERT: LiteralString = (
    "ALTER POLICY tenant_insert ON ingest_customer WITH CHECK (organisation_id = ANY ((SELECT COALESCE(NULLIF("
    "current_setting('app.org_read', true), ''), '{}')::bigint[])::bigint[]))"
)
_LAX_DEFAULT: LiteralString = "ALTER DEFAULT PRIVILEGES FOR ROLE rapport_owner GRANT SELECT ON TABLES TO rapport_app"
# (check, what is done wrong, what the check must say)
CONTROLS: list[tuple[Check, list[LiteralString], str]] = [
    (c.unplaced_tables, ["CREATE TABLE stray (note text)"], "stray has no organisation_id"),
    (
        c.unplaced_tables,
        [
            "ALTER TABLE tenants_membership DROP CONSTRAINT tenants_membership_pkey",
            "ALTER TABLE tenants_membership ALTER organisation_id DROP NOT NULL",
        ],
        "tenants_membership has no organisation_id",
    ),
    (
        c.unplaced_tables,
        ["ALTER TABLE tenants_user ADD organisation_id bigint NOT NULL DEFAULT 1"],
        "tenants_user is on the global list and has",
    ),
    (c.unplaced_tables, ["DROP TABLE django_session"], "django_session is on the global list and does not exist"),
    (c.wrong_policies, [_EXTRA], "extra has the policies []"),
    (c.wrong_policies, ["CREATE POLICY wide ON ingest_customer USING (true)"], "ingest_customer has the policies"),
    (c.wrong_policies, ["DROP POLICY tenant_delete ON ingest_customer"], "ingest_customer has the policies"),
    (c.wrong_policies, [_WIDE_INSERT], "ingest_customer has the policies"),
    (
        c.wrong_policies,
        ["CREATE POLICY tenant_read ON tenants_user FOR SELECT USING (true)"],
        "tenants_user has the policies",
    ),
    (
        c.unforced_tables,
        ["ALTER TABLE ingest_customer NO FORCE ROW LEVEL SECURITY"],
        "ingest_customer: row security on=True, forced=False",
    ),
    (
        c.unforced_tables,
        ["ALTER TABLE ingest_customer DISABLE ROW LEVEL SECURITY"],
        "ingest_customer: row security on=False, forced=True",
    ),
    (c.wrong_grants, ["GRANT TRUNCATE ON ingest_customer TO rapport_app"], "rapport_app has ['DELETE', 'INSERT',"),
    (c.wrong_grants, ["GRANT SELECT ON ingest_customer TO PUBLIC"], "PUBLIC has ['SELECT'] on ingest_customer"),
    (c.wrong_grants, ["GRANT UPDATE ON ingest_event TO rapport_app"], "rapport_app has ['DELETE', 'INSERT',"),
    (c.wrong_grants, ["REVOKE SELECT ON tenants_user FROM rapport_app"], "rapport_app has ['INSERT', 'UPDATE']"),
    (c.wrong_grants, ["GRANT SELECT ON SEQUENCE tenants_organisation_id_seq TO rapport_app"], "rapport_app has"),
    (c.wrong_grants, ["GRANT SELECT (name) ON ingest_customer_extra TO rapport_app"], "ingest_customer_extra.name"),
    (c.global_uniques, ["CREATE UNIQUE INDEX wide ON ingest_customer (external_id)"], "wide of ingest_customer"),
    (c.global_uniques, ["CREATE UNIQUE INDEX wide ON ingest_customer (lower(external_id))"], "wide of ingest_customer"),
    (c.global_uniques, ["DROP INDEX tenants_organisation_slug"], "tenants_organisation_slug is on the written list"),
    (
        c.single_keys,
        [
            "CREATE UNIQUE INDEX u ON scoring_weightset (id)",
            (
                "ALTER TABLE scoring_weight ADD CONSTRAINT narrow "
                "FOREIGN KEY (weight_set_id) REFERENCES scoring_weightset (id)"
            ),
        ],
        "narrow: scoring_weight (weight_set_id) points at",
    ),
    (c.missing_keys, ["CREATE TABLE extra (organisation_id bigint NOT NULL)"], "extra.organisation_id refers"),
    (
        w.open_partitions,
        ["GRANT SELECT ON ingest_event_y2026m03 TO rapport_app"],
        "ingest_event_y2026m03 is open",
    ),
    (w.loose_views, ["CREATE VIEW everyone AS SELECT * FROM ingest_customer"], "everyone is a view without"),
    (
        w.loose_views,
        ["CREATE MATERIALIZED VIEW everyone AS SELECT * FROM ingest_customer"],
        "everyone is a materialised view",
    ),
    (
        w.unlisted_functions,
        ["CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"],
        "f() is not on the written list",
    ),
    (
        w.unlisted_functions,
        ["ALTER FUNCTION slug_taken(text) RESET search_path"],
        "slug_taken(wanted text) is",
    ),
    (
        w.unlisted_functions,
        ["GRANT EXECUTE ON FUNCTION slug_taken(text) TO PUBLIC"],
        "slug_taken(wanted text) is",
    ),
    (
        w.unlisted_functions,
        ["ALTER FUNCTION slug_taken(text) OWNER TO postgres"],
        "slug_taken(wanted text) is",
    ),
    (
        w.unlisted_functions,
        ["DROP FUNCTION queue_age()"],
        "queue_age() is on the written list and does not exist",
    ),
    (
        w.excess_abilities,
        ["GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO PUBLIC"],
        "may call set_config",
    ),
    (w.excess_abilities, ["GRANT UPDATE ON pg_catalog.pg_settings TO rapport_app"], "may update pg_settings"),
    (w.excess_abilities, ["GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC"], "may write plpgsql"),
    (w.excess_abilities, ["GRANT CREATE ON SCHEMA public TO rapport_app"], "may create in the schema"),
    (
        w.excess_abilities,
        ["GRANT TRIGGER ON ingest_customer TO rapport_app"],
        "may truncate, refer to or trigger",
    ),
    (w.excess_abilities, ["ALTER TABLE ingest_customer OWNER TO rapport_app"], "owns something"),
    (w.default_privileges, [_LAX_DEFAULT], "default privileges: rapport_owner"),
    (w.foreign_owners, ["CREATE TABLE stray (note text)"], "stray belongs to postgres"),
]


@pytest.mark.parametrize(("check", "wrong", "said"), CONTROLS)
def test_a_wrong_is_reported(superuser: Connection, check: Check, wrong: list[LiteralString], said: str) -> None:
    if "ingest_customer_extra" in said:
        superuser.execute("CREATE TABLE ingest_customer_extra (name text)")
    for statement in wrong:
        superuser.execute(statement)
    problems = check(superuser)
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize("role", ["postgres", OWNER])
def test_a_role_that_may_too_much_is_reported(superuser: Connection, role: str) -> None:
    """Role statements are shared by every database of the server, so the control looks at roles that exist."""
    found = w.excess_abilities(superuser, role=role)
    expected = {
        "postgres": {f"postgres {text}" for text in w._ABILITIES}
        - {"postgres is a member of another role", "postgres owns something"},  # pinned objects are not in pg_shdepend
        OWNER: {
            f"{OWNER} is a member of another role", f"{OWNER} owns something",
            f"{OWNER} may create in the schema", f"{OWNER} may create schemas",
            f"{OWNER} may call set_config", f"{OWNER} may write plpgsql",
            f"{OWNER} may truncate, refer to or trigger on a table",
        },
    }  # fmt: skip
    assert set(found) == expected[role]


def test_a_table_that_passed_through_the_operation_has_no_problem(superuser: Connection) -> None:
    """The other side of the controls: what TenantTable emits is what the checks ask for."""
    superuser.execute(f"SET ROLE {OWNER}")
    superuser.execute(_EXTRA)
    for statement in protect("extra", rules=tenant_rules()):
        superuser.execute(statement)
    superuser.execute("RESET ROLE")
    declared = {**c.declared_privileges(), "extra": {"SELECT", "INSERT", "UPDATE", "DELETE"}}
    assert c.wrong_grants(superuser, declared) == []
    for check in set(CHECKS) - {c.wrong_grants}:
        assert check(superuser) == [], check.__name__


def test_a_declared_privilege_beyond_reading_and_writing_is_reported(superuser: Connection) -> None:
    declared = {**c.declared_privileges(), "tenants_membership": {"SELECT", "TRUNCATE"}}
    superuser.execute(f"REVOKE INSERT, UPDATE, DELETE ON tenants_membership FROM {APP}")
    superuser.execute(f"GRANT TRUNCATE ON tenants_membership TO {APP}")
    assert c.wrong_grants(superuser, declared) == ["tenants_membership declares ['TRUNCATE']"]
