"""Storing what was read: each event once, whatever is sent again, and everybody who listens told in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from engagement.ingest import queries
from engagement.ingest.models import Event, FileImport, IngestBatch, RejectedEvent
from engagement.ingest.services.customers import Identity, apply_traits, find_customers, identity_of
from engagement.ingest.services.erased import without_numbers
from engagement.ingest.services.identity import links_in, merge_customers
from engagement.ingest.signals import StoredEvent, events_stored, items_stored
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from tenants.models import Organisation

_INSERT_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of messages or rows: each is in exactly one of the three."""

    stored: int = 0
    duplicates: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            stored=self.stored + other.stored,
            duplicates=self.duplicates + other.duplicates,
            rejected=self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True)
class Source:
    """Where items came from: a request or a file; `received_at` stays the same however often it is worked through."""

    row: IngestBatch | FileImport
    received_at: datetime

    @property
    def source_id(self) -> UUID:
        return self.row.pk

    @property
    def from_file(self) -> bool:
        return isinstance(self.row, FileImport)


def store_items(
    *,
    organisation: Organisation,
    source: Source,
    items: Sequence[EventIn | TraitsIn | Rejection],
    numbers: Mapping[Identity, int],
    new_numbers: frozenset[int],
    now: datetime,
) -> Counts:
    """Store events, traits and rejections in the transaction at hand, and say what became of them.

    Needs the organisation in scope for writing, and everybody in `numbers` who has to have one (identities_of).
    """
    items, numbers = without_numbers(organisation_id=organisation.pk, items=items, numbers=numbers)
    events = [item for item in items if isinstance(item, EventIn)]
    traits = [item for item in items if isinstance(item, TraitsIn)]
    rejections = [item for item in items if isinstance(item, Rejection)]
    stored = _store_events(organisation=organisation, source=source, events=events, numbers=numbers)
    changed = apply_traits(organisation_id=organisation.pk, traits=traits, numbers=numbers) | new_numbers
    merge_customers(
        organisation_id=organisation.pk,
        links=links_in(items=[*traits, *events], numbers=_with_known_visitors(organisation.pk, events, numbers)),
        source_id=source.source_id,
        now=now,
    )
    _keep_rejections(organisation=organisation, source=source, rejections=rejections)
    told = sum(1 for item in traits if numbers[identity_of(item)] in changed)
    counts = Counts(
        stored=stored + told,
        duplicates=len(events) - stored + len(traits) - told,
        rejected=len(rejections),
    )
    items_stored.send(sender=Event, counts=counts)
    return counts


def _with_known_visitors(
    organisation_id: int, events: Iterable[EventIn], numbers: Mapping[Identity, int]
) -> Mapping[Identity, int]:
    asked = {
        (event.anonymous_id, False)
        for event in events
        if event.external_id is not None and event.anonymous_id is not None
    }
    asked -= numbers.keys()
    return {**numbers, **find_customers(organisation_id=organisation_id, identities=asked)} if asked else numbers


def _store_events(
    *, organisation: Organisation, source: Source, events: Sequence[EventIn], numbers: Mapping[Identity, int]
) -> int:
    """How many of the events were not there before; listeners are told of these and no others."""
    # Of two alike the first counts.
    by_key = {(event.day, event.message_id): (event, numbers[identity_of(event)]) for event in reversed(events)}
    if not by_key:
        return 0
    queries.run("make_arriving")
    queries.copy_in("copy_arriving", _copy_rows(by_key.values(), received_at=source.received_at))
    rows = queries.fetch(
        "store_events",
        organisation_id=organisation.pk,
        source_id=source.source_id,
        received_at=source.received_at,
        from_file=source.from_file,
    )
    queries.run("drop_arriving")
    if rows:
        stored = tuple(_stored(*by_key[day, message_id]) for day, message_id in rows)
        events_stored.send(sender=Event, organisation=organisation, events=stored)
    return len(rows)


def _stored(event: EventIn, number: int) -> StoredEvent:
    return StoredEvent(
        customer_number=number,
        occurred_at=event.occurred_at,
        day=event.day,
        name=event.name,
        properties=event.properties,
        occurrences=event.occurrences,
        message_id=event.message_id,
    )


def _copy_rows(numbered: Iterable[tuple[EventIn, int]], *, received_at: datetime) -> bytes:
    """The text form of COPY, in the order of copy_arriving.sql.

    The reader gives an event without a time of its own the instant of receipt, and only that (or the same microsecond
    by chance, which costs a look back and nothing else).
    """
    encode = msgspec.json.encode
    lines = []
    for event, number in numbered:
        properties = encode(event.properties).decode().replace("\\", "\\\\")
        is_without_time = "t" if event.occurred_at == received_at else "f"
        lines.append(
            f"{number}\t{event.occurred_at}\t{event.occurrences}\t{event.day}\t{is_without_time}"
            f"\t{_escaped(event.message_id)}\t{_escaped(event.name)}\t{properties}\n"
        )
    return "".join(lines).encode()


def _escaped(text: str) -> str:
    if text.isprintable() and "\\" not in text:
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _keep_rejections(*, organisation: Organisation, source: Source, rejections: Sequence[Rejection]) -> None:
    owner = {"file_import": source.row} if source.from_file else {"batch": source.row}
    RejectedEvent.objects.bulk_create(
        [
            RejectedEvent(
                organisation=organisation,
                position=rejection.position,
                line=rejection.line,
                code=rejection.code,
                reason=rejection.reason,
                remedy=rejection.remedy,
                original=rejection.original,
                created_at=source.received_at,
                **owner,
            )
            for rejection in rejections
        ],
        batch_size=_INSERT_AT_ONCE,
    )
