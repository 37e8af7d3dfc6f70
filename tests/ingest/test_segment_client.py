"""The official client library, unmodified, over a real socket: every event is stored exactly once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from segment.analytics.client import Client as SegmentClient

from engagement.ingest.models import Customer, Event, IngestBatch
from engagement.ingest.services import process_in_turn
from tests.conftest import build_world
from tests.ingest.conftest import Broker
from tests.ingest.sending import customer, message_ids, one, rows, write_key

EVENTS = 500


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("gzip", [False, True])
def test_every_event_of_the_library_is_stored_exactly_once(live_server: Any, broker: Broker, gzip: bool) -> None:
    world = build_world()
    failures: list[Any] = []
    library = SegmentClient(
        write_key(world.ours), host=live_server.url, gzip=gzip, on_error=lambda error, _: failures.append(error)
    )
    sent = []
    for number in range(EVENTS):
        _, message = library.track(f"c{number % 50}", "Order Completed", {"number": number})
        sent.append(message["messageId"])
    library.identify("c1", {"email": "Ada@X.org", "plan": "pro"})
    library.flush()
    library.join()
    batches = rows(world.ours, IngestBatch, "id")
    assert failures == []
    assert 1 <= len(broker.sent) <= len(batches)  # what waits of an organisation shares a message
    while broker.sent:  # those among them that a worker sends for what it leaves
        name, (organisation_id, batch_id) = broker.sent.pop(0)
        assert (name, organisation_id) == ("ingest.batch", world.ours.pk)
        process_in_turn(organisation_id=organisation_id, batch_id=UUID(batch_id), clock=lambda: datetime.now(UTC))
    counts = {name: sum(rows(world.ours, IngestBatch, name)) for name in ("stored", "duplicates", "rejected")}
    assert counts == {"stored": EVENTS + 1, "duplicates": 0, "rejected": 0}
    assert message_ids(world.ours) == sorted(sent)
    numbers = [properties["number"] for properties in rows(world.ours, Event, "properties")]
    assert sorted(numbers) == list(range(EVENTS))
    assert len(rows(world.ours, Customer, "number")) == 50
    assert customer(world.ours, "c1").email_normalised == "ada@x.org"
    assert rows(world.other, Event, "message_id") == []
    assert {one(world.ours, IngestBatch, batch).state for batch in batches} == {"done"}


@pytest.mark.django_db(transaction=True)
def test_the_library_is_told_plainly_that_its_key_is_unknown(live_server: Any, broker: Broker) -> None:
    world = build_world()
    failures: list[Any] = []
    library = SegmentClient("rpw_unknown", host=live_server.url, on_error=lambda error, _: failures.append(error))
    library.track("c1", "Order Completed")
    library.flush()
    library.join()
    assert [(error.status, error.code) for error in failures] == [(401, "not_authenticated")]
    assert (rows(world.ours, IngestBatch, "id"), broker.sent) == ([], [])
