"""What a database consists of, as facts that can be compared: rows by their hashes, and everything that guards them.

A backup keeps the facts of its own moment beside the dump; what is restored from it is held against them. Names, not
numbers of the catalogue, so that two servers can be compared. Read as rapport_backup, which sees every row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import psycopg
from psycopg import sql

from engagement.operating.queries import statement
from tenants.policies import APP, BACKUP, MAINTENANCE, OWNER

KINDS: Final = ("tables", "columns", "policies", "grants", "constraints", "indexes", "functions", "roles")
ROLES: Final = [APP, BACKUP, MAINTENANCE, OWNER]
# What a row looks like as text depends on these; facts of two servers are read alike.
_SETTINGS: Final = (
    "SET LOCAL search_path = pg_catalog, public",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)


class FactsError(ValueError):
    """A file of facts that cannot be read; the message is one clear line."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`catalogue` by kind and name; `rows` and their `hashes` by table; `sequences` as (at least, at most).

    A sequence goes on while a dump is taken and knows no snapshots, so it was somewhere between two values.
    """

    catalogue: dict[str, dict[str, str]]
    rows: dict[str, int]
    hashes: dict[str, str]
    sequences: dict[str, tuple[int, int]]

    @property
    def count(self) -> int:
        """How many facts there are."""
        return sum(map(len, self.catalogue.values())) + len(self.rows) + len(self.hashes) + len(self.sequences)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=0, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises FactsError for anything that to_json() did not write."""
        try:
            read = json.loads(text)
            sequences = {name: (int(least), int(most)) for name, (least, most) in read["sequences"].items()}
            return cls(dict(read["catalogue"]), dict(read["rows"]), dict(read["hashes"]), sequences)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FactsError(f"This is not a file of facts: {error}") from error


def read_alike(connection: psycopg.Connection[Any]) -> None:
    """Settings of the transaction at hand under which rows of two servers look alike."""
    for setting in _SETTINGS:
        connection.execute(setting)


def read_sequences(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """The last value of each sequence now."""
    return dict(connection.execute(_text("fact_sequences")).fetchall())


def read_facts(connection: psycopg.Connection[Any], *, sequences_before: dict[str, int] | None = None) -> Facts:
    """All facts, in the transaction at hand; `sequences_before` is where the sequences were when a dump began."""
    read_alike(connection)
    catalogue = {kind: _catalogue(connection, kind) for kind in KINDS}
    counted = {table: _rows(connection, table) for (table,) in connection.execute(_text("tables_with_rows")).fetchall()}
    now = read_sequences(connection)
    before = now if sequences_before is None else sequences_before
    return Facts(
        catalogue=catalogue,
        rows={table: rows for table, (rows, _) in counted.items()},
        hashes={table: digest for table, (_, digest) in counted.items()},
        sequences={name: (before.get(name, last), last) for name, last in now.items()},
    )


def _catalogue(connection: psycopg.Connection[Any], kind: str) -> dict[str, str]:
    found = connection.execute(_text(f"fact_{kind}"), _bound(kind)).fetchall()
    return {name: settled(text) for name, text in found}


def settled(definition: str) -> str:
    """A definition, printed "pretty", in the one form that outlives a dump.

    Pretty, for a server that read a condition from a dump has lost the brackets that AND does not need. And a
    comparison with a list of varchar is written `= ANY (ARRAY['a'::character varying]::text[])` by the server that
    was told it, and `= ANY (ARRAY['a'::character varying::text])` by one that read it. Both mean the same.
    """
    elements = re.sub(r"('(?:[^']|'')*'::character varying)::text\b(?!\[)", r"\1", definition)
    return re.sub(r"(ARRAY\[(?:'(?:[^']|'')*'::character varying(?:, )?)*\])::text\[\]", r"\1", elements)


def _text(name: str) -> Any:
    return statement(name)


def _bound(kind: str) -> dict[str, Any] | None:
    return {"roles": ROLES} if kind == "roles" else None


def _rows(connection: psycopg.Connection[Any], table: str) -> tuple[int, str]:
    found = connection.execute(sql.SQL(_text("fact_rows")).format(table=sql.Identifier(table))).fetchone()
    assert found is not None
    return int(found[0]), str(found[1])


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────────────


def differences(wanted: Facts, found: Facts) -> list[str]:
    """One line for each fact that is missing, new or different in `found`; none when it is a true copy."""
    lines: list[str] = []
    for kind in sorted({*wanted.catalogue, *found.catalogue}):
        lines += _different(kind, wanted.catalogue.get(kind, {}), found.catalogue.get(kind, {}))
    lines += _different("number of rows", wanted.rows, found.rows)
    changed = {table for table, rows in wanted.rows.items() if found.rows.get(table) == rows}
    lines += [
        f"rows: {table} holds other rows"
        for table in sorted(changed)
        if wanted.hashes[table] != found.hashes.get(table)
    ]
    return [*lines, *_sequences_off(wanted, found)]


def _different(kind: str, wanted: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*wanted, *found}):
        if name not in found:
            yield f"{kind}: {name} is missing (was: {wanted[name]})"
        elif name not in wanted:
            yield f"{kind}: {name} is new ({found[name]})"
        elif wanted[name] != found[name]:
            yield f"{kind}: {name} is {found[name]}, was {wanted[name]}"


def _sequences_off(wanted: Facts, found: Facts) -> Iterator[str]:
    for name, (least, most) in sorted(wanted.sequences.items()):
        low, high = found.sequences.get(name, (-1, -1))
        if low < least or high > most:
            yield f"sequences: {name} stands at {high}, was between {least} and {most}"
