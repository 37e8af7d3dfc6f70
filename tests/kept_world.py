"""The world of a test, built once in each process and put back in a moment: building it takes hundreds of statements.

After the build its rows are read off, and put in again, committed, where a test has emptied the database since. What a
test does to them in its own transaction is rolled back with it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import psycopg
from psycopg import sql

W = TypeVar("W")


class KeptWorld(Generic[W]):
    """What `build` made, over a connection of the superuser; `is_there` until somebody empties the database."""

    def __init__(self, connection: psycopg.Connection, built: W, *, apart: Iterable[str]) -> None:
        self._connection, self._built = connection, built
        self._script = _script(connection, apart=tuple(apart))
        self.is_there = True

    def again(self) -> W:
        """The world, in the database, as nobody has touched it; objects of the caller's own."""
        if not self.is_there:
            self._connection.execute("SET session_replication_role = replica")
            self._connection.execute(self._script)
            self.is_there = True
        return copy.deepcopy(self._built)


def kept(connection: psycopg.Connection, build: Callable[[], W], *, apart: Iterable[str]) -> KeptWorld[W]:
    """Build in an empty database, outside any transaction, and remember the rows of all tables but those `apart`."""
    return KeptWorld(connection, build(), apart=apart)


def _script(connection: psycopg.Connection, *, apart: tuple[str, ...]) -> bytes:
    """One text that puts every row back, as each is now; columns that the server computes are left to it."""
    statements = []
    for table, columns in connection.execute(_COLUMNS, [list(apart)]).fetchall():
        name = sql.Identifier(table)
        rows = connection.execute(sql.SQL("SELECT jsonb_agg(t)::text FROM {} t").format(name)).fetchone()
        if rows is None or rows[0] is None:
            continue
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        statements.append(
            sql.SQL(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM jsonb_populate_recordset(NULL::{}, {})"
            ).format(name, listed, listed, name, sql.Literal(rows[0]))
        )
    return sql.SQL("; ").join(statements).as_bytes(connection)


_COLUMNS = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname <> ALL (%s)
GROUP BY c.relname
ORDER BY c.relname
"""
