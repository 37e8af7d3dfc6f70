"""Who somebody is, under all their numbers and ids, and what was sent about them and is still kept as it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from engagement.errors import NotFoundError
from engagement.ingest import queries
from engagement.ingest.contracts.naming import Names, messages_about
from engagement.ingest.models import IngestBatch, RejectedEvent
from tenants.models import Organisation

_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Known:
    """One person: the numbers of everybody they are, and by what their messages are told."""

    numbers: tuple[int, ...]
    names: Names


def same_person(*, organisation: Organisation, number: int) -> Known:
    """The customer with everybody merged with them; raises NotFoundError for an unknown number."""
    found = queries.fetch("same_person", organisation_id=organisation.pk, numbers=[number])
    if not found:
        raise NotFoundError
    return Known(
        numbers=tuple(key for key, *_ in found),
        names=Names(
            ids=frozenset((external_id, identified) for _, external_id, identified, _ in found),
            emails=frozenset(email for *_, email in found if "@" in email),
        ),
    )


def requests_about(*, organisation: Organisation, person: Known) -> Iterator[Mapping[str, object]]:
    """Messages about them in requests that are kept, as they were sent."""
    for batch in IngestBatch.objects.filter(organisation=organisation).order_by("id").iterator(_AT_ONCE):
        for raw in messages_about(bytes(batch.raw), kind=batch.kind, names=person.names):
            yield {"source": str(batch.pk), "received_at": batch.received_at, "message": _json(raw)}


def rejected_about(*, organisation: Organisation, person: Known) -> Iterator[Mapping[str, object]]:
    """What was rejected and is about them, with the reason."""
    for row in RejectedEvent.objects.filter(organisation=organisation).order_by("id").iterator():
        raw, in_file = bytes(row.original), row.file_import_id is not None
        if person.names.in_text(raw) if in_file else person.names.in_message(raw):
            source: UUID | None = row.file_import_id if in_file else row.batch_id
            yield {
                "source": None if source is None else str(source),
                "position": row.position,
                "line": row.line,
                "code": row.code,
                "reason": row.reason,
                "original": raw.decode(errors="replace"),
            }


def _json(raw: bytes) -> object:
    """A message as JSON, or as text where it is none."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw.decode(errors="replace")
