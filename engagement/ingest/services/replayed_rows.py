"""Rows of files sent again: as a file of mended rows, which is an import like any other.

Each row keeps its name (`rapport_row`), so it has the id it would have had where it stood: in once, however often it
is sent, on this way or in a file that somebody mended. The file is of the original's kind and read by its mapping. The
rows are marked in the transaction that adds the import.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import ConflictError
from engagement.ingest.contracts.values import NAME_LIMIT
from engagement.ingest.files import kind_of
from engagement.ingest.files.columns import find_roles, plain
from engagement.ingest.files.mappings import CLOCK
from engagement.ingest.models import FileImport, ImportState, RejectedEvent
from engagement.ingest.services.fixing import Fix, ObjectFields, put_right
from engagement.ingest.services.imports import start_import
from engagement.ingest.services.mending import OURS, ROW, Layout, harmless
from tenants.models import Organisation, User

_OVER: Final = (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)
_CHANGED: Final = gettext_noop("Some of it was sent again or discarded this moment. Look at it again.")


def files_over(organisation: Organisation) -> QuerySet[FileImport]:
    """Files whose rows can be sent again: neither waiting for anything nor taken out again."""
    return FileImport.objects.filter(organisation=organisation, state__in=_OVER)


def mark_replayed(rows: Sequence[RejectedEvent], *, replayed_in: UUID, now: datetime) -> None:
    """The rows are sent again, by that batch or import; raises ConflictError where one does not wait any more."""
    marked = RejectedEvent.objects.filter(pk__in=[row.pk for row in rows], state=RejectedEvent.State.WAITING)
    n = marked.update(state=RejectedEvent.State.REPLAYED, replayed_in=replayed_in, settled_at=now)
    if n != len(rows):
        raise ConflictError(_(_CHANGED))


# ── a file's rows taken apart ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class File:
    """A file some of whose rows were rejected; `roles` are the columns by what they mean."""

    row: FileImport
    layout: Layout
    roles: Mapping[str, str]

    @property
    def times(self) -> tuple[str, ...]:
        return tuple(self.roles[role] for role in ("time", CLOCK) if role in self.roles)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset({*OURS, *(self.roles[role] for role in ("id",) if role in self.roles)})


def files_of(rows: Sequence[RejectedEvent]) -> dict[UUID, File]:
    """The files of these rows, by id."""
    found = FileImport.objects.filter(pk__in={row.file_import_id for row in rows if row.file_import_id})
    return {row.pk: File(row, Layout.of(row), _roles(row)) for row in found}


def _roles(row: FileImport) -> dict[str, str]:
    if row.mapping:
        return dict(row.mapping.get("roles", {}))
    places, clock = find_roles(row.columns, names=kind_of(row.kind).columns)
    places |= {} if clock is None else {CLOCK: clock}
    return {role: row.columns[place] for role, place in places.items()}


@dataclass(frozen=True, slots=True)
class MendedRow:
    """A row of a file as it is sent again: its values by the names of their columns, or an object of JSON."""

    row: RejectedEvent
    file: File
    origin: str
    values: dict[str, Any]
    is_object: bool

    @property
    def shown(self) -> bytes:
        return msgspec.json.encode(self.values) if self.is_object else _line(self.values.values()).encode()


def mend_row(row: RejectedEvent, *, file: File, fix: Fix) -> MendedRow | None:
    """The row with the change made; None where it cannot be taken apart or the change does not fit."""
    text = bytes(row.original).decode("utf-8", errors="replace")
    mended = _object(row, file, text) if text.lstrip().startswith("{") else _cells(row, file, text)
    if mended is None or not put_right(_fields(mended), fix=fix, received_at=row.created_at):
        return None
    return mended


def named_by_file(row: RejectedEvent) -> str:
    """The id of the event that the row would be in its file, for a message that somebody writes in its place; "" where
    the record of the file is gone.
    """
    file = next(iter(files_of([row]).values()), None)
    if file is None:
        return ""
    mended = mend_row(row, file=file, fix=Fix())
    return f"file:{file.layout.origin_of(row.position) if mended is None else mended.origin}"


def _object(row: RejectedEvent, file: File, text: str) -> MendedRow | None:
    """A line of JSON, as the object it holds."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    named = file.layout.named(found.pop(ROW, None), position=row.position)
    return MendedRow(row, file, named, found, is_object=True)


def _cells(row: RejectedEvent, file: File, text: str) -> MendedRow | None:
    taken = file.layout.taken(text, position=row.position)
    if taken is None:
        return None
    values = {name: cell for name, cell in zip(file.layout.columns, taken.cells, strict=True) if name}
    return MendedRow(row, file, taken.origin, values, is_object=False)


def _fields(mended: MendedRow) -> ObjectFields:
    file = mended.file
    kind = ObjectFields if mended.is_object else _CellFields
    return kind(mended.values, event=file.roles.get("event", ""), times=file.times, ids=file.ids)


class _CellFields(ObjectFields):
    """Cells by the names of their columns, which have no levels. Nothing stands in an empty cell."""

    def get(self, name: str) -> object:
        return self.whole.get(self._column(name))

    def put(self, name: str, value: object) -> bool:
        column = self._column(name)
        if not column or column in OURS or len(column) > NAME_LIMIT or "\0" in f"{column}{value}":
            return False
        self.whole[column] = str(value)
        return True

    def move(self, name: str, to: str) -> bool:
        value, at = self.get(name), self._column(name)
        if not value or self.get(to) or at == self._column(to) or not self.put(to, value):
            return False
        self.whole[at] = ""
        return True

    def say_when(self, moment: datetime) -> bool:
        for name in self.times[1:]:
            self.put(name, "")
        return bool(self.times) and self.put(self.times[0], moment.isoformat())

    def _column(self, name: str) -> str:
        """The column that goes by this name, whatever case, blanks and dashes it is written with; else the name."""
        wanted = plain(name)
        return next((column for column in self.whole if plain(column) == wanted), name.strip())


# ── and put together again ───────────────────────────────────────────────────────────────────────────────────


def send_rows(mended: Sequence[MendedRow], *, user: User | None, now: datetime) -> list[UUID]:
    """One import for each file and form, started in the transaction at hand; their ids."""
    by_file: dict[tuple[UUID, bool], list[MendedRow]] = {}
    for one in mended:
        by_file.setdefault((one.file.row.pk, one.is_object), []).append(one)
    return [_send(rows, user=user, now=now) for rows in by_file.values()]


def _send(mended: Sequence[MendedRow], *, user: User | None, now: datetime) -> UUID:
    first = mended[0]
    of, content, ending = first.file.row, _lines(mended) if first.is_object else _table(mended), "csv"
    made = start_import(
        organisation=of.organisation,
        kind=of.kind,
        sameness=FileImport.Sameness.POSITION,  # replacing days would take out the rows that are in
        file_name=f"{of.file_name[:200]}.{'jsonl' if first.is_object else ending}",
        stream=io.BytesIO(content),
        user=user,
        now=now,
        mapping=of.mapping,
        mapping_name=of.mapping_name,
    )
    mark_replayed([one.row for one in mended], replayed_in=made.pk, now=now)
    return made.pk


def _table(mended: Sequence[MendedRow]) -> bytes:
    """Rows as CSV: the columns of the original, those that the change has made, and whose row each is."""
    columns = list(dict.fromkeys(name for one in mended for name in one.values))
    lines = [_line([*map(harmless, columns), ROW])]
    lines += [_line([*(harmless(one.values.get(name, "")) for name in columns), one.origin]) for one in mended]
    return "".join(lines).encode()


def _line(cells: Any) -> str:
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerow(cells)
    return target.getvalue()


def _lines(mended: Sequence[MendedRow]) -> bytes:
    """Rows as JSON lines. The first says every column that means something, so that none is missed for being absent."""
    objects = [{**one.values, ROW: one.origin} for one in mended]
    first, roles = objects[0], mended[0].file.roles
    known = ObjectFields(first, event="", times=())
    objects[0] = {**{name: None for name in roles.values() if known.get(name) is None}, **first}
    return b"\n".join(map(msgspec.json.encode, objects))
