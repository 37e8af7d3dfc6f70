"""Activity: how often each customer did each action on each local day, kept current as events are stored.

Two ways lead to the same numbers: what is stored is added at once to every definition that has been counted already,
and a definition that has not is counted from the stored events, span by span (roll_up.py). Both use the same matcher
and the same calendar. Storing shares a lock that counting takes alone, so no event is missed and none counted twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engagement.ingest.signals import StoredEvent
from engagement.scoring import queries
from engagement.scoring.activity_blocks import DayRows
from engagement.scoring.local_days import LocalDays, first_whole_day, midnight
from engagement.scoring.matching import ActionRule, Matcher
from engagement.scoring.models import ActionDefinition, ActivityState
from engagement.scoring.services.counting import EventSpan, Rules, count_events, rule_of
from engagement.scoring.services.packing import delete_days
from tenants.arrays import date_array, integer_array
from tenants.models import Organisation

_WRITE_AT_ONCE: Final = 50_000  # rows
_FIRST_DAY: Final = date(1, 1, 1)


def state_of(*, organisation_id: int) -> ActivityState:
    """How far the organisation's activity is; one that has not been kept yet says what the defaults say."""
    return ActivityState.objects.filter(pk=organisation_id).first() or ActivityState(organisation_id=organisation_id)


def whole_from(*, organisation: Organisation, state: ActivityState) -> date:
    """The first local day that can be counted from events: every later one is whole too.

    Of earlier days retention has deleted events, so that what was counted of them is all that is known.
    """
    if state.events_from is None:
        return _FIRST_DAY
    return first_whole_day(since=state.events_from, zone=organisation.zone)


@dataclass(frozen=True, slots=True)
class _Definitions:
    """All rules, and for those not counted to the end the day of the event's key up to which they are."""

    rules: Rules
    counted_before: Mapping[int, date]

    @classmethod
    def load(cls) -> _Definitions:
        found = list(ActionDefinition.objects.order_by("number"))
        return cls(
            {one.number: rule_of(one) for one in found},
            {one.number: one.counted_before or _FIRST_DAY for one in found if one.rolled_up_at is None},
        )

    def parts(self) -> Iterator[tuple[Rules, EventSpan]]:
        """The rules in groups, each with the events that have been counted under it."""
        groups: dict[date | None, dict[int, ActionRule]] = defaultdict(dict)
        for number, rule in self.rules.items():
            groups[self.counted_before.get(number)][number] = rule
        for before, rules in groups.items():
            if before != _FIRST_DAY:
                yield rules, EventSpan() if before is None else EventSpan(day_before=before)


def count_stored(*, organisation: Organisation, events: Sequence[StoredEvent]) -> None:
    """Add events that have just been stored, in the transaction that stores them, which holds the lock shared.

    What a counting under way will read is left to it. Days that retention has reached are left as they are: an event
    that is sent again after it was deleted would count twice.
    """
    # The zone is read here and now: whoever stores a long file may have read the organisation before it changed.
    current = Organisation.objects.get(pk=organisation.pk)
    known = _Definitions.load()
    whole = whole_from(organisation=current, state=state_of(organisation_id=current.pk))
    _write(organisation.pk, _counted(events, known, zone=current.zone, since=whole))


def _counted(
    events: Iterable[StoredEvent], known: _Definitions, *, zone: ZoneInfo, since: date
) -> list[tuple[date, int, int, int, int]]:
    """By local day, from `since` on, customer and definition: occurrences and value of what that has counted to."""
    matcher, days, before = Matcher(known.rules), LocalDays(zone), known.counted_before
    times: dict[tuple[date, int, int], int] = defaultdict(int)
    values: dict[tuple[date, int, int], int] = defaultdict(int)
    plain: dict[str, tuple[int, ...] | None] = {}
    for event in events:
        name = event.name
        if name not in plain:
            plain[name] = matcher.plain(name)
        keys = plain[name]
        if keys == () or (day := days.of(event.occurred_at)) < since:
            continue
        if keys is not None:
            for key in keys:
                if event.day < before.get(key, date.max):
                    times[day, event.customer_number, key] += event.occurrences
            continue
        for match in matcher.match(name=name, properties=event.properties, occurrences=event.occurrences).matches:
            if event.day < before.get(match.key, date.max):
                times[day, event.customer_number, match.key] += match.occurrences
                values[day, event.customer_number, match.key] += match.value
    return [(*place, occurrences, values.get(place, 0)) for place, occurrences in times.items()]


def recount_days(*, organisation: Organisation, days: Collection[date]) -> None:
    """Count some local days anew from the events that are stored now, as far as each definition has been counted.

    Days that retention has reached stay as they are. The caller holds the organisation's storing lock alone.
    """
    current = Organisation.objects.get(pk=organisation.pk)
    whole = whole_from(organisation=current, state=state_of(organisation_id=current.pk))
    days = [day for day in days if day >= whole]
    delete_days(organisation_id=current.pk, days=days)
    for first, last in _runs_of(days):
        for rules, span in _Definitions.load().parts():
            within = EventSpan(
                day_before=span.day_before,
                since=midnight(day=first, zone=current.zone),
                to=midnight(day=last + timedelta(days=1), zone=current.zone),
            )
            days_of = count_events(organisation_id=current.pk, zone=current.zone, rules=rules, span=within)
            add_open(organisation_id=current.pk, days=days_of)


def add_open(*, organisation_id: int, days: Mapping[date, DayRows]) -> None:
    """Add the rows of some days to what is open; each customer and definition stands in a day once."""
    rows = [
        (day, *row)
        for day, found in days.items()
        for row in zip(
            found.numbers.tolist(),
            found.definitions.tolist(),
            found.occurrences.tolist(),
            found.values.tolist(),
            strict=True,
        )
    ]
    _write(organisation_id, rows)


def _write(organisation_id: int, rows: Sequence[tuple[date, int, int, int, int]]) -> None:
    for start in range(0, len(rows), _WRITE_AT_ONCE):
        days, customers, definitions, occurrences, values = zip(*rows[start : start + _WRITE_AT_ONCE], strict=True)
        queries.run(
            "add_activity",
            organisation_id=organisation_id,
            days=date_array(days),
            customers=integer_array(customers),
            definitions=integer_array(definitions),
            occurrences=integer_array(occurrences),
            values=integer_array(values),
        )


def _runs_of(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days as runs of consecutive ones, both ends included."""
    ordered = sorted(set(days))
    if not ordered:
        return
    first = previous = ordered[0]
    for day in ordered[1:]:
        if day - previous > timedelta(days=1):
            yield first, previous
            first = day
        previous = day
    yield first, previous
