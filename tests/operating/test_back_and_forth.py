"""The latest migrations go back and come again with rows in every table: nothing that stays is lost on the way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engagement.operating.facts import Facts, read_facts
from tests import database
from tests.isolation.seed import sow, superuser, tenant_models
from tests.operating.places import environment_of
from tests.operating.test_upgrade import _OF_THE_CODE

# What only newer columns say; their default would be indistinguishable from what comes of adding them again.
_SAID = (
    """UPDATE ingest_fileimport SET layout = '{"header": ["customer"], "delimiter": ","}',
       undo_asked_by_id = (SELECT id FROM tenants_user LIMIT 1)""",
    "UPDATE connections_listpush SET unmatched = '\\x0102'",
    "UPDATE companions_surveyanswer SET import_id = gen_random_uuid()",
)
# The last column of these two alone, from rows that stay; then to before the last migrations of each of these apps. And
# what they bring, away in between.
_LAST = (("connections", "0002"), ("ingest", "0013"))
_LAST_BROUGHT = {("columns", "connections_listpush.unmatched"), ("columns", "ingest_fileimport.undo_asked_by_id")}
_BACK = (("connections", "0001"), ("scoring", "0017"), ("companions", "0001"), ("ingest", "0012"))
_BROUGHT = {
    ("tables", "connections_listpush"), ("functions", "lists_behind"), ("columns", "ingest_fileimport.layout"),
    ("columns", "companions_surveyanswer.import_id"), ("indexes", "companions_answer_import"),
    ("functions", "organisations_with_events"), *_LAST_BROUGHT,
}  # fmt: skip
_MIGRATE = """
import django, sys
django.setup()
from django.core.management import call_command
for target in sys.argv[1:]:
    call_command("migrate", *target.split(), database="owner", skip_checks=True, verbosity=0)
"""
pytestmark = pytest.mark.usefixtures("django_db_setup")


@contextmanager
def _with_rows_everywhere() -> Iterator[str]:
    name = f"reversed_{database.DATABASE}"
    database.clone(name)
    try:
        sow(1, into=name)
        with superuser(name) as connection:
            for statement in _SAID:
                assert connection.execute(statement).rowcount == 1, statement
        yield name
    finally:
        database.drop(name)


def _facts(name: str) -> Facts:
    with superuser(name) as connection, connection.transaction():
        return read_facts(connection)


def _there(facts: Facts) -> set[tuple[str, str]]:
    return {(kind, called) for kind, called in _BROUGHT if any(called in name for name in facts.catalogue[kind])}


def _migrate(name: str, *targets: str) -> None:
    command = [sys.executable, "-c", _MIGRATE, *targets]
    environment = environment_of(name, DJANGO_SETTINGS_MODULE="engagement.settings")
    done = subprocess.run(command, cwd=database.ROOT, env=environment, check=False, text=True, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr


def _plain(facts: Facts) -> dict[str, dict[str, str]]:
    """A function that a migration makes again may be broken into other lines."""
    return {
        kind: {name: " ".join(text.split()) for name, text in found.items()} for kind, found in facts.catalogue.items()
    }


def test_with_rows_in_every_table_the_latest_migrations_go_back_and_come_again() -> None:
    with _with_rows_everywhere() as name:
        before = _facts(name)
        tables = {model._meta.db_table for model in tenant_models()[1:]} & before.rows.keys()  # but partitions
        assert [table for table in tables if not before.rows[table]] == []
        assert _there(before) == _BROUGHT
        _migrate(name, *(f"{app} {target}" for app, target in _LAST))
        one_back = _facts(name)
        assert (_BROUGHT - _there(one_back), one_back.rows.keys()) == (_LAST_BROUGHT, before.rows.keys())
        assert {table: one_back.rows[table] for table in tables} == {table: before.rows[table] for table in tables}
        _migrate(name, *(f"{app} {target}" for app, target in _BACK))
        back = _facts(name)
        assert _there(back) == set()
        _migrate(name, "")
        again = _facts(name)
    assert _plain(again) == _plain(before)
    kept = {table: rows for table, rows in before.rows.items() if table in back.rows and table not in _OF_THE_CODE}
    assert {table: again.rows[table] for table in kept} == kept
    assert {table for table in tables if not again.rows[table]} == tables - kept.keys() == {"connections_listpush"}
