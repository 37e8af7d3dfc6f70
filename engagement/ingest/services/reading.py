"""One reading of a file: the digest first, then rows in chunks, each one transaction with the position reached."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from engagement.ingest import queries
from engagement.ingest.files import ByteSource, Storer, Table, kind_of
from engagement.ingest.files.columns import places_of
from engagement.ingest.models import Event, FileImport, ImportState
from engagement.ingest.services.changes import note_changes
from engagement.ingest.services.customers import (
    Identity,
    find_customers,
    identities_of,
    resolve_customers,
)
from engagement.ingest.services.erased import without_erased
from engagement.ingest.services.leases import LeaseLostError, hold, lease_end
from engagement.ingest.services.mending import layout_of
from engagement.ingest.services.on_record import record_done
from engagement.ingest.services.rows import Items, Reader, Row, as_read, digest_of_upload, opened
from engagement.ingest.services.storing import Counts, Source, keep_rejections, store_items
from engagement.ingest.signals import days_replaced
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from tenants.models import Organisation
from tenants.scope import organisation_scope

CHUNK_ROWS: Final = 5_000
CHUNK_BYTES: Final = 4 * 1024 * 1024  # of rows as they came; as objects they may take ten times as much
_ROWS_AT_ONCE: Final = 16  # read before they are weighed
_RENEW_EVERY: Final = timedelta(seconds=20)


class CancelledError(Exception):
    """Within this step only: somebody asked to stop, and nothing of the part at hand is stored."""


@dataclass(eq=False)
class Reading:
    """Works on a row that the caller has claimed.

    Raises LeaseLostError as soon as somebody else has it, and CancelledError as soon as it is to be read no further.
    """

    row: FileImport
    organisation: Organisation
    clock: Callable[[], datetime]
    report: Callable[[FileImport], object]

    def begin(self) -> None:
        """Note when reading began, and the digest of the content; judges the encoding of the whole file.

        Raises InvalidInputError for names of columns that cannot be used.
        """
        if not self.row.digest:
            self.row.digest = digest_of_upload(self.row, watched=self._watched)
        with opened(self.row) as table:
            places_of(table.columns)  # before they are kept: a name may hold what the database cannot
            self.row.columns, self.row.layout = list(table.columns), layout_of(table)
            self.row.mapping = as_read(self.row.mapping, table=table)
        self.row.started_at = self.row.started_at or self.clock()
        self._renew()

    def add_rows(self) -> None:
        """Store the rows after the position reached, chunk by chunk; then the import is done."""
        with opened(self.row) as table:
            rows = self._items(table, digest=self.row.digest, after=self.row.position)
            for place, chunk in enumerate(map(self._allowed, chunks_of(rows))):
                numbers, new_numbers = self._resolve(chunk)
                with organisation_scope(self.organisation.pk):
                    queries.run("limit_waiting")
                    self._hold()
                    queries.fetch("lock_storing_shared", organisation_id=self.organisation.pk)
                    if place == 0:  # where a reading that was killed may have numbered some of them
                        new_numbers |= self._newcomers(numbers)
                    self._store(chunk, numbers=numbers, new_numbers=new_numbers, bytes_read=table.bytes_read)
                self.report(self.row)
        with organisation_scope(self.organisation.pk):
            hold(self.row)
            self._finish()

    def replace_days(self) -> None:
        """Delete what files said before about the days of this file, and store its rows, in one transaction.

        A first pass finds the days and gives new customers their numbers, so that the transaction, during which nobody
        else stores anything of the organisation, is as short as it can be.
        """
        digest = self._own_digest()
        days = self._collect_days(digest=digest)
        with organisation_scope(self.organisation.pk), opened(self.row) as table:
            queries.run("limit_waiting")
            self._hold()
            queries.fetch("lock_storing_alone", organisation_id=self.organisation.pk)
            self._delete_days(days)
            for chunk in map(self._allowed, chunks_of(self._items(table, digest=digest))):
                numbers = find_customers(organisation_id=self.organisation.pk, identities=_identities(chunk))
                self._store(chunk, numbers=numbers, new_numbers=frozenset(), bytes_read=table.bytes_read)
                self.report(self.row)
            self._finish()

    def _items(self, table: Table, *, digest: str, after: int = 0) -> Items:
        return Reader(self.row, self.organisation).items(table, digest=digest, after=after)

    def _hold(self) -> None:
        """The row is ours until the end of the transaction, and nobody has asked to stop."""
        hold(self.row)
        if FileImport.objects.filter(pk=self.row.pk, cancel_asked_at__isnull=False).exists():
            raise CancelledError

    def _watched(self, source: ByteSource) -> ByteSource:
        return _Watched(source, every=_RENEW_EVERY, clock=self.clock, tell=self._renew)

    def _own_digest(self) -> str:
        """Ids of rows that no earlier upload can have had: in this way of telling, the same file is new again."""
        return hashlib.sha256(f"{self.row.digest}:{self.row.pk}".encode()).hexdigest()

    def _collect_days(self, *, digest: str) -> set[date]:
        days: set[date] = set()
        with opened(self.row) as table:
            for chunk in map(self._allowed, chunks_of(self._items(table, digest=digest))):
                self._resolve(chunk)
                zone = self.organisation.zone
                days |= {row.occurred_at.astimezone(zone).date() for row in chunk if isinstance(row, EventIn)}
                self._renew(bytes_read=table.bytes_read)
                self.report(self.row)
        return days

    def _delete_days(self, days: set[date]) -> None:
        if not days:
            return
        ordered = sorted(days)
        queries.run(
            "delete_days",
            organisation_id=self.organisation.pk,
            time_zone=self.organisation.time_zone,
            days=ordered,
            first=ordered[0],
            last=ordered[-1],
        )
        days_replaced.send(sender=Event, organisation=self.organisation, days=tuple(ordered))

    def _allowed(self, chunk: list[Row]) -> list[Row]:
        """The rows without those about the erased; a file of customers does not say when anything happened.

        Who stores a kind of rows itself refuses those it must.
        """
        if kind_of(self.row.kind).store is not None:
            return chunk
        has_times = self.row.kind != FileImport.Kind.CUSTOMERS
        return without_erased(organisation_id=self.organisation.pk, items=chunk, has_times=has_times)

    def _resolve(self, chunk: list[Row]) -> tuple[dict[Identity, int], frozenset[int]]:
        return resolve_customers(organisation_id=self.organisation.pk, identities=_identities(chunk), now=self.clock())

    def _newcomers(self, numbers: dict[Identity, int]) -> frozenset[int]:
        """Those of the customers whom this import brought, but has not stored anything of yet."""
        found = queries.fetch(
            "newcomers",
            organisation_id=self.organisation.pk,
            import_id=self.row.pk,
            since=self.row.started_at,
            numbers=sorted(numbers.values()),
        )
        return frozenset(number for (number,) in found)

    def _store(
        self,
        chunk: list[Row],
        *,
        numbers: dict[Identity, int],
        new_numbers: frozenset[int],
        bytes_read: int,
    ) -> None:
        source = Source(row=self.row, received_at=self.row.created_at)
        store = kind_of(self.row.kind).store
        if store is not None:
            counts = self._store_elsewhere(chunk, store=store, source=source)
        else:
            traits = [item for item in chunk if isinstance(item, TraitsIn)]
            note_changes(row=self.row, traits=traits, numbers=numbers)
            counts = store_items(
                organisation=self.organisation,
                source=source,
                items=chunk,
                numbers=numbers,
                new_numbers=new_numbers,
                now=self.clock(),
            )
        self._reach({item.day for item in chunk if isinstance(item, EventIn)})
        self._advance(counts, position=chunk[-1].position, bytes_read=bytes_read)

    def _store_elsewhere(self, chunk: list[Row], *, store: Storer, source: Source) -> Counts:
        """The step that registered the kind keeps its rows; what neither it nor we can use is kept here."""
        items = [item for item in chunk if not isinstance(item, Rejection)]
        kept = store(organisation=self.organisation, items=items, source_id=source.source_id, now=self.clock())
        rejections = [*(item for item in chunk if isinstance(item, Rejection)), *kept.rejections]
        keep_rejections(organisation=self.organisation, source=source, rejections=rejections)
        return Counts(stored=kept.stored, duplicates=kept.duplicates, rejected=len(rejections))

    def _reach(self, days: set[date]) -> None:
        row = self.row
        known = days | {day for day in (row.first_day, row.last_day) if day is not None}
        row.first_day, row.last_day = min(known, default=None), max(known, default=None)

    def _advance(self, counts: Counts, *, position: int, bytes_read: int) -> None:
        row = self.row
        row.stored += counts.stored
        row.duplicates += counts.duplicates
        row.rejected += counts.rejected
        row.conflicts += counts.conflicts
        row.position, row.bytes_read = position, bytes_read
        row.lease_until = lease_end(self.clock())
        counted = ["stored", "duplicates", "rejected", "conflicts", "position", "bytes_read", "first_day", "last_day"]
        row.save(update_fields=[*counted, "lease_until"])

    def _renew(self, *, bytes_read: int = 0) -> None:
        """Show that somebody is still at it; raises LeaseLostError when the lease had run out and was taken.

        Raises CancelledError where somebody asked to stop.
        """
        row = self.row
        row.lease_until = lease_end(self.clock())
        with organisation_scope(self.organisation.pk):
            mine = FileImport.objects.filter(pk=row.pk, state=ImportState.WAITING, attempts=row.attempts)
            is_stopped = mine.filter(cancel_asked_at__isnull=False).exists()
            renewed = mine.update(
                lease_until=row.lease_until,
                digest=row.digest,
                columns=row.columns,
                layout=row.layout,
                mapping=row.mapping,
                started_at=row.started_at,
                bytes_read=bytes_read or row.bytes_read,
            )
        if not renewed:
            raise LeaseLostError
        if is_stopped:
            raise CancelledError

    def _finish(self) -> None:
        row = self.row
        row.state, row.finished_at, row.lease_until = ImportState.DONE, self.clock(), None
        row.bytes_read = row.size_bytes
        row.save(update_fields=["state", "finished_at", "lease_until", "bytes_read"])
        record_done(row)


class _Watched:
    """A source that says from time to time that reading goes on."""

    def __init__(
        self,
        source: ByteSource,
        *,
        every: timedelta,
        clock: Callable[[], datetime],
        tell: Callable[[], None],
    ) -> None:
        self._source, self._every, self._clock, self._tell = source, every, clock, tell
        self._told_at = clock()

    def read(self, size: int = -1, /) -> bytes:
        now = self._clock()
        if now - self._told_at >= self._every:
            self._told_at = now
            self._tell()
        return self._source.read(size)


def _identities(chunk: Iterable[Row]) -> set[Identity]:
    return identities_of(row for row in chunk if isinstance(row, EventIn | TraitsIn))


def chunks_of(rows: Items) -> Iterator[list[Row]]:
    """Some thousand rows at a time, fewer where they are long: a part is held in memory."""
    found = iter(rows)
    while chunk := _chunk(found, rows=rows):
        yield chunk


def _chunk(found: Iterator[Row], *, rows: Items) -> list[Row]:
    chunk: list[Row] = []
    most = rows.weight + CHUNK_BYTES
    while len(chunk) < CHUNK_ROWS and rows.weight < most:
        more = list(islice(found, min(_ROWS_AT_ONCE, CHUNK_ROWS - len(chunk))))
        if not more:
            break
        chunk += more
    return chunk
