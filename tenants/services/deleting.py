"""Deleting an organisation for good, when its days of grace are over, and proving it.

A step of maintenance, as the owner: the tables come from the database's own catalogue, children before parents, some
rows at a time. What breaks off goes on with the next round; the organisation's own row goes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from engagement.errors import ConflictError
from tenants.acting import Acting, Kind, acting
from tenants.audit import audit_append
from tenants.maintenance import maintenance
from tenants.models import DeletionProof
from tenants.scope import tenant
from tenants.services.takeouts import takeout_path
from tenants.statements import Statements

log = structlog.get_logger(__name__)
ROWS_AT_ONCE: Final = 10_000
ORGANISATION: Final = "tenants_organisation"
_RECORD: Final = "tenants_audit"
_sql = Statements(Path(__file__).parents[1] / "sql")


@dataclass(frozen=True, slots=True)
class Due:
    """An organisation whose days are over, with the last entry of its record."""

    id: int
    slug: str
    firm_id: int
    asked_at: datetime
    asked_by: UUID | None
    record_entries: int
    record_hash: str


def delete_due_organisations(*, now: datetime) -> int:
    """Delete every organisation whose days of grace are over; returns how many."""
    with maintenance() as cursor:
        cursor.execute(_sql.statement("due_deletions"), {"now": now})
        due = [Due(*row) for row in cursor.fetchall()]
    return sum(_is_deleted(organisation, now=now) for organisation in due)


def _is_deleted(due: Due, *, now: datetime) -> bool:
    """Whether this round was enough: what stands in the way of one does not stop the others."""
    try:
        delete_organisation(due=due, now=now)
    except ConflictError as error:
        log.warning("deletion_goes_on", organisation_id=due.id, reason=error.message)
        return False
    return True


def delete_organisation(*, due: Due, now: datetime) -> DeletionProof:
    """Delete every row of an organisation in every table, see that none is left, and write the proof for its firm.

    The proof is committed before the organisation's own row goes: a crash in between repeats the round, and the proof
    that counts is the last one. Raises ConflictError where rows are left that nobody expected.
    """
    _remove_files(due)
    tables = _children_first()
    rows = {table: _delete_all(table, due.id) for table, _ in tables if table != ORGANISATION}
    left = {table: n for table, _ in tables if table != ORGANISATION and (n := _count(table, due.id))}
    if left:
        raise ConflictError(f"Rows of {due.slug} are left: {left}. They came in meanwhile; the next round goes on.")
    proof = prove(due=due, rows=rows, now=now)
    with maintenance() as cursor:
        cursor.execute(_sql.statement("delete_organisation"), {"id": due.id, "now": now})
        if cursor.rowcount != 1:
            raise ConflictError(f"{due.slug} was called back while it was being deleted.")
    log.info("organisation_deleted", organisation_id=due.id, rows=sum(rows.values()))
    return proof


def _remove_files(due: Due) -> None:
    with maintenance() as cursor:
        cursor.execute(_sql.statement("takeouts_of"), {"id": due.id})
        for (stored_as,) in cursor.fetchall():
            takeout_path(stored_as=stored_as).unlink(missing_ok=True)


def _children_first() -> list[tuple[str, str]]:
    """Tables of organisations and the column of the organisation, so that no row goes before those that point at it."""
    with maintenance() as cursor:
        cursor.execute(_sql.statement("tenant_tables"))
        columns = {str(table): str(column) for table, column in cursor.fetchall()}
        cursor.execute(_sql.statement("table_references"))
        points_at: dict[str, set[str]] = {}
        for child, parent in cursor.fetchall():
            points_at.setdefault(str(child), set()).add(str(parent))
    # The record goes last: a round that breaks off still knows how it ended.
    ordered = sorted(in_order(tables=columns, points_at=points_at), key=lambda table: table.startswith(_RECORD))
    return [(table, columns[table]) for table in ordered]


def in_order(*, tables: Iterable[str], points_at: Mapping[str, set[str]]) -> list[str]:
    """Tables, each before those it points at; raises ConflictError for a circle.

    >>> in_order(tables=["parent", "child", "alone"], points_at={"child": {"parent"}})
    ['alone', 'child', 'parent']
    """
    left, found = set(tables), []
    while left:
        free = sorted(one for one in left if not any(one in points_at.get(other, ()) for other in left - {one}))
        if not free:
            raise ConflictError(f"Tables point at each other in a circle: {sorted(left)}.")
        found += free
        left -= set(free)
    return found


def _delete_all(table: str, organisation_id: int) -> int:
    """All rows of the organisation, some at a time, each a transaction."""
    _let_go_of_own_rows(table, organisation_id)
    n = 0
    while some := _delete_some(table, organisation_id):
        n += some
    return n


def _delete_some(table: str, organisation_id: int) -> int:
    name = sql.Identifier(table)
    statement = sql.SQL(
        "DELETE FROM {name} t USING (SELECT tableoid, ctid FROM {name} WHERE organisation_id = {whose} LIMIT {limit}) d"
        " WHERE t.tableoid = d.tableoid AND t.ctid = d.ctid"
    ).format(name=name, whose=sql.Literal(organisation_id), limit=sql.Literal(ROWS_AT_ONCE))
    with maintenance() as cursor:
        return _run(cursor, statement)


def _let_go_of_own_rows(table: str, organisation_id: int) -> None:
    """Rows of one table that point at rows of the same let go of them first."""
    with maintenance() as cursor:
        cursor.execute(_sql.statement("own_references"), {"table": table})
        for (column,) in cursor.fetchall():
            statement = sql.SQL("UPDATE {name} SET {column} = NULL WHERE organisation_id = {whose}").format(
                name=sql.Identifier(table), column=sql.Identifier(column), whose=sql.Literal(organisation_id)
            )
            _run(cursor, statement)


def _count(table: str, organisation_id: int) -> int:
    statement = sql.SQL("SELECT count(*) FROM {name} WHERE organisation_id = {whose}").format(
        name=sql.Identifier(table), whose=sql.Literal(organisation_id)
    )
    with maintenance() as cursor:
        _run(cursor, statement)
        ((n,),) = cursor.fetchall()
    return int(n)


def _run(cursor: CursorWrapper, statement: sql.Composed) -> int:
    cursor.execute(statement.as_string(None))
    return int(cursor.rowcount)


def prove(*, due: Due, rows: Mapping[str, int], now: datetime) -> DeletionProof:
    """In the firm's own scope: a row, and an entry of the firm's record."""
    counts = {table: n for table, n in sorted(rows.items()) if n}
    with acting(Acting(Kind.COMMAND, name="maintain")), tenant(read=[due.firm_id], write=due.firm_id):
        proof = DeletionProof.objects.create(
            organisation_id=due.firm_id,
            slug=due.slug,
            deleted_id=due.id,
            requested_by_id=due.asked_by,
            requested_at=due.asked_at,
            deleted_at=now,
            rows=counts,
            record_entries=due.record_entries,
            record_hash=due.record_hash,
            text=proof_text(due=due, rows=counts, now=now),
        )
        audit_append(
            act="organisation.deleted",
            object_kind="organisation",
            object_id=due.id,
            new={"proof": proof.pk, "rows": sum(counts.values()), "record_hash": due.record_hash},
        )
    return proof


def proof_text(*, due: Due, rows: Mapping[str, int], now: datetime) -> str:
    """The proof as it is handed over, in plain text."""
    until = now + timedelta(days=settings.BACKUP_KEEP_DAYS)
    lines: Sequence[Any] = [
        f"Proof of deletion: {due.slug} (organisation {due.id})",
        "",
        f"Asked for   {due.asked_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Deleted     {now:%Y-%m-%d %H:%M:%S} UTC",
        f"Rows        {sum(rows.values()):,} deleted, 0 left in any table",
        f"Record      {due.record_entries:,} entries, the last with the hash {due.record_hash or '-'}",
        f"Backups     kept {settings.BACKUP_KEEP_DAYS} days: the last that holds it is gone after {until:%Y-%m-%d}",
        "",
        "Table                                        Rows deleted",
        *(f"{table:<44} {n:>12,}" for table, n in rows.items()),
        "",
    ]
    return "\n".join(lines)
