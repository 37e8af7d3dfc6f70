"""A0 and A1: the same events as PostgreSQL alone takes them, from one binary buffer, without policies."""

from __future__ import annotations

from typing import Final

import psycopg

from tests.benchmarks.ingest.costs import Cost, cost_of

_COLUMNS: Final = (
    "organisation_id, customer_number, occurred_at, received_at, occurrences, day, source_id, from_file, message_id, "
    "name, properties"
)
_TABLES: Final = (
    "DROP SCHEMA IF EXISTS bench CASCADE",
    "CREATE SCHEMA bench",
    "CREATE TABLE bench.bare AS SELECT * FROM ingest_event LIMIT 0",
    # The event table's columns, key, index and checks; the second with its foreign key too.
    "CREATE TABLE bench.keyed (LIKE ingest_event INCLUDING ALL)",
    "CREATE TABLE bench.referring (LIKE ingest_event INCLUDING ALL)",
    "ALTER TABLE bench.referring ADD FOREIGN KEY (organisation_id) REFERENCES tenants_organisation (id)",
)


class Raw:
    """The events that are stored of an organisation, as a buffer, and what it costs to copy and to insert them."""

    def __init__(self, admin: psycopg.Connection) -> None:
        self._admin = admin
        for statement in _TABLES:
            admin.execute(statement)

    def take(self, *, organisation_id: int, newest: int, in_order: bool = False) -> bytes:
        """The newest events in the order of their ids, or in one that is nobody's."""
        order = 'message_id COLLATE "C"' if in_order else "random()"
        query = (
            f"COPY (SELECT {_COLUMNS} FROM (SELECT * FROM ingest_event WHERE organisation_id = {organisation_id} "
            f"ORDER BY received_at DESC LIMIT {newest}) AS newest ORDER BY {order}) TO STDOUT (FORMAT binary)"
        )
        with self._admin.cursor() as cursor, cursor.copy(query) as copy:
            return b"".join(copy)

    def a0(self, rows: bytes) -> Cost:
        """COPY into a table with nothing on it."""
        self._admin.execute("TRUNCATE bench.bare")
        return cost_of(lambda: self._copy("bench.bare", rows), backend=self._admin.info.backend_pid)

    def a1(self, rows: bytes, *, table: str) -> Cost:
        """COPY into a temporary table, and from there into one with the key; `table` is keyed or referring."""
        self._admin.execute(f"TRUNCATE bench.{table}")
        return cost_of(lambda: self._insert(f"bench.{table}", rows), backend=self._admin.info.backend_pid)

    def _insert(self, table: str, rows: bytes) -> None:
        with self._admin.transaction():
            self._admin.execute("CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT * FROM bench.bare LIMIT 0")
            self._copy("arriving", rows)
            self._admin.execute(f"INSERT INTO {table} SELECT * FROM arriving ON CONFLICT DO NOTHING")

    def _copy(self, table: str, rows: bytes) -> None:
        statement = f"COPY {table} FROM STDIN (FORMAT binary)"
        with self._admin.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(rows)
