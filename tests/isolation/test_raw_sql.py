"""SQL as the runtime role, past Django: without a valid setting it sees nothing and writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.conftest import World, build_world
from tests.isolation import catalogue
from tests.isolation.seed import sow, superuser

pytestmark = pytest.mark.django_db(transaction=True)

Connection = psycopg.Connection[Any]
MISSING = "missing"
EMPTY = (MISSING, "", "{}", "{NULL}")


@pytest.fixture
def world() -> World:
    world = build_world()
    sow(world.ours.id)
    sow(world.strange.id)
    return world


@pytest.fixture
def runtime() -> Iterator[Connection]:
    """A connection of its own, whose settings nobody has touched."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        yield connection
        connection.rollback()


def _set(connection: Connection, *, read: str, write: str, ask: str = MISSING) -> None:
    for name, value in (("app.org_read", read), ("app.org_write", write), ("app.org_ask", ask)):
        if value != MISSING:
            connection.execute(f"SET LOCAL {name} = '{value}'")


def _tables() -> list[str]:
    with superuser() as connection:
        return catalogue.tenant_tables(connection)


def _run(connection: Connection, statement: str) -> int | str:
    """How many rows it met, or the code it was refused with; the transaction goes on."""
    try:
        with connection.transaction():
            done = connection.execute(statement)
            return done.fetchone()[0] if done.description else done.rowcount  # type: ignore[index]
    except psycopg.Error as error:
        return "row-level security" if "row-level security" in str(error) else str(error.sqlstate)


def _statements(table: str, organisation_id: int) -> dict[str, str]:
    key = "id" if table == catalogue.ORGANISATION else "organisation_id"
    insert = f"INSERT INTO {table} (organisation_id) VALUES ({organisation_id})"
    if table == catalogue.ORGANISATION:
        insert = f"INSERT INTO {table} (kind, firm_id) VALUES ('client', {organisation_id})"
    elif table == "ingest_event":  # a row without a day finds no partition before it meets a policy
        insert = f"INSERT INTO {table} (organisation_id, day) VALUES ({organisation_id}, '2026-03-01')"
    return {
        "SELECT": f"SELECT count(*) FROM {table}",
        "INSERT": insert,
        "UPDATE": f"UPDATE {table} SET {key} = {key}",
        "DELETE": f"DELETE FROM {table}",
    }


def _outcomes(connection: Connection, organisation_id: int) -> dict[str, dict[str, int | str]]:
    return {
        table: {verb: _run(connection, text) for verb, text in _statements(table, organisation_id).items()}
        for table in _tables()
    }


def _refused(granted: set[str]) -> dict[str, int | str]:
    """Nothing seen, nothing written: 0 rows or 42501."""
    hidden: dict[str, int | str] = {"SELECT": 0, "INSERT": "row-level security", "UPDATE": 0, "DELETE": 0}
    return {verb: outcome if verb in granted else "42501" for verb, outcome in hidden.items()}


@pytest.mark.parametrize("read", EMPTY)
@pytest.mark.parametrize("write", [MISSING, ""])
def test_without_a_setting_every_table_is_empty_and_closed(
    world: World, runtime: Connection, read: str, write: str
) -> None:
    _set(runtime, read=read, write=write)
    declared = catalogue.declared_privileges()
    assert _outcomes(runtime, world.ours.id) == {table: _refused(declared[table]) for table in _tables()}


def test_control_with_the_setting_the_same_statements_meet_one_organisation(world: World, runtime: Connection) -> None:
    _set(runtime, read=f"{{{world.ours.id}}}", write=str(world.ours.id))
    with superuser() as admin:
        for table in _tables():
            key = "id" if table == catalogue.ORGANISATION else "organisation_id"
            count = f"SELECT count(*) FROM {table} WHERE {key} = %s"
            [(own,)] = admin.execute(count, [world.ours.id]).fetchall()
            assert own >= 1, table
            assert _run(runtime, f"SELECT count(*) FROM {table}") == own, table


def test_reading_does_not_open_writing(world: World, runtime: Connection) -> None:
    """A viewer's setting: everything of one organisation is seen, and the database itself refuses every change."""
    _set(runtime, read=f"{{{world.ours.id}}}", write="")
    declared = catalogue.declared_privileges()
    for table, outcome in _outcomes(runtime, world.ours.id).items():
        assert outcome["SELECT"] != 0, table
        assert {**outcome, "SELECT": 0} == _refused(declared[table]), table


def test_asking_opens_the_tables_of_notes_and_questions_and_no_other(world: World, runtime: Connection) -> None:
    _set(runtime, read=f"{{{world.ours.id}}}", write="", ask=str(world.ours.id))
    declared = catalogue.declared_privileges()
    outcomes = _outcomes(runtime, world.ours.id)
    for table, outcome in outcomes.items():
        if table not in catalogue.ASKED_TABLES:
            assert {**outcome, "SELECT": 0} == _refused(declared[table]), table
    assert {table: outcomes[table]["UPDATE"] for table in catalogue.ASKED_TABLES} == dict.fromkeys(
        catalogue.ASKED_TABLES, 1
    )


def test_asking_in_one_organisation_changes_nothing_in_another(world: World, runtime: Connection) -> None:
    both = f"{{{world.ours.id},{world.strange.id}}}"
    _set(runtime, read=both, write="", ask=str(world.ours.id))
    for table in catalogue.ASKED_TABLES:
        found = _run(runtime, f"UPDATE {table} SET organisation_id = organisation_id")
        assert found == 1, table  # of two that are seen
        moved = _run(runtime, f"UPDATE {table} SET organisation_id = {world.strange.id}")
        assert moved == "row-level security", table


@pytest.mark.parametrize("read", ["abc", "{1,x}", "1", "{1}; DROP TABLE x", "{99999999999999999999}"])
def test_a_malformed_setting_is_an_error(world: World, runtime: Connection, read: str) -> None:
    _set(runtime, read=read, write="")
    for table in _tables():
        outcome = _run(runtime, f"SELECT count(*) FROM {table}")
        assert outcome in {"22P02", "22003"}, (table, outcome)


def test_a_malformed_write_setting_is_an_error(world: World, runtime: Connection) -> None:
    _set(runtime, read=f"{{{world.ours.id}}}", write="1 OR 1=1")
    assert _run(runtime, "UPDATE tenants_organisation SET name = 'taken'") == "22P02"


def test_partitions_cannot_be_read_directly(world: World, runtime: Connection) -> None:
    _set(runtime, read=f"{{{world.ours.id}}}", write=str(world.ours.id))
    assert _run(runtime, "SELECT count(*) FROM ingest_event") == 1
    assert _run(runtime, "SELECT count(*) FROM ingest_event_y2026m03") == "42501"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT set_config('app.org_read', '{1}', false)",
        "UPDATE pg_settings SET setting = '{1}' WHERE name = 'app.org_read'",
        "DO $$ BEGIN PERFORM 1; END $$",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE stray (note text)",
        "TRUNCATE tenants_membership",
        "ALTER TABLE tenants_membership DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant_read ON tenants_membership",
        "SET ROLE rapport_owner",
        "SET ROLE rapport_maint",
        "SET SESSION AUTHORIZATION postgres",
        "COPY tenants_user TO PROGRAM 'cat'",
        "COPY tenants_user FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_runtime_role_may_not(runtime: Connection, statement: str) -> None:
    assert _run(runtime, statement) == "42501"


def test_switching_row_security_off_is_no_way_round(world: World, runtime: Connection) -> None:
    runtime.execute("SET LOCAL row_security = off")
    assert _run(runtime, "SELECT count(*) FROM tenants_membership") == "row-level security"


def test_copy_into_a_tenant_table_is_refused(world: World, runtime: Connection) -> None:
    _set(runtime, read=f"{{{world.ours.id}}}", write=str(world.ours.id))
    assert _run(runtime, "COPY tenants_membership FROM STDIN") == "row-level security"
