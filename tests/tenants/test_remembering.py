"""What a scope remembers of its reads: once per scope, never past a change, never of another organisation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from tenants.models import Organisation
from tenants.postgres.base import may_change
from tenants.remembering import remembered
from tenants.scope import ScopeError, organisation_scope
from tests.conftest import World

pytestmark = pytest.mark.django_db


def _name() -> str:
    """The name of the organisation in scope, remembered."""
    return remembered("name", lambda: Organisation.objects.get().name)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """The statements that were sent."""
    sent: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def test_a_scope_asks_once(world: World, asked: list[str]) -> None:
    with organisation_scope(world.ours.id, write=False):
        before = len(asked)
        assert _name() == _name() == world.ours.name
        assert len(asked) == before + 1


def test_another_scope_asks_anew(world: World) -> None:
    with organisation_scope(world.ours.id, write=False):
        assert _name() == world.ours.name
        with organisation_scope(world.other.id, write=False):
            assert _name() == world.other.name
        assert _name() == world.ours.name


def test_a_change_is_seen(world: World) -> None:
    with organisation_scope(world.ours.id):
        assert _name() == world.ours.name
        Organisation.objects.update(name="Another")
        assert _name() == "Another"


def test_a_change_in_an_inner_scope_is_seen_outside(world: World) -> None:
    with organisation_scope(world.ours.id):
        assert _name() == world.ours.name
        with organisation_scope(world.ours.id):
            Organisation.objects.update(name="Another")
        assert _name() == "Another"


def test_what_was_taken_back_is_not_remembered(world: World) -> None:
    with organisation_scope(world.ours.id):
        with transaction.atomic():
            Organisation.objects.update(name="Another")
            assert _name() == "Another"
            transaction.set_rollback(True)
        assert _name() == world.ours.name


def test_without_a_scope_nothing_is_remembered() -> None:
    with pytest.raises(ScopeError):
        remembered("name", lambda: "x")


@pytest.mark.parametrize(
    ("sql", "changes"),
    [
        ("SELECT 1", False),
        ("  select 1", False),
        ("SET LOCAL app.org_read = ''", False),
        ('SAVEPOINT "s"', False),
        ('RELEASE SAVEPOINT "s"', False),
        ('ROLLBACK TO SAVEPOINT "s"', True),
        ("INSERT INTO t VALUES (1)", True),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", True),
        ("-- Takes: nothing\n-- Gives: one\nSELECT 1", False),
        ("-- SELECT\nUPDATE t SET a = 1", True),
        ("-- SELECT 1", True),
        ("SETTLE", True),
    ],
)
def test_what_may_change_rows(sql: str, changes: bool) -> None:
    assert may_change(sql) is changes
