"""What the tests of configuration share: customers, stored events, a weight set in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from engagement.ingest.models import Customer, Event
from engagement.ingest.signals import StoredEvent, events_stored
from engagement.scoring import services
from engagement.scoring.activity_blocks import unpack_day
from engagement.scoring.models import ActivityBlock, ActivityOpen
from engagement.scoring.types import DraftChange, WeightChange, WeightSetView
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW

YESTERDAY = date(2026, 3, 1)
ROOT_SOURCE = UUID(int=7)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def add_customers(organisation: Organisation, traits: Mapping[int, Mapping[str, Any]], **fields: Any) -> None:
    """Customers by number with their traits."""
    with organisation_scope(organisation.id):
        Customer.objects.bulk_create(
            Customer(
                organisation=organisation,
                number=number,
                external_id=f"c{number}",
                traits=dict(known),
                created_at=NOW,
                updated_at=NOW,
                **fields,
            )
            for number, known in traits.items()
        )


def stored(
    customer: int,
    name: str,
    *,
    at: datetime,
    message_id: str,
    properties: Mapping[str, object] | None = None,
    occurrences: int = 1,
) -> StoredEvent:
    return StoredEvent(
        customer_number=customer,
        occurred_at=at,
        day=at.astimezone(UTC).date(),
        name=name,
        properties=dict(properties or {}),
        occurrences=occurrences,
        message_id=message_id,
    )


def store(organisation: Organisation, events: Iterable[StoredEvent], *, tell: bool = True) -> None:
    """Put events into the table, and tell who listens in the same transaction, as ingest does."""
    told = tuple(events)
    with organisation_scope(organisation.id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(7316, %s::int)", [organisation.id])
        Event.objects.bulk_create(
            Event(
                organisation=organisation,
                customer_number=event.customer_number,
                occurred_at=event.occurred_at,
                received_at=NOW,
                occurrences=event.occurrences,
                day=event.day,
                source_id=ROOT_SOURCE,
                from_file=False,
                message_id=event.message_id,
                name=event.name,
                properties=event.properties,
            )
            for event in told
        )
        if tell:
            events_stored.send(sender=Event, organisation=organisation, events=told)


Activity = dict[tuple[date, int, int], tuple[int, int]]  # (day, customer, definition) → (occurrences, value)


def activity(organisation: Organisation) -> Activity:
    """Everything there is, packed or not."""
    found = dict(packed_activity(organisation))
    for key, (times, value) in open_activity(organisation).items():
        before = found.get(key, (0, 0))
        found[key] = (before[0] + times, before[1] + value)
    return found


def open_activity(organisation: Organisation) -> Activity:
    """What is not packed."""
    with organisation_scope(organisation.id, write=False):
        rows = ActivityOpen.objects.values_list("day", "customer_number", "definition", "occurrences", "value")
        return {(day, number, definition): (times, value) for day, number, definition, times, value in rows}


def packed_activity(organisation: Organisation) -> Activity:
    """What is."""
    found: Activity = {}
    with organisation_scope(organisation.id, write=False):
        for block in ActivityBlock.objects.all():
            rows = unpack_day(bytes(block.packed), chunk=block.chunk)
            columns = (rows.numbers, rows.definitions, rows.occurrences, rows.values)
            for number, definition, times, value in zip(*(column.tolist() for column in columns), strict=True):
                found[block.day, number, definition] = (times, value)
    return found


def story(organisation: Organisation) -> None:
    """40 young and 60 older customers: ten young × (5 visits, 1 social, 1 purchase), twenty older × 1 purchase."""
    young = {number: {"age": "young"} for number in range(1, 41)}
    older = {number: {"age": "older"} for number in range(41, 101)}
    add_customers(organisation, {**young, **older})
    names = ["visit"] * 5 + ["social", "purchase"]
    done = [(number, name, at) for number in range(1, 11) for at, name in enumerate(names)]
    done += [(number, "purchase", 0) for number in range(41, 61)]
    day = noon(YESTERDAY - timedelta(days=3))
    store(organisation, [stored(number, name, at=day, message_id=f"{number}-{name}-{at}") for number, name, at in done])


def kept(organisation: Organisation, *, user: User | None = None, **changes: Any) -> WeightSetView:
    """A draft with weights 1/5/10 and whatever is said otherwise."""
    weights = {key: WeightChange(Decimal(n)) for key, n in {"visit": 1, "social": 5, "purchase": 10}.items()}
    said: dict[str, Any] = {
        "weights": weights,
        "window_days": 90,
        "half_life_days": None,
        "full_points": Decimal(10),
        "full_points_from": "own",
        **changes,
    }
    with organisation_scope(organisation.id):
        return services.change_draft(organisation=organisation, change=DraftChange(**said), user=user, now=NOW)


def published(organisation: Organisation, *, user: User | None = None, **changes: Any) -> WeightSetView:
    """The same, in force."""
    draft = kept(organisation, user=user, **changes)
    with organisation_scope(organisation.id):
        return services.publish(
            organisation=organisation, user=user, note="First weights", changed_at=draft.changed_at, now=NOW
        )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
