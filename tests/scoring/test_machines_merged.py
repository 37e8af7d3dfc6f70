"""Machine rules look at people: a visitor and who they turned out to be are one, until they are taken apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.ingest.models import Customer
from engagement.ingest.services import merge_again, undo_merge
from engagement.ingest.signals import StoredEvent
from engagement.scoring import queries
from engagement.scoring.models import ActionDefinition
from engagement.scoring.selectors.machines import machines
from engagement.scoring.services import labelling
from engagement.scoring.services.actions import create_action
from engagement.scoring.services.machines import leave_machines_out
from engagement.scoring.services.roll_up import roll_up_waiting
from engagement.scoring.services.verifying import verify_activity
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, make_client
from tests.ingest.conftest import broker  # noqa: F401  fixture
from tests.ingest.sending import customer, identify, rows, send, track
from tests.scoring.config import activity, add_customers, store, stored
from tests.scoring.machines_world import BOT, BURST, OPENED, SENT, SOON, START, expected, in_force, label_now, labels

pytestmark = pytest.mark.usefixtures("broker")

ALL: list[dict[str, Any]] = [{**SOON, "same": ""}, BURST, BOT]
_VISITOR: dict[str, Any] = {"userId": None, "anonymousId": "visitor"}


def viewed(number: int, seconds: int, **who: Any) -> dict[str, Any]:
    at = f"2026-03-01T10:00:{seconds:02}Z"
    return track(1, **{"event": "Viewed", "timestamp": at, "messageId": f"v{number}", **who})


def counted(organisation: Organisation) -> int:
    """What the newest definition of the action has counted, of everybody."""
    with organisation_scope(organisation.pk, write=False):
        newest = ActionDefinition.objects.filter(action__key="views").order_by("-number")[0].number
    return sum(times for (_day, _who, number), (times, _value) in activity(organisation).items() if number == newest)


def test_a_merged_visitor_is_looked_at_with_the_customer_and_apart_after_they_are_taken_apart(world: World) -> None:
    ours = world.ours
    with organisation_scope(ours.pk):
        rule = {"event_names": ["Viewed"]}
        create_action(organisation=ours, name="Views", key="views", channel="website", rule=rule, user=None, now=NOW)
    send(ours, viewed(1, 0, **_VISITOR), viewed(2, 1, **_VISITOR), viewed(3, 2), viewed(4, 3))
    made = in_force(ours, BURST)  # more than three within ten seconds: neither has them alone
    with organisation_scope(ours.pk):
        leave_machines_out(organisation=ours, number=made.number, note="Bots", user=None, now=NOW)
    roll_up_waiting(organisation_id=ours.pk, now=NOW)
    assert (labels(ours, made.number), counted(ours)) == ({}, 4)
    send(ours, identify("c1", anonymousId="visitor"))
    label_now(ours)
    assert (labels(ours, made.number), counted(ours)) == ({f"v{n}": {0} for n in range(1, 5)}, 0)
    with organisation_scope(ours.pk, write=False):
        (line,) = machines(organisation=ours, now=NOW).current.rules  # type: ignore[union-attr]
    assert (line.events, line.customers) == (4, 1)
    pair = {
        "number": customer(ours, "visitor", identified=False).number,
        "target": customer(ours, "c1").number,
    }
    acts: list[tuple[Callable[..., None], dict[str, set[int]], int]] = [
        (undo_merge, {}, 4),
        (merge_again, {f"v{n}": {0} for n in range(1, 5)}, 0),
    ]
    for act, labelled, left in acts:
        with organisation_scope(ours.pk):
            act(organisation=ours, **pair, reason="A shared tablet", user=world.consultant, now=NOW)
        label_now(ours)
        assert (labels(ours, made.number), counted(ours)) == (labelled, left)
    send(ours, viewed(5, 4, **_VISITOR))  # the visitor goes on, and is the customer already
    label_now(ours)
    assert (set(labels(ours, made.number)), counted(ours)) == ({f"v{n}" for n in range(1, 6)}, 0)
    assert verify_activity(organisation_id=ours.pk, now=NOW).is_right
    assert {"customer.taken_apart", "customer.merged_again"} <= set(rows(ours, AuditEntry, "act"))


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[list[StoredEvent], int | None]]:
    """Batches of events of two customers and a visitor round a midnight, and whom the visitor is merged into then."""
    number, found = 0, []
    for _batch in range(draw(st.integers(1, 4))):
        batch = []
        for _event in range(draw(st.integers(0, 6))):
            number += 1
            moment = START + timedelta(seconds=draw(st.sampled_from([0, 1, 5, 10, 11, 20, 21, 25, 86_400])))
            name = draw(st.sampled_from([SENT, OPENED, "Viewed", "Viewed"]))
            batch.append(stored(draw(st.integers(1, 3)), name, at=moment, message_id=f"m{number}"))
        found.append((batch, draw(st.sampled_from([None, 1, 2]))))
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stories())
def test_labels_follow_who_is_whom_whatever_comes_when(
    world: World, story: Sequence[tuple[list[StoredEvent], int | None]]
) -> None:
    ours = make_client(world.firm, "Merged")
    add_customers(ours, {1: {}, 2: {}})
    add_customers(ours, {3: {}}, identified=False)
    made, told = in_force(ours, *ALL), []
    for batch, target in story:
        store(ours, batch)
        told += batch
        with organisation_scope(ours.pk):
            Customer.objects.filter(number=3).update(merged_into=target)
        label_now(ours)
        merged = {} if target is None else {3: target}
        assert labels(ours, made.number) == expected(told, ALL, merged)


def test_who_is_merged_while_a_day_is_labelled_makes_it_one_to_look_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = world.ours
    add_customers(ours, {1: {}})
    add_customers(ours, {3: {}}, identified=False)
    store(ours, [stored(who, "Viewed", at=START, message_id=f"m{n}") for n, who in enumerate([1, 1, 3, 3])])
    fetch = queries.fetch
    seen: list[str] = []

    def fetched(name: str, **bound: Any) -> Any:
        found = fetch(name, **bound)
        seen.append(name)
        if name == "labels_of_day" and seen.count(name) == 2:  # the labels are written
            Customer.objects.filter(number=3).update(merged_into=1)
        return found

    monkeypatch.setattr(queries, "fetch", fetched)
    made = in_force(ours, BURST)
    monkeypatch.setattr(queries, "fetch", fetch)
    assert labels(ours, made.number) == {}
    label_now(ours)
    assert set(labels(ours, made.number)) == {"m0", "m1", "m2", "m3"}


def test_a_visitor_merged_into_one_and_then_straight_into_another_is_looked_at_each_time(world: World) -> None:
    """Not taken apart in between: the events are the same, and so is that their visitor is merged."""
    ours = world.ours
    add_customers(ours, {1: {}, 2: {}})
    add_customers(ours, {3: {}}, identified=False)
    store(ours, [stored(who, "Viewed", at=START, message_id=f"m{n}") for n, who in enumerate([1, 1, 3, 3])])
    made, found = in_force(ours, BURST), []
    for target in (1, 2, 1):
        with organisation_scope(ours.pk):
            Customer.objects.filter(number=3).update(merged_into=target)
        label_now(ours)
        found.append(len(labels(ours, made.number)))
    assert found == [4, 0, 4]


def test_rules_that_ask_for_no_person_look_at_nothing_again(world: World) -> None:
    ours = world.ours
    add_customers(ours, {1: {}})
    add_customers(ours, {3: {}}, identified=False)
    store(ours, [stored(3, "Any", at=START, message_id="m1", properties={"agent": "xbot"})])
    made = in_force(ours, BOT)
    with organisation_scope(ours.pk):
        Customer.objects.filter(number=3).update(merged_into=1)
        assert labelling._stale_days(ours.pk, made) == set()
    assert set(labels(ours, made.number)) == {"m1"}
