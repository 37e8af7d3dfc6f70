"""Activity: how often each customer did each action on each local day, kept current as events are stored.

Two ways lead to the same rows: what is stored is added at once to every definition that has been counted already, and
a definition that has not is counted from all stored events. Both use the same matcher and the same calendar. Storing
shares a lock that counting takes alone, so no event is missed and none is counted twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from engagement.errors import NotFoundError
from engagement.ingest.models import Event
from engagement.ingest.signals import StoredEvent
from engagement.scoring import queries
from engagement.scoring.matching import ActionRule, Matcher, parse_action_rule
from engagement.scoring.models import ActionDefinition
from engagement.scoring.services.packing import delete_days, delete_definitions
from tenants.models import Organisation
from tenants.scope import organisation_scope

_READ_AT_ONCE: Final = 5_000
_WRITE_AT_ONCE: Final = 50_000  # rows; bounds the memory of counting, however many events there are

Rules = Mapping[int, ActionRule]  # by the definition's number


class _Tally:
    """Occurrences and values by local day, customer and definition, on their way into the table."""

    def __init__(self, *, organisation_id: int, zone: ZoneInfo, rules: Rules) -> None:
        self._organisation_id = organisation_id
        self._zone = zone
        self._matcher = Matcher(rules)
        self._rows: dict[tuple[date, int, int], list[int]] = {}

    def add(
        self, *, customer: int, occurred_at: datetime, name: str, properties: Mapping[str, object], occurrences: int
    ) -> None:
        matches = self._matcher.match(name=name, properties=properties, occurrences=occurrences).matches
        if not matches:
            return
        day = occurred_at.astimezone(self._zone).date()
        for match in matches:
            row = self._rows.setdefault((day, customer, match.key), [0, 0])
            row[0] += match.occurrences
            row[1] += match.value
        if len(self._rows) >= _WRITE_AT_ONCE:
            self.write()

    def write(self) -> None:
        """Add what has come together to the table."""
        if not self._rows:
            return
        days, customers, definitions = zip(*self._rows, strict=True)
        occurrences, values = zip(*self._rows.values(), strict=True)
        queries.run(
            "add_activity",
            organisation_id=self._organisation_id,
            days=list(days),
            customers=list(customers),
            definitions=list(definitions),
            occurrences=list(occurrences),
            values=list(values),
        )
        self._rows.clear()


def count_stored(*, organisation: Organisation, events: Sequence[StoredEvent]) -> None:
    """Add events that have just been stored, in the transaction that stores them.

    Definitions that have not been counted yet are left alone: counting them will read these events too.
    """
    tally = _Tally(organisation_id=organisation.pk, zone=organisation.zone, rules=_counted_rules())
    for event in events:
        tally.add(
            customer=event.customer_number,
            occurred_at=event.occurred_at,
            name=event.name,
            properties=event.properties,
            occurrences=event.occurrences,
        )
    tally.write()


def recount_days(*, organisation: Organisation, days: Collection[date]) -> None:
    """Count some local days anew from the events that are stored now, for every definition counted already.

    The caller holds the organisation's storing lock alone.
    """
    if not days:
        return
    delete_days(organisation_id=organisation.pk, days=days)
    for first, last in _spans(days):
        _count(organisation=organisation, rules=_counted_rules(), first=first, last=last)


def roll_up_definition(*, organisation_id: int, definition_id: UUID, now: datetime) -> None:
    """Count all stored events under one definition, in one transaction; doing it again changes nothing.

    Raises NotFoundError for an unknown definition.
    """
    with organisation_scope(organisation_id):
        queries.fetch("lock_counting", organisation_id=organisation_id)
        definition = ActionDefinition.objects.filter(pk=definition_id).first()
        if definition is None:
            raise NotFoundError
        _count_anew(organisation_id=organisation_id, definitions=[definition], now=now)


def rebuild_activity(*, organisation_id: int, now: datetime) -> None:
    """Count all stored events under every definition, in one transaction: after a change of the time zone, say."""
    with organisation_scope(organisation_id):
        queries.fetch("lock_counting", organisation_id=organisation_id)
        _count_anew(organisation_id=organisation_id, definitions=list(ActionDefinition.objects.all()), now=now)


def _count_anew(*, organisation_id: int, definitions: Sequence[ActionDefinition], now: datetime) -> None:
    numbers = [definition.number for definition in definitions]
    delete_definitions(organisation_id=organisation_id, definitions=numbers, now=now)
    rules = {definition.number: parse_action_rule(definition.rule) for definition in definitions}
    _count(organisation=Organisation.objects.get(pk=organisation_id), rules=rules)
    ActionDefinition.objects.filter(number__in=numbers).update(rolled_up_at=now)


def _counted_rules() -> Rules:
    counted = ActionDefinition.objects.filter(rolled_up_at__isnull=False).values_list("number", "rule")
    return {number: parse_action_rule(rule) for number, rule in counted}


def _count(*, organisation: Organisation, rules: Rules, first: date | None = None, last: date | None = None) -> None:
    """Add the stored events of the local days [first, last], by default of all days, under the given definitions."""
    tally = _Tally(organisation_id=organisation.pk, zone=organisation.zone, rules=rules)
    for customer, occurred_at, name, properties, occurrences in _stored_events(organisation, rules, first, last):
        tally.add(customer=customer, occurred_at=occurred_at, name=name, properties=properties, occurrences=occurrences)
    tally.write()


def _stored_events(
    organisation: Organisation, rules: Rules, first: date | None, last: date | None
) -> Iterator[tuple[int, datetime, str, Mapping[str, object], int]]:
    """Events with a name that some rule knows, through a server-side cursor."""
    names = sorted({name for rule in rules.values() for name in rule.event_names})
    events = Event.objects.filter(organisation=organisation, name__in=names)
    if first is not None and last is not None:
        # By the instant, not by the partition's day: the sender's own day may be another than the local one.
        events = events.filter(
            occurred_at__gte=_midnight(first, organisation.zone),
            occurred_at__lt=_midnight(last + timedelta(days=1), organisation.zone),
        )
    rows = events.values_list("customer_number", "occurred_at", "name", "properties", "occurrences")
    yield from rows.iterator(chunk_size=_READ_AT_ONCE)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins; where midnight is skipped, the instant the clock jumps."""
    return datetime.combine(day, time.min, tzinfo=zone)


def _spans(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days as spans of consecutive ones, both ends included."""
    ordered = sorted(set(days))
    first = previous = ordered[0]
    for day in ordered[1:]:
        if day - previous > timedelta(days=1):
            yield first, previous
            first = day
        previous = day
    yield first, previous
