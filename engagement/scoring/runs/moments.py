"""One moment of the data, seen by several transactions, of several processes, until the first of them ends.

PostgreSQL exports what a transaction sees; others take it over before they read anything. The one that exported it has
to stay open meanwhile, on a connection of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, connection, transaction

_EXPORTED: Final = re.compile(r"[0-9A-F]{8}-[0-9A-F]{8}-[0-9]{1,10}")
_GONE: Final = frozenset({"22023", "42704"})  # invalid snapshot identifier; there is no such snapshot any more


class MomentGoneError(Exception):
    """The transaction that held the moment has ended: whoever was still at work for it leaves it."""


@contextmanager
def own_moment() -> Iterator[None]:
    """A transaction that sees one moment; inside another one that is decided already."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@contextmanager
def shared_moment() -> Iterator[str]:
    """Hold this moment for as long as the block lasts; gives the name under which others can see it."""
    holder = connection.copy(alias=connection.alias)
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            yield str(cursor.fetchone()[0])
            cursor.execute("ROLLBACK")  # at once, where closing alone is noticed a moment later
    finally:
        holder.close()


@contextmanager
def in_moment(name: str) -> Iterator[None]:
    """A transaction that sees a shared moment; raises MomentGoneError when its holder has ended."""
    if not _EXPORTED.fullmatch(name):
        raise MomentGoneError
    with transaction.atomic(durable=True):
        _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try:
            _execute(f"SET TRANSACTION SNAPSHOT '{name}'")
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") in _GONE:
                raise MomentGoneError from None
            raise
        yield


def moment_seen() -> str:
    """The database's own name of what this transaction sees, with that of the database itself, for comparing later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || pg_current_snapshot()")
        return str(cursor.fetchone()[0])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
