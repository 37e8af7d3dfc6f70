"""What other families tell of a customer, stored: once and for ever, beside an event, and of somebody erased."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from engagement.ingest.models import Customer, Event, IngestBatch, RejectedEvent
from engagement.ingest.services import ask_erasure, process_erasure
from engagement.ingest.services.storing import Counts
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.sending import customer, identify, rows, send, work


def keep(world: World, kind: str, *messages: Any) -> UUID:
    with organisation_scope(world.ours.pk):
        raw = json.dumps({"batch": messages, "sentAt": None}).encode()
        batch = IngestBatch.objects.create(organisation=world.ours, kind=kind, raw=raw, received_at=NOW)
    return UUID(str(batch.pk))


def sent(world: World, kind: str, *messages: Any) -> Counts:
    counts = work(world.ours, keep(world, kind, *messages))
    assert counts is not None
    return counts


def posthog(name: str, uuid: str, **properties: Any) -> dict[str, Any]:
    return {"event": name, "distinct_id": "c1", "uuid": uuid, "timestamp": "2026-03-01T10:00:00Z",
            "properties": properties}  # fmt: skip


def test_what_is_told_once_never_changes_what_is_known(world: World) -> None:
    send(world.ours, identify("c1", {"plan": "pro"}, timestamp="2026-02-01T00:00:00Z"))
    sent(world, "posthog", posthog("$set", "u1", **{"$set_once": {"plan": "free", "first": "a"}, "$set": {"x": 1}}))
    assert customer(world.ours, "c1").traits == {"plan": "pro", "first": "a", "x": 1}
    sent(world, "posthog", posthog("$set", "u2", **{"$set_once": {"first": "b", "second": "c"}}))
    assert customer(world.ours, "c1").traits == {"plan": "pro", "first": "a", "x": 1, "second": "c"}


def test_of_two_that_are_told_once_in_one_request_the_first_counts(world: World) -> None:
    sent(
        world,
        "mixpanel_engage",
        {"$distinct_id": "c1", "$set_once": {"first": "a"}},
        {"$distinct_id": "c1", "$set_once": {"first": "b"}},
        {"$distinct_id": "c1", "$set": {"plan": "pro"}},
    )
    assert customer(world.ours, "c1").traits == {"first": "a", "plan": "pro"}


def test_what_comes_beside_an_event_is_not_counted_again(world: World) -> None:
    event = posthog("Visit", "u1", **{"$set": {"plan": "pro"}, "$set_once": {"first": "a"}, "$groups": {"team": 7}})
    assert sent(world, "posthog", event) == Counts(stored=1)
    assert sent(world, "posthog", event) == Counts(duplicates=1)
    assert customer(world.ours, "c1").traits == {"plan": "pro", "first": "a", "group_team": 7}


def test_of_somebody_erased_event_and_traits_are_refused_once(world: World) -> None:
    send(world.ours, identify("c1"))
    with organisation_scope(world.ours.pk):
        number = Customer.objects.get(external_id="c1").number
        asked = ask_erasure(organisation=world.ours, number=number, reason="asked by mail", user=world.admin, now=NOW)
    assert process_erasure(organisation_id=world.ours.pk, erasure_id=asked.pk, now=NOW)
    event = posthog("Visit", "u1", **{"$set": {"plan": "pro"}, "$set_once": {"first": "a"}})
    assert sent(world, "posthog", event) == Counts(rejected=1)
    assert rows(world.ours, RejectedEvent, "code", "original") == [("erased", b"")]
    assert (rows(world.ours, Event, "message_id"), rows(world.ours, Customer, "external_id")) == ([], [])
