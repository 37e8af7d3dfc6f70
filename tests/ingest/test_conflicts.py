"""The same id with other content on the same day is a duplicate, the first counts, and it is told as a conflict."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.ingest.models import Event, IngestBatch
from engagement.ingest.services.storing import Counts
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.sending import LATER, counts_of, keep, one, rows, send, take, track, work

OTHER = (
    {"userId": "somebody else"},
    {"event": "Order Refunded"},
    {"properties": {"total": 2}},
    {"properties": {"total": 1, "more": None}},
    {"properties": {"total": True}},  # not the number 1
    {"properties": {"total": "1"}},
    {"userId": None, "anonymousId": "c1"},  # the visitor c1 is not the customer c1
)


@pytest.mark.parametrize("other", OTHER, ids=json.dumps)
def test_other_content_is_a_duplicate_that_counts_as_a_conflict(world: World, other: dict[str, Any]) -> None:
    send(world.ours, track(1))
    assert send(world.ours, track(1, **other)) == Counts(duplicates=1, conflicts=1)
    assert rows(world.ours, Event, "name", "properties") == [("Order Completed", {"total": 1})]  # the first stays


@pytest.mark.parametrize("other", OTHER, ids=json.dumps)
def test_and_so_it_is_within_one_request(world: World, other: dict[str, Any]) -> None:
    assert send(world.ours, track(1), track(1, **other), track(1)) == Counts(stored=1, duplicates=2, conflicts=1)


def test_a_retry_is_no_conflict_however_it_is_written(world: World) -> None:
    properties = {"a": 1, "b": [1.5, {"c": "ü", "d": None}], "e": 0, "f": 10**15}
    spelled = '{"f": 1.0e15, "e": -0.0, "b": [1.50, {"d": null, "c": "\\u00fc"}], "a": 1.0}'
    send(world.ours, track(1, properties=properties))
    with organisation_scope(world.ours.pk):
        body = json.dumps({"batch": [track(1, properties="HERE")]}).replace('"HERE"', spelled)
        batch = IngestBatch.objects.create(
            organisation=world.ours, kind="batch", raw=body.encode(), received_at=NOW
        )  # fmt: skip
    assert work(world.ours, UUID(str(batch.pk))) == Counts(duplicates=1)


def test_a_retry_whose_time_was_corrected_otherwise_is_no_conflict(world: World) -> None:
    """The instant follows from when it was sent, which a retry changes: it is no part of what is compared."""
    send(world.ours, track(1, sentAt="2026-03-02T06:00:00Z"))
    assert send(world.ours, track(1, sentAt="2026-03-02T08:00:00Z"), received_at=LATER) == Counts(duplicates=1)


def test_another_day_is_another_event_and_no_conflict(world: World) -> None:
    send(world.ours, track(1))
    assert send(world.ours, track(1, timestamp="2026-02-28T10:00:00Z", event="Other")) == Counts(stored=1)


def test_an_event_without_a_time_is_compared_with_the_days_before(world: World) -> None:
    timeless = track(1, timestamp=None)
    send(world.ours, timeless)
    later = NOW + timedelta(days=2)
    assert send(world.ours, timeless, received_at=later) == Counts(duplicates=1)
    other = track(1, timestamp=None, event="Other")
    assert send(world.ours, other, received_at=later) == Counts(duplicates=1, conflicts=1)


def test_another_organisation_with_the_same_id_is_nobodys_conflict(world: World) -> None:
    send(world.other, track(1))
    assert send(world.ours, track(1, event="Other")) == Counts(stored=1)
    assert send(world.ours, track(1, event="Other")) == Counts(duplicates=1)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text("ab\"\\{},' ü\u2028", max_size=4)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2),
    max_leaves=5,
)  # fmt: skip
_MESSAGES = st.lists(
    st.builds(
        lambda who, name, at, values, day: track(
            at, userId=f"c{who}", event=name, properties=values, timestamp=f"2026-03-0{day}T10:00:00Z" if day else None
        ),
        st.integers(1, 2),
        st.sampled_from(["Order Completed", "Page Viewed", ""]),  # an event without a name is rejected
        st.integers(1, 4),
        st.dictionaries(st.sampled_from("pq"), _VALUES, max_size=2),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=_MESSAGES, seed=st.integers(0, 9))
def test_whatever_is_sent_adds_up_and_sending_it_again_never_conflicts(
    world: World, messages: list[Any], seed: int
) -> None:
    with transaction.atomic():
        first = send(world.ours, *messages)
        assert first.stored + first.duplicates + first.rejected == len(messages)
        assert 0 <= first.conflicts <= first.duplicates
        kept = [message for message in messages if message["event"]]
        by_id = {(m["messageId"], m.get("timestamp")): m for m in reversed(kept)}
        # Only those that were stored, so the events that a timeless one was taken for stay out of it.
        alone = [m for m in by_id.values() if sum(m["messageId"] == other["messageId"] for other in kept) == 1]
        random.Random(seed).shuffle(alone)
        again = [{**m, "properties": dict(reversed(m["properties"].items()))} for m in alone]
        if again:
            assert send(world.ours, *again, received_at=LATER) == Counts(duplicates=len(again))
        transaction.set_rollback(True)


def test_a_row_of_a_file_with_an_id_of_another_event_is_a_conflict(world: World, uploads: Any) -> None:
    header = "customer,event,date,event_id,amount\n"
    take(world.ours, header + "c1,visit,2025-12-31,e1,5\nc2,visit,2025-12-31,e2,5\n")
    row = take(world.ours, header + "c1,visit,2025-12-31,e1,6\nc2,visit,2025-12-31,e2,5\nc3,visit,2025-12-31,e3,5\n")
    assert (*counts_of(row), row.conflicts) == (1, 2, 0, 1)


def test_the_pages_say_how_many_and_what_it_means(world: World, uploads: Any) -> None:
    client = Client()
    client.force_login(world.consultant)
    page = reverse("imports", args=[world.ours.slug])
    assert "other content" not in client.get(page).content.decode().lower()
    send(world.ours, track(1), track(1, event="Other"))
    text = client.get(page).content.decode()
    assert "1 with other content" in text
    assert "The first stays as it is." in text
    file = take(world.ours, "customer,event,date,event_id\nc1,visit,2025-12-31,e1\nc2,visit,2025-12-31,e1\n")
    text = client.get(reverse("import", args=[world.ours.slug, file.pk])).content.decode()
    assert "1 with other content" in text
    assert "The first stays as it is." in text


def test_the_api_says_how_many(world: World, uploads: Any) -> None:
    file = take(world.ours, "customer,event,date,event_id\nc1,visit,2025-12-31,e1\nc2,visit,2025-12-31,e1\n")
    client = Client()
    client.force_login(world.consultant)
    found = client.get(f"/api/v1/organisations/{world.ours.slug}/imports/{file.pk}/").json()
    assert (found["stored"], found["duplicates"], found["conflicts"]) == (1, 1, 1)


def test_no_request_has_more_conflicts_than_duplicates(world: World) -> None:
    batch_id = keep(world.ours, [track(1)])
    with pytest.raises(IntegrityError), organisation_scope(world.ours.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE ingest_ingestbatch SET conflicts = 1 WHERE id = %s", [batch_id])
    assert one(world.ours, IngestBatch, batch_id).conflicts == 0
