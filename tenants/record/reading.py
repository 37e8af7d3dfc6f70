"""Reads of the record: entries, newest first, and what they can be filtered by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from tenants.models import AuditEntry, Organisation, User
from tenants.statements import Statements

_sql = Statements(Path(__file__).parent.parent / "sql")
_ROWS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of one act, of one person, about one object, in a span of the organisation's own days."""

    act: str = ""
    person: UUID | None = None
    object_kind: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None  # included
    before: int | None = None  # entries with a lower number than this

    def codes(self) -> dict[str, object]:
        """The filter as it is put on record when a file is taken."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in said.items() if value not in {"", None}}


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, as it stands on record; `name` is that of a task or command, ids are texts."""

    number: int
    at: datetime
    hash: bytes
    act: str
    kind: str
    user: str | None
    role: str
    token: str | None
    grant: str | None
    name: str
    object_kind: str
    object_id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    reason: str
    request: str


_FROM_CONTENT: Final = (
    "act", "kind", "user", "role", "token", "grant", "name", "object_kind", "object_id", "old", "new", "reason",
    "request",
)  # fmt: skip


def entries(*, organisation: Organisation, asked: Asked, most: int) -> tuple[Entry, ...]:
    """The newest entries that fit, at most so many."""
    return tuple(_entry(row) for row in _fitting(organisation, asked)[:most])


def every_entry(*, organisation: Organisation, asked: Asked) -> Iterator[Entry]:
    """All that fit, newest first, some hundred at a time: read it inside a scope that lasts as long."""
    for row in _fitting(organisation, asked).iterator(chunk_size=_ROWS_AT_ONCE):
        yield _entry(row)


def count(*, organisation: Organisation, asked: Asked) -> int:
    return _fitting(organisation, asked).count()


def newest(*, organisation: Organisation) -> int:
    """The number the record ends with; 0 before the first entry."""
    found = _sql.fetch("record_end", organisation_id=organisation.pk)
    return int(found[0][0]) if found else 0


def acts(*, organisation: Organisation) -> tuple[str, ...]:
    """Every act that stands on record, by name."""
    return tuple(act for (act,) in _sql.fetch("record_acts", organisation_id=organisation.pk))


def people(*, organisation: Organisation) -> tuple[tuple[str, str], ...]:
    """(id, name) of everybody who stands on record as acting, by name; the name is "" where the account is gone."""
    ids = [person for (person,) in _sql.fetch("record_people", organisation_id=organisation.pk)]
    names = names_of(ids)
    return tuple(sorted(((key, names.get(key, "")) for key in ids), key=lambda one: (not one[1], one[1].casefold())))


def names_of(ids: list[str]) -> dict[str, str]:
    """What people are called today, by id; without those whose account is gone, and whatever is no person's id."""
    return {str(key): name for key, name in User.objects.filter(pk__in=ids).values_list("pk", "name")}


def _fitting(organisation: Organisation, asked: Asked) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(organisation=organisation)
    exact = {"act": asked.act, "object_kind": asked.object_kind, "object_id": asked.object_id}
    rows = rows.filter(**{column: value for column, value in exact.items() if value})
    if asked.person is not None:
        rows = rows.filter(actor=str(asked.person))
    if asked.before is not None:
        rows = rows.filter(number__lt=asked.before)
    if asked.since is not None:
        rows = rows.filter(at__gte=_midnight(organisation, asked.since))
    if asked.until is not None:
        rows = rows.filter(at__lt=_midnight(organisation, asked.until + timedelta(days=1)))
    return rows.order_by("-number")


def _midnight(organisation: Organisation, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=organisation.zone)


def _entry(row: AuditEntry) -> Entry:
    content = json.loads(row.content)
    said = {field: content.get(field) for field in _FROM_CONTENT}
    return Entry(number=row.number, at=row.at, hash=bytes(row.hash), **said)
