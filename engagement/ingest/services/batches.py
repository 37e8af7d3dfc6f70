"""Working through accepted requests, those of an organisation that wait in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError

from engagement.ingest import queries
from engagement.ingest.contracts import parse
from engagement.ingest.models import IngestBatch
from engagement.ingest.services.claiming import claim_waiting, hold_all
from engagement.ingest.services.customers import Identity, identities_of, resolve_customers
from engagement.ingest.services.erased import without_erased_of
from engagement.ingest.services.former import without_second_customers
from engagement.ingest.services.leases import LeaseLostError, claim, is_passing, note_failure, put_back
from engagement.ingest.services.storing import Counts, Item, Part, Source, store_parts
from engagement.ingest.services.waking import wake_for_what_is_left
from engagement.ingest.types import Rejection
from tenants.arrays import integer_array
from tenants.models import Organisation
from tenants.scope import organisation_scope

_MOST_ITEMS: Final = 20_000  # messages in one transaction: what others of the organisation wait for, and memory

log = structlog.get_logger(__name__)


def process_batch(*, organisation_id: int, batch_id: UUID, now: datetime) -> Counts | None:
    """Turn a request into events, each stored exactly once however often this is called; returns what became of it.

    What else of the organisation waits goes with it, up to a bound; each request stands for itself all the same. For
    what is left then, another worker is woken.
    Returns None when the batch is done, unknown, in other hands, or cannot be stored right now (it then waits on). An
    unexpected exception is raised; the batch is tried again when its lease ends, and has failed after five attempts.
    """
    batch = claim(IngestBatch, organisation_id=organisation_id, row_id=batch_id, now=now)
    if batch is None:
        return None
    try:
        counts = _work(batch, now=now)
    except Exception:
        wake_for_what_is_left(organisation_id=organisation_id, now=now)
        raise
    if counts is not None:
        wake_for_what_is_left(organisation_id=organisation_id, now=now)
    return counts


def _work(batch: IngestBatch, *, now: datetime) -> Counts | None:
    """A claimed batch, and what goes with it."""
    together = sorted([batch, *_others(batch, now=now)], key=lambda one: (one.received_at, one.pk))
    if len(together) == 1:
        return _work_alone(batch, now=now)
    counts, failures = _work_together(together, now=now)
    if batch.pk in failures:
        raise failures[batch.pk]
    return counts.get(batch.pk)


def _others(batch: IngestBatch, *, now: datetime) -> list[IngestBatch]:
    try:
        return claim_waiting(beside=batch, now=now)
    except DatabaseError as error:
        if is_passing(error):
            return []  # working through the one says what becomes of it
        raise


def _work_alone(batch: IngestBatch, *, now: datetime) -> Counts | None:
    try:
        return _store([(batch, _read(batch))], now=now)[batch.pk]
    except LeaseLostError:
        return None
    except Exception as error:
        if is_passing(error):
            put_back(batch)
            return None
        log.exception("batch_failed", batch_id=str(batch.pk), attempt=batch.attempts)
        note_failure(batch, now=now)
        raise


def _work_together(
    batches: Sequence[IngestBatch], *, now: datetime
) -> tuple[dict[UUID, Counts], dict[UUID, Exception]]:
    """What became of those that are done, and why others are not; where they do not go together, each is done alone."""
    counts: dict[UUID, Counts] = {}
    left = {batch.pk: batch for batch in batches}
    try:
        for group in _groups([(batch, _read(batch)) for batch in batches]):
            counts |= _store(group, now=now)
            for batch, _items in group:
                del left[batch.pk]
    except Exception as error:  # noqa: BLE001  whatever it is, it is one batch's: each is worked through alone
        if is_passing(error):
            for batch in left.values():
                put_back(batch)
            return counts, {}
        log.warning("batches_apart", batches=len(left), error=type(error).__name__)
    return _work_apart(left.values(), counts, now=now)


def _work_apart(
    batches: Iterable[IngestBatch], counts: dict[UUID, Counts], *, now: datetime
) -> tuple[dict[UUID, Counts], dict[UUID, Exception]]:
    failures: dict[UUID, Exception] = {}
    for batch in batches:
        try:
            found = _work_alone(batch, now=now)
        except Exception as error:  # noqa: BLE001  noted and logged as the batch's own: its neighbours go on
            failures[batch.pk] = error
        else:
            counts |= {} if found is None else {batch.pk: found}
    return counts, failures


_Read = tuple[IngestBatch, list[Item]]


def _read(batch: IngestBatch) -> list[Item]:
    parsed = parse(bytes(batch.raw), kind=batch.kind, received_at=batch.received_at)
    return [*parsed.events, *parsed.traits, *parsed.rejections]


def _groups(read: Sequence[_Read]) -> Iterator[list[_Read]]:
    """The batches in their order, as many together as make one transaction of at most so many items."""
    group: list[_Read] = []
    n_items = 0
    for batch, items in read:
        if group and n_items + len(items) > _MOST_ITEMS:
            yield group
            group, n_items = [], 0
        group.append((batch, items))
        n_items += len(items)
    yield group


def _store(read: Sequence[_Read], *, now: datetime) -> dict[UUID, Counts]:
    """Store all of it in one transaction, or nothing."""
    batches = [batch for batch, _items in read]
    organisation_id = batches[0].organisation_id
    read = _storable(organisation_id, read)
    named = [identities_of(item for item in items if not isinstance(item, Rejection)) for _batch, items in read]
    numbers, new_numbers = resolve_customers(
        organisation_id=organisation_id, identities=set[Identity]().union(*named), now=now
    )
    brought = _brought(named, numbers, new_numbers)
    parts = [
        Part(Source(row=batch, received_at=batch.received_at), items, new)
        for (batch, items), new in zip(read, brought, strict=True)
    ]
    with organisation_scope(organisation_id):
        queries.run("limit_waiting")
        hold_all(batches)
        queries.fetch("lock_storing_shared", organisation_id=organisation_id)
        counts = store_parts(
            organisation=Organisation.objects.get(pk=organisation_id), parts=parts, numbers=numbers, now=now
        )
        _finish(batches, counts, now=now)
    return {batch.pk: found for batch, found in zip(batches, counts, strict=True)}


def _storable(organisation_id: int, read: Sequence[_Read]) -> list[_Read]:
    """What only the database can refuse is refused, asked once for all of them; items stay in their order."""
    kept = without_erased_of(organisation_id=organisation_id, parts=[items for _batch, items in read])
    kept = without_second_customers(organisation_id=organisation_id, parts=kept)
    return [(batch, items) for (batch, _given), items in zip(read, kept, strict=True)]


def _brought(
    named: Sequence[set[Identity]], numbers: Mapping[Identity, int], new_numbers: frozenset[int]
) -> list[frozenset[int]]:
    """The new customers of each batch: those whom it names and none before it did."""
    left = set(new_numbers)
    found = []
    for identities in named:
        brought = frozenset(numbers[one] for one in identities) & left if left else frozenset()
        left -= brought
        found.append(brought)
    return found


def _finish(batches: Sequence[IngestBatch], counts: Sequence[Counts], *, now: datetime) -> None:
    queries.run(
        "finish_batches",
        organisation_id=batches[0].organisation_id,
        now=now,
        ids=[batch.pk for batch in batches],
        stored=integer_array(each.stored for each in counts),
        duplicates=integer_array(each.duplicates for each in counts),
        rejected=integer_array(each.rejected for each in counts),
        conflicts=integer_array(each.conflicts for each in counts),
    )
