"""Proving that activity is what its events say: counted anew beside what is stored, and repaired if asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from django.db import connection, transaction

from engagement.errors import ConflictError
from engagement.scoring import queries
from engagement.scoring.activity_blocks import DayRows, added_up, occurrences_by_definition, unpack_day
from engagement.scoring.blocks import BlockError
from engagement.scoring.local_days import midnight
from engagement.scoring.models import ActionDefinition
from engagement.scoring.services.activity import recount_days, state_of, whole_from
from engagement.scoring.services.counting import EventSpan, Rules, count_events, rule_of
from engagement.scoring.services.packing import lock_counting, open_from, pack_open_day
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.scope import organisation_scope

Progress = Callable[[int, int], None]

EVENTS_AT_ONCE: Final = 200_000
_NUMBERS: Final = (0, 2**62)  # of all customers
_LAST_DAY: Final = date(9999, 12, 30)


@dataclass(frozen=True, slots=True)
class Difference:
    """One customer and definition on one day: (occurrences, value) as stored and as counted from events."""

    day: date
    customer: int
    definition: int
    stored: tuple[int, int]
    from_events: tuple[int, int]


@dataclass(slots=True)
class Verified:
    """What was found. `damaged` are blocks that cannot be read or say of themselves what they do not hold."""

    countable_from: date | None
    days: int = 0
    rows: int = 0
    n_differing: int = 0
    first: Difference | None = None
    damaged: list[str] = field(default_factory=list)
    wrong_days: list[date] = field(default_factory=list)
    repaired: list[date] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return not self.wrong_days


def verify_activity(
    *, organisation_id: int, now: datetime, repair: bool = False, progress: Progress | None = None
) -> Verified:
    """Count every local day anew from its events and compare with blocks and open rows; called outside any scope.

    Each span of days is compared as of one moment, so it may run while events are stored. With `repair` the days that
    differ are written anew under the counting lock. Days that retention has reached are not compared. Raises
    ConflictError while definitions are being counted.
    """
    organisation, rules, spans = _prepared(organisation_id)
    found = Verified(countable_from=spans[0][0] if spans[0][0] != date.min else None)
    for done, (first, last) in enumerate(spans):
        outermost = not connection.in_atomic_block
        with transaction.atomic():
            if outermost:
                _one_moment()
            with organisation_scope(organisation_id, write=False):
                wrong = _compare(organisation, rules, first=first, last=last, found=found)
        found.wrong_days += wrong
        if repair:
            for day in wrong:
                _repair(organisation_id=organisation_id, day=day, now=now)
                found.repaired.append(day)
        if progress is not None:
            progress(done + 1, len(spans))
    return found


def _one_moment() -> None:
    """Let the transaction that begins now see one moment; inside another one (tests) that is decided already."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _prepared(organisation_id: int) -> tuple[Organisation, Rules, list[tuple[date, date]]]:
    with organisation_scope(organisation_id, write=False):
        organisation = Organisation.objects.get(pk=organisation_id)
        definitions = list(ActionDefinition.objects.order_by("number"))
        if any(one.rolled_up_at is None for one in definitions):
            raise ConflictError("Stored events are being counted. Wait until that is done, then verify.")
        whole = whole_from(organisation=organisation, state=state_of(organisation_id=organisation_id))
        by_day = queries.fetch("events_by_day", organisation_id=organisation_id)
    return organisation, {one.number: rule_of(one) for one in definitions}, list(_spans(whole, by_day))


def _spans(first: date, by_day: list[tuple[date, int]]) -> Iterator[tuple[date, date]]:
    """All local days from the first on, in spans with about EVENTS_AT_ONCE events, both ends included."""
    held = 0
    for day, events in by_day:
        held += events
        if held > EVENTS_AT_ONCE and day > first:
            yield first, day - timedelta(days=1)
            first, held = day, events
    yield first, _LAST_DAY


def _compare(organisation: Organisation, rules: Rules, *, first: date, last: date, found: Verified) -> list[date]:
    """Note what differs on the local days [first, last]; returns the days."""
    zone, organisation_id = organisation.zone, organisation.pk
    span = EventSpan(
        since=EventSpan().since if first == date.min else midnight(day=first, zone=zone),
        to=EventSpan().to if last == _LAST_DAY else midnight(day=last + timedelta(days=1), zone=zone),
    )
    counted = count_events(organisation_id=organisation_id, zone=zone, rules=rules, span=span)
    stored, damaged = _stored(organisation_id, first=first, last=last, found=found)
    wrong = set(damaged)
    for day in sorted(counted.keys() | stored.keys()):
        kept = added_up(stored.get(day, []))
        found.days += 1
        found.rows += len(kept)
        differing = _differing(kept, counted.get(day, DayRows.empty()))
        if len(differing) and day not in damaged:
            found.n_differing += len(differing)
            found.first = found.first or _first(day, differing, kept, counted.get(day, DayRows.empty()))
            wrong.add(day)
    return sorted(wrong)


def _stored(
    organisation_id: int, *, first: date, last: date, found: Verified
) -> tuple[dict[date, list[DayRows]], set[date]]:
    """Rows by day, packed and open, and the days of which a block is damaged."""
    days: dict[date, list[DayRows]] = {}
    damaged: set[date] = set()
    bound = {"organisation_id": organisation_id, "first": first}
    for day, chunk, n_rows, totals, packed in queries.fetch_packed("blocks_between", last=last, **bound):
        try:
            rows = unpack_day(packed, chunk=chunk)
        except BlockError as error:
            found.damaged.append(f"{day}, chunk {chunk}: {error}")
            damaged.add(day)
            continue
        days.setdefault(day, []).append(rows)
        if len(rows) != n_rows or occurrences_by_definition(rows) != json.loads(totals):
            found.damaged.append(f"{day}, chunk {chunk}: what it says of its rows is not what it holds")
            damaged.add(day)
    low, high = _NUMBERS
    for day, *columns in queries.fetch_packed("open_activity", as_of=last, low=low, high=high, **bound):
        days.setdefault(day, []).append(queries.day_rows(columns))
    return days, damaged


def _differing(stored: DayRows, counted: DayRows) -> DayRows:
    """The rows that are not alike, with what is stored less what was counted."""
    less = DayRows(counted.numbers, counted.definitions, -counted.occurrences, -counted.values)
    both = added_up([stored, less])
    return both.where((both.occurrences != 0) | (both.values != 0))


def _first(day: date, differing: DayRows, stored: DayRows, counted: DayRows) -> Difference:
    customer, definition = int(differing.numbers[0]), int(differing.definitions[0])
    return Difference(day, customer, definition, _of(stored, customer, definition), _of(counted, customer, definition))


def _of(rows: DayRows, customer: int, definition: int) -> tuple[int, int]:
    at = np.flatnonzero((rows.numbers == customer) & (rows.definitions == definition))
    return (int(rows.occurrences[at].sum()), int(rows.values[at].sum()))


def _repair(*, organisation_id: int, day: date, now: datetime) -> None:
    with organisation_scope(organisation_id):
        lock_counting(organisation_id=organisation_id)
        organisation = Organisation.objects.get(pk=organisation_id)
        recount_days(organisation=organisation, days=[day])
        if day < open_from(organisation=organisation, now=now):
            pack_open_day(organisation_id=organisation_id, day=day, now=now)
        audit_append(act="activity.repaired", new={"day": day})
