"""The record as a CSV file: every field as it is kept, with today's name of who acted beside their id."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.record.reading import Asked, Entry, count, every_entry, names_of, newest

COLUMNS: Final = (
    "number", "at", "act", "kind", "person", "name of the person", "role", "token", "operator's visit",
    "task or command", "object kind", "object", "old", "new", "reason", "request", "hash",
)  # fmt: skip
_FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")
_ROWS_AT_ONCE: Final = 500


def record_export(*, organisation: Organisation, asked: Asked) -> Asked:
    """Put on record that somebody takes these entries as a file; returns the question without what comes later."""
    asked = replace(asked, before=asked.before or newest(organisation=organisation) + 1)
    new = {**asked.codes(), "rows": count(organisation=organisation, asked=asked)}
    audit_append(act="record.exported", new=new, organisation_id=organisation.pk)
    return asked


def csv_lines(*, organisation: Organisation, asked: Asked) -> Iterator[bytes]:
    """The file, line by line, newest entry first; read it inside a scope that lasts as long."""
    writer = csv.writer(_Echo())
    yield "\ufeff".encode()  # so that spreadsheets read it as UTF-8
    yield _bytes(writer.writerow(COLUMNS))
    found = every_entry(organisation=organisation, asked=asked)
    while some := list(islice(found, _ROWS_AT_ONCE)):
        names = names_of(sorted({entry.user for entry in some if entry.user}))
        for entry in some:
            yield _bytes(writer.writerow([_harmless(cell) for cell in _cells(entry, names)]))


def _cells(entry: Entry, names: dict[str, str]) -> tuple[str, ...]:
    return (
        str(entry.number), entry.at.isoformat(), entry.act, entry.kind, entry.user or "",
        names.get(entry.user or "", ""), entry.role, entry.token or "", entry.grant or "", entry.name,
        entry.object_kind, entry.object_id, _json(entry.old), _json(entry.new), entry.reason, entry.request,
        entry.hash.hex(),
    )  # fmt: skip


def _json(value: dict[str, Any] | None) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


class _Echo:
    """Hands each line the writer makes straight back."""

    def write(self, text: str) -> str:
        return text


def _bytes(text: object) -> bytes:
    return str(text).encode()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_MARKS) else cell
