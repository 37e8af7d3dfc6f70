"""Storing what was read: each event once, whatever is sent again, and everybody who listens told in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from engagement.ingest.models import Event, FileImport, IngestBatch, RejectedEvent
from engagement.ingest.services.arriving import Fate, Lot, store_lots
from engagement.ingest.services.customers import (
    Identity,
    apply_traits,
    find_customers,
    identity_of,
    lock_customers,
)
from engagement.ingest.services.erased import gone_numbers, without_numbers
from engagement.ingest.services.identity import Link, links_in, merge_customers
from engagement.ingest.signals import items_stored
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from tenants.models import Organisation

_INSERT_AT_ONCE = 500

Item = EventIn | TraitsIn | Rejection


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of messages or rows: each is in exactly one of the first three.

    `conflicts` are those of the duplicates that say something else than the event with their id that was there first.
    """

    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    conflicts: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            stored=self.stored + other.stored,
            duplicates=self.duplicates + other.duplicates,
            rejected=self.rejected + other.rejected,
            conflicts=self.conflicts + other.conflicts,
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


@dataclass(frozen=True, slots=True)
class Part:
    """What was read from one source; `new_numbers` are the customers whom its items brought."""

    source: Source
    items: Sequence[Item]
    new_numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A part by kinds."""

    source: Source
    new_numbers: frozenset[int]
    events: list[EventIn]
    traits: list[TraitsIn]
    rejections: list[Rejection]

    @property
    def counted_traits(self) -> list[TraitsIn]:
        """Without those that came beside an event: that message is counted as the event."""
        return [item for item in self.traits if not item.beside]

    @classmethod
    def of(cls, part: Part, *, numbers: Mapping[Identity, int], is_somebody_gone: bool) -> _Sorted:
        items = without_numbers(items=part.items, numbers=numbers) if is_somebody_gone else part.items
        return cls(
            part.source,
            part.new_numbers,
            [item for item in items if isinstance(item, EventIn)],
            [item for item in items if isinstance(item, TraitsIn)],
            [item for item in items if isinstance(item, Rejection)],
        )


def store_items(
    *,
    organisation: Organisation,
    source: Source,
    items: Sequence[Item],
    numbers: Mapping[Identity, int],
    new_numbers: frozenset[int],
    now: datetime,
) -> Counts:
    """`store_parts` of one part."""
    part = Part(source, items, new_numbers)
    return store_parts(organisation=organisation, parts=[part], numbers=numbers, now=now)[0]


def store_parts(
    *, organisation: Organisation, parts: Sequence[Part], numbers: Mapping[Identity, int], now: datetime
) -> list[Counts]:
    """Store events, traits and rejections in the transaction at hand, and say of each part what became of it.

    What is counted is the same as if one part were stored after the other. All come from requests, or all from files.
    Needs the organisation in scope for writing, and everybody in `numbers` who has to have one (identities_of).
    """
    gone = gone_numbers(organisation_id=organisation.pk, numbers=set(numbers.values()))
    numbers = {one: number for one, number in numbers.items() if number not in gone} if gone else numbers
    given = [_Sorted.of(part, numbers=numbers, is_somebody_gone=bool(gone)) for part in parts]
    fates = store_lots(
        organisation=organisation,
        lots=[Lot(part.source.source_id, part.source.received_at, part.events) for part in given],
        numbers=numbers,
        from_file=any(part.source.from_file for part in given),
    )
    told = _tell_customers(organisation.pk, given, numbers, now=now)
    _add_rejections(row for part in given for row in _rejected(organisation, part.source, part.rejections))
    counts = [_counts(*each) for each in zip(given, fates, told, strict=True)]
    items_stored.send(sender=Event, counts=sum(counts, Counts()))
    return counts


def _counts(part: _Sorted, fate: Fate, told: int) -> Counts:
    return Counts(
        stored=fate.stored + told,
        duplicates=len(part.events) - fate.stored + len(part.counted_traits) - told,
        rejected=len(part.rejections),
        conflicts=fate.conflicts,
    )


def _tell_customers(
    organisation_id: int, given: Sequence[_Sorted], numbers: Mapping[Identity, int], *, now: datetime
) -> list[int]:
    """Traits and merges of one part after the other; returns how many of each part's traits were news."""
    known = _with_known_visitors(organisation_id, given, numbers)
    links = [links_in(items=[*part.traits, *part.events], numbers=known) for part in given]
    # In one order for all of them, those to be merged too, or two workers could wait for each other.
    about = {numbers[identity_of(item)] for part in given for item in part.traits}
    about |= {number for of_part in links for link in of_part for number in (link.anonymous, link.target)}
    if about:
        lock_customers(organisation_id=organisation_id, numbers=about)
    return [
        _tell(organisation_id, part, of_part, numbers, now=now)
        for part, of_part in zip(given, links, strict=True)
    ]  # fmt: skip


def _tell(
    organisation_id: int, part: _Sorted, links: Sequence[Link], numbers: Mapping[Identity, int], *, now: datetime
) -> int:
    changed = apply_traits(organisation_id=organisation_id, traits=part.traits, numbers=numbers) | part.new_numbers
    merge_customers(organisation_id=organisation_id, links=links, source_id=part.source.source_id, now=now)
    return sum(1 for item in part.counted_traits if numbers[identity_of(item)] in changed)


def _with_known_visitors(
    organisation_id: int, given: Iterable[_Sorted], numbers: Mapping[Identity, int]
) -> Mapping[Identity, int]:
    asked = {
        (event.anonymous_id, False)
        for part in given
        for event in part.events
        if event.anonymous_id is not None and event.external_id is not None
    }
    asked -= numbers.keys()
    return {**numbers, **find_customers(organisation_id=organisation_id, identities=asked)} if asked else numbers


def keep_rejections(*, organisation: Organisation, source: Source, rejections: Sequence[Rejection]) -> None:
    """Keep what could not be used, as it came, with reason and remedy."""
    _add_rejections(_rejected(organisation, source, rejections))


def _add_rejections(rows: Iterable[RejectedEvent]) -> None:
    if found := list(rows):
        RejectedEvent.objects.bulk_create(found, batch_size=_INSERT_AT_ONCE)


def _rejected(organisation: Organisation, source: Source, rejections: Iterable[Rejection]) -> Iterator[RejectedEvent]:
    owner: dict[str, Any] = {"file_import" if source.from_file else "batch": source.row}
    for rejection in rejections:
        yield RejectedEvent(
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
