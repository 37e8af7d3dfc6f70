"""A dry run: the whole file is read as it would be taken in, and nothing of it is stored but what would be rejected."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from engagement.ingest import queries
from engagement.ingest.files import Table, kind_of
from engagement.ingest.models import FileImport, ImportState, RejectedEvent
from engagement.ingest.services.customers import Identity, find_customers, identities_of
from engagement.ingest.services.leases import lease_end
from engagement.ingest.services.on_record import record_tried
from engagement.ingest.services.reading import Reading, chunks_of
from engagement.ingest.services.rows import Row, opened
from engagement.ingest.services.storing import Source, keep_rejections
from engagement.ingest.signals import names_counted
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from tenants.scope import organisation_scope

REMEMBERED: Final = 500_000  # ids told apart exactly; a file with more is counted as “at most” so many
NAMES_KEPT: Final = 200
_OWN_IDS: Final = "file:"  # what begins so is the id of a row by its position: no two are alike


class _Seen:
    """Tells first from again, of as many as it may remember; eight bytes each."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self.is_exact = True

    def is_first(self, text: str) -> bool:
        mark = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
        if mark in self._known:
            return False
        if len(self._known) < REMEMBERED:
            self._known.add(mark)
        else:
            self.is_exact = False
        return True


@dataclass(eq=False)
class _Tally:
    """What the file would come to, as far as it was read."""

    stored: int = 0
    duplicates: int = 0
    new_customers: int = 0
    days: set[date] = field(default_factory=set)
    named_days: set[date] = field(default_factory=set)  # also of rows that would not be stored
    names: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    customers: _Seen = field(default_factory=_Seen)
    events: _Seen = field(default_factory=_Seen)

    def add(
        self, chunk: Iterable[Row], *, known: set[tuple[date, str]], strangers: set[Identity], zone: ZoneInfo
    ) -> None:
        self.new_customers += sum(self.customers.is_first(f"{is_own}{text}") for text, is_own in sorted(strangers))
        for item in chunk:
            if isinstance(item, Rejection):
                self.codes[item.code] += 1
            elif not isinstance(item, EventIn):
                self.stored += 1
            else:
                self._add_event(item, is_known=(item.day, item.message_id) in known, zone=zone)

    def _add_event(self, item: EventIn, *, is_known: bool, zone: ZoneInfo) -> None:
        local_day = item.occurred_at.astimezone(zone).date()
        self.named_days.add(local_day)
        by_position = item.message_id.startswith(_OWN_IDS)
        if is_known or not (by_position or self.events.is_first(f"{item.day}{item.message_id}")):
            self.duplicates += 1
            return
        self.stored += 1
        self.days.add(local_day)
        if item.name in self.names or len(self.names) < NAMES_KEPT:
            self.names[item.name] += 1


class DryRun(Reading):
    """Works on a row that the caller has claimed, always from the beginning: nothing is lost by that."""

    def run(self) -> None:
        """Read all of it; afterwards the file waits for a decision, with what was found."""
        self._forget()
        tally = _Tally()
        with opened(self.row) as table:
            digest = self._own_digest() if self._is_replacing() else self.row.digest
            for chunk in map(self._allowed, chunks_of(self._items(table, digest=digest))):
                tally.add(chunk, **self._judged(chunk), zone=self.organisation.zone)
                self._note(chunk, table=table)
                self.report(self.row)
        self._end(tally)

    def _is_replacing(self) -> bool:
        return self.row.sameness == FileImport.Sameness.REPLACE_DAYS

    def _forget(self) -> None:
        row = self.row
        with organisation_scope(row.organisation_id):
            RejectedEvent.objects.filter(organisation_id=row.organisation_id, file_import=row).delete()
        row.position = row.rejected = row.bytes_read = 0

    def _judged(self, chunk: list[Row]) -> dict[str, Any]:
        """Which of the events are there already, and who is not known yet."""
        events = [item for item in chunk if isinstance(item, EventIn)]
        named = identities_of(item for item in chunk if isinstance(item, EventIn | TraitsIn))
        with organisation_scope(self.organisation.pk, write=False):
            known = find_customers(organisation_id=self.organisation.pk, identities=named)
            there = queries.fetch(
                "known_events",
                organisation_id=self.organisation.pk,
                days=[event.day for event in events],
                message_ids=[event.message_id for event in events],
                is_replacing=self._is_replacing(),
            )
        return {"known": set(there), "strangers": named - known.keys()}

    def _note(self, chunk: list[Row], *, table: Table) -> None:
        row = self.row
        rejections = [item for item in chunk if isinstance(item, Rejection)]
        with organisation_scope(self.organisation.pk):
            self._hold()
            source = Source(row=row, received_at=row.created_at)
            keep_rejections(organisation=self.organisation, source=source, rejections=rejections)
            row.position, row.bytes_read = chunk[-1].position, table.bytes_read
            row.rejected += len(rejections)
            row.lease_until = lease_end(self.clock())
            row.save(update_fields=["position", "bytes_read", "rejected", "lease_until"])

    def _end(self, tally: _Tally) -> None:
        row = self.row
        with organisation_scope(self.organisation.pk):
            self._hold()
            row.found = self._found(tally)
            row.state, row.lease_until, row.bytes_read = ImportState.DRAFT, None, row.size_bytes
            row.save(update_fields=["found", "state", "lease_until", "bytes_read"])
            record_tried(row)

    def _found(self, tally: _Tally) -> dict[str, Any]:
        row, names = self.row, tally.names.most_common()
        answers = names_counted.send(
            sender=FileImport, organisation=self.organisation, names=[name for name, _ in names]
        )
        counted = {name for _, found in answers for name in found or ()}
        days = sorted(tally.days)
        return {
            "stored": tally.stored,
            "duplicates": tally.duplicates,
            "new_customers": tally.new_customers,
            # Who stores a kind of rows itself may refuse some of them.
            "is_exact": tally.customers.is_exact and tally.events.is_exact and kind_of(row.kind).store is None,
            "days": len(days),
            "first_day": days[0].isoformat() if days else "",
            "last_day": days[-1].isoformat() if days else "",
            "names": [[name, n, name in counted] for name, n in names],
            "codes": tally.codes.most_common(),
            "replaced": self._replaced(sorted(tally.named_days)),
        }

    def _replaced(self, days: list[date]) -> int:
        """How many events of earlier files would be taken out."""
        if not days or not self._is_replacing():
            return 0
        ((n,),) = queries.fetch(
            "count_days",
            organisation_id=self.organisation.pk,
            time_zone=self.organisation.time_zone,
            days=days,
            first=days[0],
            last=days[-1],
        )
        return int(n)
