"""The runtime's own connection: one statement at a time, no widening of a scope, nested scopes put back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from tenants.models import Membership, Organisation
from tenants.postgres.base import has_several_statements
from tenants.scope import Scope, ScopeError, current_scope, organisation_scope, scoped_stream, tenant
from tests.conftest import World, build_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return build_world()


def _settings() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(current_setting('app.org_read', true), ''),"
                       " COALESCE(current_setting('app.org_write', true), '')")  # fmt: skip
        row: tuple[str, str] = cursor.fetchone()
        return row


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("SELECT 1", False),
        ("SELECT 1;", False),
        ("SELECT 1; \n", False),
        ("SELECT ';', \";\", $$;$$, $a$;$b$;$a$ -- ; SELECT 2", False),
        ("SELECT E'\\'; SELECT 2' /* ; */;", False),
        ("SELECT 1; SELECT 2", True),
        ("SELECT 1;SET LOCAL app.org_read = '{1}'", True),
        ("SELECT ''; SELECT 2", True),
        ("SELECT 1 /* ; */ ; SELECT 2", True),
        ("SELECT '\\'; SELECT 2 --'", True),
    ],
)
def test_what_counts_as_several_statements(text: str, several: bool) -> None:
    assert has_several_statements(text) is several


@pytest.mark.parametrize("parameters", [None, ()])
def test_several_statements_are_refused_before_they_are_sent(world: World, parameters: tuple[()] | None) -> None:
    with tenant(read=[world.ours.id]):
        with (
            pytest.raises(ProgrammingError, match="Several statements"),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SELECT 1; SET LOCAL app.org_read = '{{{world.strange.id}}}'", parameters)
        assert _settings() == (f"{{{world.ours.id}}}", "")


def test_set_config_is_refused(world: World) -> None:
    """Injected into a query with parameters, it is the one way to change a setting inside a statement."""
    with (
        pytest.raises(DatabaseError, match="permission denied for function set_config"),
        tenant(read=[world.ours.id]),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT %s WHERE set_config('app.org_read', '{1}', true) <> ''", ["x"])


def test_a_nested_scope_is_put_back(world: World) -> None:
    outer, inner = (f"{{{world.ours.id}}}", str(world.ours.id)), (f"{{{world.other.id}}}", "")
    with organisation_scope(world.ours.id):
        assert _settings() == outer
        with tenant(read=[world.other.id]):
            assert _settings() == inner
            assert current_scope() == Scope((world.other.id,))
        assert _settings() == outer
        assert current_scope() == Scope((world.ours.id,), world.ours.id)
        assert Organisation.objects.get().pk == world.ours.id
    assert (_settings(), current_scope()) == (("", ""), None)


def _asking() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(current_setting('app.org_ask', true), '')")
        return str(cursor.fetchone()[0])


def test_a_scope_that_asks_writes_nothing_else_and_is_put_back(world: World) -> None:
    ours = world.ours.id
    with organisation_scope(ours):
        with tenant(read=[ours], ask=ours):
            assert (_settings(), _asking()) == ((f"{{{ours}}}", ""), str(ours))
            with tenant(read=[ours]):
                assert _asking() == ""
            assert _asking() == str(ours)
            assert Organisation.objects.update(name="not by asking") == 0
        assert (_settings(), _asking()) == ((f"{{{ours}}}", str(ours)), "")
        with pytest.raises(ZeroDivisionError), tenant(read=[ours], ask=ours):
            assert 1 / 0
        assert _asking() == ""
    assert _asking() == ""


def test_a_nested_scope_that_failed_is_put_back(world: World) -> None:
    with organisation_scope(world.ours.id):
        with pytest.raises(ZeroDivisionError), organisation_scope(world.other.id):
            assert Organisation.objects.update(name="half done") / 0
        assert _settings() == (f"{{{world.ours.id}}}", str(world.ours.id))
        assert current_scope() == Scope((world.ours.id,), world.ours.id)
    with tenant(read=[world.other.id]):
        assert Organisation.objects.get().name == world.other.name


def test_a_failed_statement_inside_a_nested_scope_is_put_back(world: World) -> None:
    with organisation_scope(world.ours.id):
        with pytest.raises(DatabaseError), tenant(read=[world.other.id]), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert _settings() == (f"{{{world.ours.id}}}", str(world.ours.id))


def test_a_scope_inside_an_ordinary_transaction_leaves_nothing_behind(world: World) -> None:
    """RELEASE SAVEPOINT keeps SET LOCAL: without putting it back, the rest of the transaction would see on."""
    with transaction.atomic():
        with tenant(read=[world.ours.id]):
            pass
        assert _settings() == ("", "")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tenants_membership")
            assert cursor.fetchone() == (0,)


def test_a_query_that_leaves_its_scope_sees_nothing(world: World) -> None:
    with tenant(read=[world.ours.id]):
        lazy = Membership.objects.all()
        assert lazy.count() == 1
    assert list(lazy) == []


def test_a_query_set_keeps_the_organisation_of_the_scope_it_was_made_in(world: World) -> None:
    with tenant(read=[world.ours.id]):
        lazy = Membership.objects.all()
    with tenant(read=[world.firm.id]):
        assert list(lazy) == []


def test_no_scope_raises_and_a_reading_scope_refuses_to_write(world: World) -> None:
    with pytest.raises(ScopeError, match="No organisation is in scope"):
        Membership.objects.count()
    with pytest.raises(DatabaseError, match="row-level security"), tenant(read=[world.ours.id]):
        Membership.objects.create(organisation_id=world.ours.id, user=world.stranger, role="admin")
    with tenant(read=[world.ours.id]):
        assert Organisation.objects.update(name="changed") == 0


def test_a_stream_has_a_scope_of_its_own(world: World) -> None:
    def body() -> Iterator[bytes]:
        for organisation in Organisation.objects.order_by("pk"):
            yield organisation.slug.encode()

    assert list(scoped_stream(body(), read=(world.ours.id,))) == [world.ours.slug.encode()]
    stream: Any = scoped_stream(body(), read=(world.ours.id, world.other.id))
    assert next(stream) == world.ours.slug.encode()
    assert connection.in_atomic_block
    stream.close()
    assert (connection.in_atomic_block, _settings(), current_scope()) == (False, ("", ""), None)
