"""Events on their way into the table: packed as COPY wants them, stored once each, the others compared."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from engagement.ingest import queries
from engagement.ingest.models import Event
from engagement.ingest.services.customers import Identity, identity_of
from engagement.ingest.signals import StoredEvent, events_stored
from engagement.ingest.types import EventIn
from tenants.arrays import integer_array
from tenants.models import Organisation

LOOK_BACK_DAYS: Final = 3  # the statements say it too

_COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)  # signature, no flags, no extension
_COPY_END: Final = b"\xff\xff"
_FIELDS: Final = 11
# The fields of copy_arriving.sql up to the message's id, each after its length, and the length of the id.
_FIXED: Final = struct.Struct(">hiiiiiqiqiiiii?i?i")
_LENGTH: Final = struct.Struct(">i")
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's own
_EPOCH_DAY: Final = date(2000, 1, 1).toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)
_JSONB_VERSION: Final = b"\x01"
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Lot:
    """The events of one request, or of a piece of a file."""

    source_id: UUID
    received_at: datetime
    events: Sequence[EventIn]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a lot: how many were not there before, and how many of the others say something else."""

    stored: int
    conflicts: int


_Row = tuple[EventIn, int, int, bool]  # the event, its customer's number, its lot from 1, whether it has no time
_First = dict[date, dict[str, _Row]]  # by the two parts of the key within the organisation


def store_lots(
    *, organisation: Organisation, lots: Sequence[Lot], numbers: Mapping[Identity, int], from_file: bool
) -> list[Fate]:
    """Store the events in the transaction at hand, as if one lot came after the other: of two alike the first counts.

    Listeners are told of those that were not there before, and of no others.
    """
    first, known = _told_apart(lots, numbers)
    if not first:
        return [Fate(0, 0) for _lot in lots]
    rows = [of_day[message_id] for _day, of_day in sorted(first.items()) for message_id in sorted(of_day)]
    queries.run("make_arriving")
    queries.copy_in("copy_arriving", _packed(rows, known))
    _look_back(organisation.pk, rows)
    missing = queries.fetch(
        "store_events",
        organisation_id=organisation.pk,
        source_ids=[lot.source_id for lot in lots],
        received_at=[lot.received_at for lot in lots],
        from_file=from_file,
        n_rows=len(rows) + len(known),
    )
    places = {place for (place,) in missing}
    conflicts = _conflicts(organisation.pk, lots, [*rows, *known], places)
    queries.run("drop_arriving")
    stored = [row for place, row in enumerate(rows) if place not in places] if places else rows
    if stored:
        events_stored.send(sender=Event, organisation=organisation, events=tuple(_stored(row) for row in stored))
    by_lot = [0] * (len(lots) + 1)
    for row in stored:
        by_lot[row[2]] += 1
    return [Fate(by_lot[lot], conflicts.get(lot, 0)) for lot in range(1, len(lots) + 1)]


def _told_apart(lots: Sequence[Lot], numbers: Mapping[Identity, int]) -> tuple[_First, list[_Row]]:
    """The first of each key, and those that came before among these very lots.

    The reader gives an event without a time of its own the instant of receipt, and only that (or the same microsecond
    by chance, which costs a look back and nothing else).
    """
    first: _First = {}
    known: list[_Row] = []
    for lot, given in enumerate(lots, start=1):
        received_at = given.received_at
        for event in given.events:
            of_day = first.get(event.day)
            if of_day is None:
                of_day = first[event.day] = {}
            is_without_time = event.occurred_at == received_at
            row = event, numbers[identity_of(event)], lot, is_without_time
            if event.message_id in of_day or (is_without_time and _is_in_days_near(event, first)):
                known.append(row)
            else:
                of_day[event.message_id] = row
    return first, known


def _is_in_days_near(event: EventIn, first: _First) -> bool:
    return any(event.message_id in first.get(day, ()) for day in _days_near(event))


def _days_near(event: EventIn) -> Iterator[date]:
    """Those after it as well: a retry may be stored before the request that it repeats."""
    ahead = range(1, LOOK_BACK_DAYS + 1)
    return (event.day + timedelta(days=days) for far in ahead for days in (-far, far))


def _packed(rows: Iterable[_Row], known: Iterable[_Row]) -> bytes:
    """The binary form of COPY, in the order of copy_arriving.sql: `rows` to be stored, and those that are known."""
    pack, length, encode = _FIXED.pack, _LENGTH.pack, _encoder.encode
    names: dict[str, bytes] = {}
    days: dict[date, int] = {}
    parts = [_COPY_HEADER]
    place = 0
    for of, is_known in ((rows, False), (known, True)):
        for event, number, lot, is_without_time in of:
            message_id, properties = event.message_id.encode(), encode(event.properties)
            name = names.get(event.name)
            if name is None:
                text = event.name.encode()
                name = names[event.name] = length(len(text)) + text
            day = days.get(event.day)
            if day is None:
                day = days[event.day] = event.day.toordinal() - _EPOCH_DAY
            micros = (event.occurred_at - _EPOCH) // _MICROSECOND
            parts += (
                pack(
                    _FIELDS, 4, place, 4, lot, 8, number, 8, micros, 4, event.occurrences, 4, day,
                    1, is_without_time, 1, is_known, len(message_id),
                ),
                message_id, name, length(len(properties) + 1), _JSONB_VERSION, properties,
            )  # fmt: skip
            place += 1
    parts.append(_COPY_END)
    return b"".join(parts)


def _look_back(organisation_id: int, rows: Iterable[_Row]) -> None:
    """Events without a time have the day of receipt, and may be there under a day before or after.

    No key holds two days apart, so one at a time looks and stores: the lock is held until the transaction ends.
    """
    days = {day for event, _number, _lot, is_without_time in rows if is_without_time for day in _days_near(event)}
    if days:
        queries.fetch("lock_timeless", organisation_id=organisation_id)
        queries.run("look_back", organisation_id=organisation_id, days=sorted(days))


def _conflicts(organisation_id: int, lots: Sequence[Lot], rows: Sequence[_Row], places: set[int]) -> dict[int, int]:
    """By lot, how many of the rows at these places are there already and say something else."""
    if not places:
        return {}
    asked = [rows[place] for place in places]
    days = {event.day for event, *_rest in asked}
    days |= {day for event, *_rest, is_without_time in asked if is_without_time for day in _days_near(event)}
    found = queries.fetch(
        "count_conflicts",
        organisation_id=organisation_id,
        places=integer_array(places),
        source_ids=[lot.source_id for lot in lots],
        days=sorted(days),
    )
    return dict(found)


def _stored(row: _Row) -> StoredEvent:
    event, number, _lot, _is_without_time = row
    return StoredEvent(
        number,
        event.occurred_at,
        event.day,
        event.name,
        event.properties,
        event.occurrences,
        event.message_id,
    )
