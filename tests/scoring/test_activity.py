"""Activity is the same whichever way it came about: added as events were stored, or counted from them."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection, transaction

from engagement.errors import NotFoundError
from engagement.ingest.models import Event
from engagement.ingest.signals import StoredEvent, days_replaced, events_stored
from engagement.scoring import queries, services
from engagement.scoring.models import ActionDefinition
from engagement.scoring.services import activity as module
from engagement.scoring.services import counting, roll_up
from tenants.models import Organisation
from tenants.scope import organisation_scope, tenant
from tests.conftest import NOW, World, build_world, make_client
from tests.scoring.config import activity, noon, open_activity, store, stored

VISIT, SOCIAL, PURCHASE, EMAIL = 1, 2, 3, 4  # the numbers of the default definitions
REVENUE = {
    "event_names": ["Order Completed"],
    "conditions": [{"property": "status", "op": "is", "value": "paid"}],
    "measure": "sum",
    "value_property": "total",
    "value_scale": 2,
    "currency": "EUR",
}


def _random_events(seed: int, n: int) -> list[StoredEvent]:
    source = random.Random(seed)
    names = ["visit", "Page Viewed", "social_interaction", "Order Completed", "nobody counts this"]
    return [
        stored(
            source.randint(1, 9),
            source.choice(names),
            at=datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=source.randint(0, 60 * 24 * 20)),
            message_id=f"{seed}-{at}",
            properties={
                "total": source.choice([12.5, "7.25", "much", None]),
                "status": source.choice(["paid", "open"]),
                "currency": source.choice(["EUR", "USD", ""]),
            },
            occurrences=source.choice([1, 1, 1, 3]),
        )
        for at in range(n)
    ]


def _rebuild(organisation: Organisation) -> None:
    services.rebuild_activity(organisation_id=organisation.id, now=NOW)


def _with_revenue(organisation: Organisation) -> int:
    with organisation_scope(organisation.id):
        key = services.create_action(
            organisation=organisation, name="Revenue", channel="purchase", rule=REVENUE, user=None, now=NOW
        )
        definition = ActionDefinition.objects.get(action__key=key)
    services.roll_up_definition(organisation_id=organisation.id, definition_id=definition.pk, now=NOW)
    return definition.number


@pytest.mark.parametrize("seed", range(4))
def test_added_as_stored_equals_counted_from_the_events(world: World, seed: int) -> None:
    organisation = make_client(world.firm, f"Random {seed}", time_zone="America/New_York")
    revenue = _with_revenue(organisation)
    events = _random_events(seed, 160)
    for start in range(0, len(events), 37):
        store(organisation, events[start : start + 37])
    added = activity(organisation)
    _rebuild(organisation)
    assert activity(organisation) == added
    assert added == _plainly(events, organisation, revenue)


def _plainly(
    events: list[StoredEvent], organisation: Organisation, revenue: int
) -> dict[tuple[date, int, int], tuple[int, int]]:
    """The same, written out without the matcher."""
    found: dict[tuple[date, int, int], list[int]] = defaultdict(lambda: [0, 0])
    by_name = {"visit": VISIT, "Page Viewed": VISIT, "social_interaction": SOCIAL, "Order Completed": PURCHASE}
    for event in events:
        day = event.occurred_at.astimezone(organisation.zone).date()
        if event.name in by_name:
            found[day, event.customer_number, by_name[event.name]][0] += event.occurrences
        of_revenue = event.name == "Order Completed" and event.properties["status"] == "paid"
        if of_revenue and event.properties["currency"] != "USD":
            row = found[day, event.customer_number, revenue]
            row[0] += event.occurrences
            row[1] += {12.5: 1250, "7.25": 725}.get(event.properties["total"], 0)
    return {key: (times, value) for key, (times, value) in found.items()}


def test_a_day_is_the_organisations_own(world: World) -> None:
    new_york = make_client(world.firm, "New York", time_zone="America/New_York")
    moments = {
        "before": datetime(2026, 3, 1, 4, 59, 59, tzinfo=UTC),  # 23:59:59 of 28 February in New York
        "after": datetime(2026, 3, 1, 5, 0, tzinfo=UTC),
        "summer": datetime(2026, 7, 1, 4, 0, tzinfo=UTC),  # midnight in summer time
    }
    for organisation in (new_york, world.ours):
        store(organisation, [stored(1, "visit", at=at, message_id=name) for name, at in moments.items()])
    assert activity(new_york) == {
        (date(2026, 2, 28), 1, VISIT): (1, 0),
        (date(2026, 3, 1), 1, VISIT): (1, 0),
        (date(2026, 7, 1), 1, VISIT): (1, 0),
    }
    assert activity(world.ours) == {(date(2026, 3, 1), 1, VISIT): (2, 0), (date(2026, 7, 1), 1, VISIT): (1, 0)}


def test_values_are_added_up_in_minor_units(world: World) -> None:
    revenue = _with_revenue(world.ours)
    at = noon(date(2026, 2, 10))
    paid = {"status": "paid", "currency": "EUR"}
    store(
        world.ours,
        [
            stored(1, "Order Completed", at=at, message_id="a", properties={**paid, "total": 10.005}),
            stored(1, "Order Completed", at=at, message_id="b", properties={**paid, "total": "-2"}),
            stored(1, "Order Completed", at=at, message_id="c", properties={**paid, "total": 5, "currency": "USD"}),
        ],
    )
    assert activity(world.ours) == {(at.date(), 1, PURCHASE): (3, 0), (at.date(), 1, revenue): (2, 801)}


def test_a_definition_that_is_not_counted_yet_is_left_to_its_counting(world: World) -> None:
    at = noon(date(2026, 2, 10))
    with organisation_scope(world.ours.id):
        services.change_action(
            organisation=world.ours, key="visit", rule={"event_names": ["Looked"]}, user=None, now=NOW
        )
        definition = ActionDefinition.objects.get(number=5)
    store(world.ours, [stored(1, "Looked", at=at, message_id="a"), stored(1, "visit", at=at, message_id="b")])
    assert activity(world.ours) == {(at.date(), 1, VISIT): (1, 0)}
    for _ in range(2):  # again changes nothing
        services.roll_up_definition(organisation_id=world.ours.id, definition_id=definition.pk, now=NOW)
        assert activity(world.ours) == {(at.date(), 1, VISIT): (1, 0), (at.date(), 1, 5): (1, 0)}
    store(world.ours, [stored(1, "Looked", at=at, message_id="c")])
    assert activity(world.ours)[at.date(), 1, 5] == (2, 0)


def test_replaced_days_are_counted_anew_and_no_others(world: World) -> None:
    days = [date(2026, 2, 10), date(2026, 2, 11), date(2026, 2, 14)]
    store(world.ours, [stored(1, "visit", at=noon(day), message_id=str(day)) for day in days])
    with organisation_scope(world.ours.id):
        Event.objects.filter(message_id__in=["2026-02-10", "2026-02-11"]).delete()
        Event.objects.create(
            organisation=world.ours, customer_number=2, occurred_at=noon(days[0]), received_at=NOW, occurrences=4,
            day=days[0], source_id=uuid4(), from_file=True, message_id="new", name="visit", properties={},
        )  # fmt: skip
        days_replaced.send(sender=Event, organisation=world.ours, days=(days[0], days[2]))
    assert activity(world.ours) == {
        (days[0], 2, VISIT): (4, 0),
        (days[1], 1, VISIT): (1, 0),  # not named, so not looked at
        (days[2], 1, VISIT): (1, 0),
    }


def test_nothing_of_another_organisation_is_counted(world: World) -> None:
    at = noon(date(2026, 2, 10))
    store(world.other, [stored(1, "visit", at=at, message_id="theirs")])
    store(world.ours, [stored(1, "visit", at=at, message_id="ours")])
    _rebuild(world.ours)
    assert activity(world.ours) == {(at.date(), 1, VISIT): (1, 0)}
    assert activity(world.other) == {(at.date(), 1, VISIT): (1, 0)}
    with tenant(read=[world.other.id], write=world.other.id):
        foreign = ActionDefinition.objects.get(number=VISIT)
    with pytest.raises(NotFoundError):
        services.roll_up_definition(organisation_id=world.ours.id, definition_id=foreign.pk, now=NOW)


def test_many_rows_are_written_in_parts_and_add_up(world: World) -> None:
    events = _random_events(11, 120)
    store(world.ours, events)
    at_once = activity(world.ours)
    _with_revenue(world.ours)
    whole = activity(world.ours)
    assert {key: row for key, row in whole.items() if key[2] <= EMAIL} == at_once
    with (
        patch.object(module, "_WRITE_AT_ONCE", 3),
        patch.object(counting, "_HELD_AT_ONCE", 10),
        patch.object(counting, "_READ_AT_ONCE", 7),
        patch.object(queries, "_COPIED_AT_ONCE", 100),
        organisation_scope(world.ours.id),
    ):
        Organisation.objects.filter(pk=world.ours.id).update(late_days=60)  # so that rows are written
        _rebuild(world.ours)
    assert activity(world.ours) == whole
    assert open_activity(world.ours) == whole


@pytest.mark.django_db(transaction=True)
def test_events_stored_and_not_kept_are_not_counted() -> None:
    world = build_world()
    event = stored(1, "visit", at=noon(date(2026, 2, 10)), message_id="a")
    with organisation_scope(world.ours.id):
        events_stored.send(sender=Event, organisation=world.ours, events=(event,))
        transaction.set_rollback(True)  # the batch failed
    assert activity(world.ours) == {}


@pytest.mark.django_db(transaction=True)
def test_counting_waits_for_storing() -> None:
    """While events are being stored, a definition cannot be counted: it would miss them."""
    world = build_world()
    other = connection.copy()
    try:
        with organisation_scope(world.ours.id):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock_shared(7316, %s::int)", [world.ours.id])
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock_shared(7316, %s::int)", [world.ours.id])
                assert cursor.fetchone() == (True,)
                cursor.execute("SELECT pg_try_advisory_lock(7316, %s::int)", [world.ours.id])
                assert cursor.fetchone() == (False,)
                cursor.execute("SELECT pg_advisory_unlock_all()")
        look = patch.object(roll_up, "_count", side_effect=lambda **_: _assert_alone(other, world.ours.id))
        with look as looked:
            _rebuild(world.ours)
        looked.assert_called_once()
    finally:
        other.close()


def _assert_alone(other: Any, organisation_id: int) -> None:
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock_shared(7316, %s::int)", [organisation_id])
        assert cursor.fetchone() == (False,)
