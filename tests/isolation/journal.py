"""Which rows a request changed, and everything as it was before: a journal that the test's database keeps.

Cells of the matrix commit, as production does: inside a transaction that is rolled back a scope outlives its block, and
what runs on commit never runs. So the superuser puts a trigger on every table for as long as the matrix runs. It notes
each changed row as it was and as it became; what a cell changed is then known to the row, whoever did it by whatever
way, and undone in milliseconds by writing the former rows back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from tests import database

_INSTALL: tuple[LiteralString, ...] = (
    "CREATE SCHEMA journal",
    "CREATE TABLE journal.entry (id bigserial PRIMARY KEY, name text, old jsonb, new jsonb)",
    """
    CREATE FUNCTION journal.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    BEGIN
        INSERT INTO journal.entry (name, old, new) VALUES (
            TG_TABLE_NAME,
            CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
            CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
        RETURN NULL;
    END $$
    """,
)
# Partitions take the trigger of their parent.
_TABLES: LiteralString = (
    "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
    "AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'tenants_cache'"  # cleared before every cell
)


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is different: `old` is None for a new one, `new` for one that is gone."""

    number: int
    table: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None

    @property
    def organisations(self) -> set[int]:
        """Whose row it is, and was; empty for a row of nobody's."""
        key = "id" if self.table == "tenants_organisation" else "organisation_id"
        return {int(row[key]) for row in (self.old, self.new) if row and row.get(key) is not None}

    @property
    def only_says_when(self) -> bool:
        """A credential's note of when it was last used, which any request with it leaves behind."""
        old, new = self.old or {}, self.new or {}
        return bool(self.old and self.new) and {key for key in old if old[key] != new.get(key)} <= {"last_used_at"}


class Journal:
    """What has changed since it was opened. Undoing is itself not noted."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._known: dict[str, tuple[sql.Composed, sql.Composed]] = {}

    def mark(self) -> int:
        """Where the journal stands."""
        row = self._connection.execute("SELECT COALESCE(max(id), 0) FROM journal.entry").fetchone()
        return int(row[0]) if row else 0

    def since(self, mark: int) -> list[Change]:
        rows = self._connection.execute(
            "SELECT id, name, old, new FROM journal.entry WHERE id > %s ORDER BY id", [mark]
        ).fetchall()
        return [Change(*row) for row in rows]

    def undo(self, mark: int) -> None:
        """Every row as it was at the mark, the latest change first."""
        changes = self.since(mark)
        if not changes:
            return
        with self._connection.transaction():
            for change in reversed(changes):
                self._put_back(change)
            self._connection.execute("DELETE FROM journal.entry WHERE id > %s", [mark])

    def _put_back(self, change: Change) -> None:
        if change.table not in self._known:
            self._known[change.table] = self._statements(change.table)
        taken_away, put_back = self._known[change.table]
        if change.new is not None:
            gone = self._connection.execute(taken_away, [change.number]).rowcount
            assert gone == 1, f"{change.table}: {gone} rows are as the journal says"
        if change.old is not None:
            self._connection.execute(put_back, [change.number])

    def _statements(self, table: str) -> tuple[sql.Composed, sql.Composed]:
        """One takes away the row that an entry calls new, found by its key and compared whole; one puts the old back.

        Computed columns are not compared: a trigger does not see them yet.
        """
        target = sql.Identifier("public", table)
        computed, names = self._columns(table, computed=True), self._columns(table, computed=False)
        key = sql.SQL("").join(
            sql.SQL("t.{0} = (jsonb_populate_record(NULL::{1}, e.new)).{0} AND ").format(sql.Identifier(name), target)
            for name in self._key(table)
        )
        taken_away = sql.SQL(
            "DELETE FROM {0} AS t USING (SELECT new FROM journal.entry WHERE id = %s) e "
            "WHERE {1} to_jsonb(t) - {2}::text[] = e.new - {2}::text[]"
        ).format(target, key, sql.Literal(computed))
        put_back = sql.SQL(
            "INSERT INTO {0} ({1}) SELECT {2} FROM journal.entry e, jsonb_populate_record(NULL::{0}, e.old) r "
            "WHERE e.id = %s"
        ).format(
            target,
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(sql.Identifier("r", name) for name in names),
        )
        return taken_away, put_back

    def _key(self, table: str) -> list[str]:
        """The columns of its primary key; empty where it has none."""
        rows = self._connection.execute(
            "SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
            "AND a.attnum = ANY (i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary",
            [table],
        ).fetchall()
        return [name for (name,) in rows]

    def _columns(self, table: str, *, computed: bool) -> list[str]:
        """Those that the database computes from others; or all the rest."""
        rows = self._connection.execute(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped AND (attgenerated <> '') = %s ORDER BY attnum",
            [table, computed],
        ).fetchall()
        return [name for (name,) in rows]


@contextmanager
def journal() -> Iterator[Journal]:
    """Install it in this process's own test database, and take it away again."""
    with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in _INSTALL:
            connection.execute(statement)
        for (name,) in connection.execute(_TABLES).fetchall():
            trigger = "CREATE TRIGGER journal AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION "
            connection.execute(sql.SQL(trigger + "journal.note()").format(sql.Identifier("public", name)))
        try:
            yield Journal(connection)
        finally:
            connection.execute("SET client_min_messages = warning")
            connection.execute("DROP SCHEMA journal CASCADE")
