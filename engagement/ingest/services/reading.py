"""One reading of a file: the digest first, then rows in chunks, each one transaction with the position reached."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from engagement.ingest import queries
from engagement.ingest.files import ByteSource, CountedSource, digest_of, read_customers, read_events
from engagement.ingest.models import Event, FileImport, WorkState
from engagement.ingest.services.customers import (
    Identity,
    find_customers,
    identities_of,
    resolve_customers,
)
from engagement.ingest.services.erased import without_erased
from engagement.ingest.services.leases import LeaseLostError, hold, lease_end
from engagement.ingest.services.on_record import record_done
from engagement.ingest.services.storing import Counts, Source, store_items
from engagement.ingest.signals import days_replaced
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from tenants.models import Organisation
from tenants.scope import organisation_scope

CHUNK_ROWS: Final = 5_000
_RENEW_EVERY: Final = timedelta(seconds=20)

Row = EventIn | TraitsIn | Rejection


@dataclass(eq=False)
class Reading:
    """Works on a row that the caller has claimed; raises LeaseLostError as soon as somebody else has it."""

    row: FileImport
    organisation: Organisation
    path: Path
    unpacked_limit_bytes: int
    clock: Callable[[], datetime]
    report: Callable[[FileImport], object]

    def begin(self) -> None:
        """Note when reading began, and the digest of the content; judges the encoding of the whole file."""
        if not self.row.digest:
            with self.path.open("rb") as file:
                watched = _Watched(file, every=_RENEW_EVERY, clock=self.clock, tell=self._renew)
                self.row.digest = digest_of(watched, limit_bytes=self.unpacked_limit_bytes)
        self.row.started_at = self.row.started_at or self.clock()
        self._renew()

    def add_rows(self) -> None:
        """Store the rows after the position reached, chunk by chunk; then the import is done."""
        with self._rows(digest=self.row.digest) as (rows, counted):
            remaining = (row for row in rows if row.position > self.row.position)
            for chunk in map(self._allowed, _chunks(remaining)):
                numbers, new_numbers = self._resolve(chunk)
                with organisation_scope(self.organisation.pk):
                    queries.run("limit_waiting")
                    hold(self.row)
                    queries.fetch("lock_storing_shared", organisation_id=self.organisation.pk)
                    self._store(chunk, numbers=numbers, new_numbers=new_numbers, bytes_read=counted.bytes_read)
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
        with organisation_scope(self.organisation.pk), self._rows(digest=digest) as (rows, counted):
            queries.run("limit_waiting")
            hold(self.row)
            queries.fetch("lock_storing_alone", organisation_id=self.organisation.pk)
            self._delete_days(days)
            for chunk in map(self._allowed, _chunks(rows)):
                numbers = find_customers(organisation_id=self.organisation.pk, identities=_identities(chunk))
                self._store(chunk, numbers=numbers, new_numbers=frozenset(), bytes_read=counted.bytes_read)
                self.report(self.row)
            self._finish()

    @contextmanager
    def _rows(self, *, digest: str) -> Iterator[tuple[Iterator[Row], CountedSource]]:
        with self.path.open("rb") as file:
            counted = CountedSource(file)
            if self.row.kind == FileImport.Kind.CUSTOMERS:
                rows: Iterator[Row] = read_customers(counted, received_at=self.row.created_at)
            else:
                rows = read_events(
                    counted,
                    time_zone=self.organisation.zone,
                    received_at=self.row.created_at,
                    file_digest=digest,
                )
            yield rows, counted

    def _own_digest(self) -> str:
        """Ids of rows that no earlier upload can have had: in this way of telling, the same file is new again."""
        return hashlib.sha256(f"{self.row.digest}:{self.row.pk}".encode()).hexdigest()

    def _collect_days(self, *, digest: str) -> set[date]:
        days: set[date] = set()
        with self._rows(digest=digest) as (rows, counted):
            for chunk in map(self._allowed, _chunks(rows)):
                self._resolve(chunk)
                zone = self.organisation.zone
                days |= {row.occurred_at.astimezone(zone).date() for row in chunk if isinstance(row, EventIn)}
                self._renew(bytes_read=counted.bytes_read)
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
        """The rows without those about the erased; a file of customers does not say when anything happened."""
        has_times = self.row.kind == FileImport.Kind.EVENTS
        return without_erased(organisation_id=self.organisation.pk, items=chunk, has_times=has_times)

    def _resolve(self, chunk: list[Row]) -> tuple[dict[Identity, int], frozenset[int]]:
        return resolve_customers(organisation_id=self.organisation.pk, identities=_identities(chunk), now=self.clock())

    def _store(
        self,
        chunk: list[Row],
        *,
        numbers: dict[Identity, int],
        new_numbers: frozenset[int],
        bytes_read: int,
    ) -> None:
        counts = store_items(
            organisation=self.organisation,
            source=Source(row=self.row, received_at=self.row.created_at),
            items=chunk,
            numbers=numbers,
            new_numbers=new_numbers,
            now=self.clock(),
        )
        self._advance(counts, position=chunk[-1].position, bytes_read=bytes_read)

    def _advance(self, counts: Counts, *, position: int, bytes_read: int) -> None:
        row = self.row
        row.stored += counts.stored
        row.duplicates += counts.duplicates
        row.rejected += counts.rejected
        row.position, row.bytes_read = position, bytes_read
        row.lease_until = lease_end(self.clock())
        row.save(update_fields=["stored", "duplicates", "rejected", "position", "bytes_read", "lease_until"])

    def _renew(self, *, bytes_read: int = 0) -> None:
        """Show that somebody is still at it; raises LeaseLostError when the lease had run out and was taken."""
        row = self.row
        row.lease_until = lease_end(self.clock())
        with organisation_scope(self.organisation.pk):
            mine = FileImport.objects.filter(pk=row.pk, state=WorkState.WAITING, attempts=row.attempts)
            renewed = mine.update(
                lease_until=row.lease_until,
                digest=row.digest,
                started_at=row.started_at,
                bytes_read=bytes_read or row.bytes_read,
            )
        if not renewed:
            raise LeaseLostError

    def _finish(self) -> None:
        row = self.row
        row.state, row.finished_at, row.lease_until = WorkState.DONE, self.clock(), None
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
    return identities_of(row for row in chunk if not isinstance(row, Rejection))


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk
