"""What arrives now: the latest events of requests, files that are being read, and the pace of the last minutes.

Events have no index on when they were received, and need none for this: the latest requests do, they are kept as they
came, and reading one again says the keys of its events. So a look costs a few requests and fifty look-ups by key,
however many events are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Func, IntegerField, Q

from engagement.ingest import queries
from engagement.ingest.contracts import InvalidJsonError, parse
from engagement.ingest.models import FileImport, IngestBatch, WorkState, WriteKey
from engagement.ingest.selectors.brought import Bringer, bringers
from engagement.ingest.types import EventIn
from tenants.actor import Reach
from tenants.models import Organisation

LATEST_EVENTS: Final = 50
PACE_MINUTES: Final = 5
PACE_REQUESTS: Final = 1_000  # so many requests at most are added up for the pace
_LOOKED_AT: Final = 500  # requests among which those that stored something are looked for
_BYTES_READ: Final = 2_000_000  # of requests read again; the latest one is read whatever its size
_FILES: Final = 5
_FILE_HOURS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedEvent:
    """One stored event of a request.

    `number` is who it counts for now, `external_id` their id or "" for somebody not known any more, `source` the name
    of the write key, "" for one that is gone or was never told, or the connection with the address of its page.
    """

    received_at: datetime
    source: Bringer
    name: str
    properties: Mapping[str, object]
    occurred_at: datetime
    occurrences: int
    number: int
    external_id: str
    identified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivingFile:
    """A file of events that is being read, or was within the last hour."""

    id: UUID
    file_name: str
    stored: int
    is_running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What the requests of the last minutes came to; `is_all` False: there were more, these are the latest."""

    requests: int
    stored: int
    duplicates: int
    rejected: int
    waiting: int
    is_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """All of it, the latest first; `is_more` says that the requests looked at stored more events than are here."""

    events: tuple[ArrivedEvent, ...]
    files: tuple[ArrivingFile, ...]
    pace: Pace
    is_more: bool

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.files or self.pace.requests)


def arriving(*, organisation: Organisation, reach: Reach, now: datetime) -> Arriving:
    """What came in last; requests are known for as long as they are kept."""
    batches = _latest_batches(organisation)
    events = _events(organisation, batches, reach)
    return Arriving(
        events=tuple(events[:LATEST_EVENTS]),
        files=_files(organisation, now=now),
        pace=_pace(organisation, now=now),
        is_more=len(events) > LATEST_EVENTS,
    )


def _latest_batches(organisation: Organisation) -> list[IngestBatch]:
    """The latest requests that stored something, as many as it takes for fifty events, within the bytes allowed."""
    recent = (
        IngestBatch.objects.filter(organisation=organisation, state=WorkState.DONE)
        .order_by("-received_at")
        .annotate(n_bytes=Func(F("raw"), function="octet_length", output_field=IntegerField()))
        .values_list("pk", "stored", "n_bytes")[:_LOOKED_AT]
    )
    chosen: list[UUID] = []
    events = read = 0
    for batch_id, stored, n_bytes in recent:
        if not stored:
            continue
        read += n_bytes
        if events > LATEST_EVENTS or len(chosen) > LATEST_EVENTS or (chosen and read > _BYTES_READ):
            break
        chosen.append(batch_id)
        events += stored
    return list(IngestBatch.objects.filter(organisation=organisation, pk__in=chosen).order_by("-received_at", "-pk"))


def _events(organisation: Organisation, batches: list[IngestBatch], reach: Reach) -> list[ArrivedEvent]:
    told = [(batch, event) for batch in batches for event in _read_again(batch)][: 4 * LATEST_EVENTS]
    found = _stored(organisation, told)
    sources = _sources(organisation, batches, reach)
    return [
        _line(batch, event, row, source=sources[batch.pk])
        for batch, event in told
        if (row := found.pop((batch.pk, event.day, event.message_id), None)) is not None
    ]


def _sources(organisation: Organisation, batches: list[IngestBatch], reach: Reach) -> dict[UUID, Bringer]:
    """By request: its write key, or the connection that brought it."""
    keys = {batch.key_id for batch in batches if batch.key_id is not None}
    names = dict(WriteKey.objects.filter(organisation=organisation, pk__in=keys).values_list("pk", "name"))
    brought = bringers((batch.connection_id for batch in batches), reach=reach)
    by_key: dict[UUID | None, Bringer] = {key_id: Bringer(name, called=name) for key_id, name in names.items()}
    return {
        batch.pk: brought[batch.connection_id] if batch.connection_id else by_key.get(batch.key_id, Bringer(""))
        for batch in batches
    }


def _read_again(batch: IngestBatch) -> Iterator[EventIn]:
    """The events of a request, the last told first; none where it cannot be read any more."""
    try:
        events = parse(bytes(batch.raw), kind=batch.kind, received_at=batch.received_at).events
    except InvalidJsonError:
        return iter(())
    return reversed(events)


def _stored(
    organisation: Organisation, told: Iterable[tuple[IngestBatch, EventIn]]
) -> dict[tuple[UUID, date, str], tuple[Any, ...]]:
    """The events that are stored and came with that very request, by request and key."""
    keys = list({(event.day, event.message_id) for _, event in told})
    if not keys:
        return {}
    rows = queries.fetch(
        "stored_of_requests",
        organisation_id=organisation.pk,
        days=[day for day, _ in keys],
        message_ids=[message_id for _, message_id in keys],
        source_ids=list({batch.pk for batch, _ in told}),
    )
    return {(source_id, day, message_id): tuple(rest) for day, message_id, source_id, *rest in rows}


def _line(batch: IngestBatch, event: EventIn, row: tuple[Any, ...], *, source: Bringer) -> ArrivedEvent:
    number, external_id, identified, merged_into, merged_id = row
    return ArrivedEvent(
        received_at=batch.received_at,
        source=source,
        name=event.name,
        properties=event.properties,
        occurred_at=event.occurred_at,
        occurrences=event.occurrences,
        number=number if merged_into is None else merged_into,
        external_id=(external_id if merged_into is None else merged_id) or "",
        identified=bool(identified) or merged_into is not None,
    )


def _files(organisation: Organisation, *, now: datetime) -> tuple[ArrivingFile, ...]:
    since = now - timedelta(hours=_FILE_HOURS)
    rows = FileImport.objects.filter(
        Q(state=WorkState.WAITING) | Q(finished_at__gte=since),
        organisation=organisation,
        kind=FileImport.Kind.EVENTS,
    ).exclude(state=WorkState.FAILED)
    return tuple(
        ArrivingFile(
            id=row.pk, file_name=row.file_name, stored=row.stored, is_running=row.state == WorkState.WAITING.value
        )
        for row in rows.order_by("-created_at")[:_FILES]
    )


def _pace(organisation: Organisation, *, now: datetime) -> Pace:
    rows = list(
        IngestBatch.objects.filter(organisation=organisation, received_at__gte=now - timedelta(minutes=PACE_MINUTES))
        .order_by("-received_at")
        .values_list("stored", "duplicates", "rejected", "state")[: PACE_REQUESTS + 1]
    )
    latest = rows[:PACE_REQUESTS]
    return Pace(
        requests=len(latest),
        stored=sum(row[0] for row in latest),
        duplicates=sum(row[1] for row in latest),
        rejected=sum(row[2] for row in latest),
        waiting=sum(row[3] == WorkState.WAITING for row in latest),
        is_all=len(rows) <= PACE_REQUESTS,
    )
