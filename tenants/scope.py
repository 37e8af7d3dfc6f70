"""Whose data may be read and written now: the one place that says so to Python and to PostgreSQL.

A scope is one transaction. Reading may reach several organisations, writing at most one; without a scope every
tenant manager raises and every policy shows nothing. Scopes nest; the outer one is put back on the way out.

Asking is a writing of its own, to tables whose policies let it in (TenantTable("…", asked=True)) and to no other: how a
viewer, whose scope writes nothing, notes a day or asks about a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import connection, transaction
from psycopg import sql


class ScopeError(RuntimeError):
    """Tenant data was asked for with no organisation in scope: a mistake in our code, never the user's."""


@dataclass(slots=True)
class Memory:
    """What a scope has read, and after how many changes (`remembering`)."""

    changes: int = -1
    kept: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    read: tuple[int, ...]
    write: int | None = None
    ask: int | None = None
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)


_current: ContextVar[Scope | None] = ContextVar("rapport_scope", default=None)


def current_scope() -> Scope | None:
    return _current.get()


def require_scope() -> Scope:
    """The scope in force; raises ScopeError when there is none."""
    scope = _current.get()
    if scope is None:
        raise ScopeError("No organisation is in scope: wrap this in tenants.scope.tenant(…).")
    return scope


def require_write() -> int:
    """The one organisation that may be written; raises ScopeError when there is none."""
    scope = require_scope()
    if scope.write is None:
        raise ScopeError("This scope may only read.")
    return scope.write


def _tell_database(scope: Scope | None) -> None:
    read = "" if scope is None else "{" + ",".join(str(int(key)) for key in scope.read) + "}"
    _set("app.org_read", read)
    _set("app.org_write", _digits(scope.write if scope else None))


def _tell_asking(scope: Scope | None, *, instead_of: Scope | None) -> None:
    """Only where it differs: most transactions do without the statement."""
    ask, before = (one.ask if one else None for one in (scope, instead_of))
    if ask != before:
        _set("app.org_ask", _digits(ask))


def _set(name: str, value: str) -> None:
    # SET takes no bind parameter; the values are digits we just made from integers.
    statement = sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), sql.Literal(value))
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(None))


def _digits(key: int | None) -> str:
    return "" if key is None else str(int(key))


@contextmanager
def tenant(*, read: Iterable[int], write: int | None = None, ask: int | None = None) -> Iterator[Scope]:
    """Open a transaction in which exactly these organisations can be seen and at most one changed, or asked in.

    RELEASE SAVEPOINT keeps SET LOCAL, so a nested scope puts the former values back itself; a rollback, to a savepoint
    or of everything, does it for us.
    """
    scope = Scope(
        tuple(dict.fromkeys(int(key) for key in read)),
        None if write is None else int(write),
        None if ask is None else int(ask),
    )
    nested = connection.in_atomic_block
    with transaction.atomic():
        outer = _current.get()
        _tell_database(scope)
        _tell_asking(scope, instead_of=outer)
        token = _current.set(scope)
        try:
            yield scope
        finally:
            _current.reset(token)
        if nested and not connection.needs_rollback:
            _tell_database(outer)
            _tell_asking(outer, instead_of=scope)


def organisation_scope(organisation_id: int, *, write: bool = True) -> AbstractContextManager[Scope]:
    """The common scope of a task or command: one organisation, read and written."""
    return tenant(read=[organisation_id], write=organisation_id if write else None)


def scoped_stream(content: Iterable[bytes], *, read: tuple[int, ...]) -> Iterator[bytes]:
    """A streamed body in a read-only scope of its own; it holds a connection until it ends or is closed."""
    with tenant(read=read):
        yield from content
