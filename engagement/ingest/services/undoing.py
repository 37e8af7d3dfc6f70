"""Undoing an import: what it brought goes, what it changed of customers goes back, what it cannot know stays.

What another step keeps of a file is taken out by that step, some rows at a time (files/kinds.py). Events it brought
are deleted some days at a time, each time in one transaction with the counting of those days; then customers get back
the traits they had, and those who only came with it go. Whatever breaks off goes on where it was: what is deleted is
not found again, and what the import changed of a customer is forgotten as it is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from engagement.ingest import queries
from engagement.ingest.files import TakeOut, kind_of
from engagement.ingest.models import Event, FileImport, ImportState
from engagement.ingest.services import changes
from engagement.ingest.services.leases import hold, lease_end
from engagement.ingest.services.on_record import record_undone
from engagement.ingest.signals import days_replaced
from tenants.models import Organisation
from tenants.scope import organisation_scope

EVENTS_AT_ONCE: Final = 20_000
ROWS_AT_ONCE: Final = 5_000  # of what other steps keep
_EARLIEST, _LATEST = date(2000, 1, 1), date(9999, 12, 31)  # of imports that do not know their days


@dataclass(eq=False)
class Undoing:
    """Works on a row that the caller has claimed; raises LeaseLostError as soon as somebody else has it."""

    row: FileImport
    organisation: Organisation
    clock: Callable[[], datetime]
    report: Callable[[FileImport], object]

    def run(self) -> None:
        """Do all of it, or what is left of it."""
        take_out = kind_of(self.row.kind).take_out
        while take_out is not None and self._take_out_elsewhere(take_out):
            self.report(self.row)
        for days in self._parts():
            self._take_out(days)
            self.report(self.row)
        after = 0
        while numbers := self._changed(after):
            self._put_back(numbers)
            self.report(self.row)
            after = numbers[-1]
        self._finish()

    def _take_out_elsewhere(self, take_out: TakeOut) -> int:
        row = self.row
        with organisation_scope(row.organisation_id):
            self._begin_alone()
            gone = take_out(
                organisation=self.organisation, source_id=row.pk, limit=ROWS_AT_ONCE, now=self.clock()
            )  # fmt: skip
            row.taken_out += gone
            self._save("taken_out")
        return gone

    def _parts(self) -> Iterator[list[date]]:
        """Days of the key with events of the import, as many at a time as hold some thousand of them."""
        row = self.row
        with organisation_scope(row.organisation_id, write=False):
            found = queries.fetch(
                "import_days",
                organisation_id=row.organisation_id,
                import_id=row.pk,
                first=row.first_day or _EARLIEST,
                last=row.last_day or _LATEST,
            )
        part: list[date] = []
        events = 0
        for day, n in found:
            if part and events + n > EVENTS_AT_ONCE:
                yield part
                part, events = [], 0
            part.append(day)
            events += n
        if part:
            yield part

    def _take_out(self, days: list[date]) -> None:
        row = self.row
        with organisation_scope(row.organisation_id):
            self._begin_alone()
            gone = queries.fetch(
                "delete_import_days",
                organisation_id=row.organisation_id,
                time_zone=self.organisation.time_zone,
                import_id=row.pk,
                since=row.created_at,
                days=days,
            )
            local_days = tuple(day for day, _ in gone)
            if local_days:
                days_replaced.send(sender=Event, organisation=self.organisation, days=local_days)
            row.taken_out += sum(n for _, n in gone)
            self._save("taken_out")

    def _changed(self, after: int) -> list[int]:
        row = self.row
        with organisation_scope(row.organisation_id, write=False):
            rows = queries.fetch(
                "changed_after",
                organisation_id=row.organisation_id,
                import_id=row.pk,
                after=after,
                limit=changes.AT_ONCE,
            )
        return [number for (number,) in rows]

    def _put_back(self, numbers: list[int]) -> None:
        row = self.row
        with organisation_scope(row.organisation_id):
            self._begin_alone()
            back = changes.put_back(row=row, numbers=numbers)
            gone = changes.take_out_newcomers(row=row, numbers=numbers)
            queries.run("delete_changes", organisation_id=row.organisation_id, import_id=row.pk, numbers=numbers)
            row.found = {
                **row.found,
                "put_back": row.found.get("put_back", 0) + back,
                "gone": row.found.get("gone", 0) + gone,
            }
            self._save("found")

    def _begin_alone(self) -> None:
        queries.run("limit_waiting")
        hold(self.row)
        queries.fetch("lock_storing_alone", organisation_id=self.row.organisation_id)

    def _save(self, *names: str) -> None:
        self.row.lease_until = lease_end(self.clock())
        self.row.save(update_fields=["lease_until", *names])

    def _finish(self) -> None:
        row = self.row
        with organisation_scope(row.organisation_id):
            hold(row)
            row.state, row.undone_at, row.lease_until = ImportState.UNDONE, self.clock(), None
            row.save(update_fields=["state", "undone_at", "lease_until"])
            record_undone(row)
