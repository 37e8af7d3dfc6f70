"""What PostHog's, Mixpanel's and Amplitude's libraries really sent: kept, answered as they want it, stored once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from engagement.ingest.models import Customer, Event, IngestBatch, RejectedEvent
from engagement.ingest.services.storing import Counts
from tests.conftest import World
from tests.ingest.conftest import Broker
from tests.ingest.dialects import libraries, play, requests_of
from tests.ingest.sending import customer, message_ids, rows, ticking, work, write_key

pytestmark = pytest.mark.usefixtures("broker")

NOVEMBER = datetime(2026, 11, 22, tzinfo=UTC)
KINDS = {
    "/batch/": "posthog",
    "/i/v1/analytics/events": "posthog",
    "/track": "mixpanel_track",
    "/import": "mixpanel_track",
    "/engage": "mixpanel_engage",
    "/groups": "mixpanel_groups",
    "/2/httpapi": "amplitude",
    "/batch": "amplitude",
}
# What names a group and no customer is refused, with the reason; everything else of the recordings is taken.
OF_GROUPS_ALONE = {"mixpanel": 1, "posthog": 1, "posthog-gzip": 1, "posthog-node": 1, "posthog-node-plain": 1,
                   "posthog-v1": 1}  # fmt: skip


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day after the recordings, so that their times are as right as they were; the clock goes on."""
    clock = ticking(NOVEMBER, timedelta(milliseconds=1))
    monkeypatch.setattr("django.utils.timezone.now", clock)


def send_all(world: World, client: Client, library: str, *, key: str) -> Counts:
    """Every request of the library, each worked through at once."""
    total = Counts()
    for request in requests_of(library):
        before = set(rows(world.ours, IngestBatch, "id"))
        answer = play(client, request, key=key)
        assert answer.status_code == 200, answer.content
        (kept,) = set(rows(world.ours, IngestBatch, "id")) - before
        total += work(world.ours, kept, now=NOVEMBER) or Counts()
    return total


def test_every_library_is_on_file() -> None:
    assert {name.split("-")[0] for name in libraries()} == {"posthog", "mixpanel", "amplitude"}


@pytest.mark.parametrize("library", libraries())
def test_a_recording_is_stored_once_when_it_is_sent_twice(world: World, client: Client, library: str) -> None:
    key = write_key(world.ours)
    first = send_all(world, client, library, key=key)
    groups = OF_GROUPS_ALONE.get(library, 0)
    codes = rows(world.ours, RejectedEvent, "code")
    assert (first.rejected, codes) == (groups, ["group_alone"] * groups)
    stored = message_ids(world.ours)
    again = send_all(world, client, library, key=key)
    if library == "mixpanel-node":  # it sends neither an id nor a time, and never sends again by itself
        assert len(message_ids(world.ours)) == 2 * len(stored) == 6
    else:
        assert (again.stored, message_ids(world.ours)) == (0, stored)
    assert len(set(stored)) == len(stored) > 0


@pytest.mark.parametrize("library", libraries())
def test_the_key_is_nowhere_in_what_is_kept(world: World, client: Client, library: str) -> None:
    key = write_key(world.ours)
    for request in requests_of(library):
        assert key in json.dumps(request).replace("wk_test_123", key) or "data=" in request["path"]  # it was sent
        assert play(client, request, key=key).status_code == 200
    kept = rows(world.ours, IngestBatch, "kind", "raw")
    assert [kind for kind, _ in kept] == sorted(KINDS[one["path"].partition("?")[0]] for one in requests_of(library))
    for _, raw in kept:
        assert key.encode() not in bytes(raw)
        assert key[4:].encode() not in bytes(raw)
        assert set(json.loads(bytes(raw))) == {"batch", "sentAt"}


@pytest.mark.parametrize("library", [name for name in libraries() if name != "mixpanel-buffered"])
def test_the_order_belongs_to_its_customer(world: World, client: Client, library: str) -> None:
    send_all(world, client, library, key=write_key(world.ours))
    orders = rows(world.ours, Event, "customer_number", "properties", name="Order Completed")
    own = "user-1" if library.startswith("amplitude") else "u1"
    assert {number for number, _ in orders} == {customer(world.ours, own).number}
    assert {properties["revenue"] for _, properties in orders} <= {12.5, 1}
    assert not any({"token", "distinct_id", "$set"} & set(properties) for _, properties in orders)


@pytest.mark.parametrize("library", ["posthog", "posthog-gzip", "posthog-node", "posthog-v1", "posthog-node-plain"])
def test_posthogs_alias_joins_the_visitor_to_the_customer_either_way_round(
    world: World, client: Client, library: str
) -> None:
    send_all(world, client, library, key=write_key(world.ours))
    known = customer(world.ours, "u1")
    assert customer(world.ours, "anon-1", identified=False).merged_into == known.number
    assert known.traits["email"] == "a@example.com"
    assert known.email_normalised == "a@example.com"
    assert len(rows(world.ours, Customer, "number")) == 2  # the made-up id of the group is nobody


@pytest.mark.parametrize("library", ["mixpanel", "mixpanel-node"])
def test_mixpanels_own_names_become_plain_traits(world: World, client: Client, library: str) -> None:
    send_all(world, client, library, key=write_key(world.ours))
    assert customer(world.ours, "u1").traits == {"email": "a@example.com"}


@pytest.mark.parametrize("library", ["amplitude-analytics", "amplitude-analytics-batch"])
def test_amplitudes_groups_are_traits(world: World, client: Client, library: str) -> None:
    send_all(world, client, library, key=write_key(world.ours))
    assert customer(world.ours, "user-1").traits == {
        "email": "a@example.com", "company": "acme", "group_company": "acme"
    }  # fmt: skip


ANSWERS: dict[str, Any] = {
    "posthog": [{"status": 1}],
    "mixpanel": [{"status": 1, "error": None}] * 4,
    "mixpanel-buffered": [{"status": 1, "error": None}],
    "mixpanel-node": [1, 1, 1],
}


@pytest.mark.parametrize("library", ANSWERS)
def test_the_answer_is_what_the_library_takes_for_success(world: World, client: Client, library: str) -> None:
    key = write_key(world.ours)
    answers = [json.loads(play(client, request, key=key).content) for request in requests_of(library)]
    assert answers == ANSWERS[library]


def test_amplitude_is_told_how_much_came(world: World, client: Client) -> None:
    (request,) = requests_of("amplitude-analytics")
    said = play(client, request, key=write_key(world.ours)).json()
    assert said.pop("payload_size_bytes") > 700
    assert said.pop("server_upload_time") // 1000 == int(NOVEMBER.timestamp())
    assert said == {"code": 200, "events_ingested": 3}


def test_posthogs_newer_address_tells_each_event_what_becomes_of_it(
    world: World, client: Client, broker: Broker
) -> None:
    (request,) = requests_of("posthog-v1")
    results = play(client, request, key=write_key(world.ours)).json()["results"]
    events = {event["event"]: results[event["uuid"]] for event in request["json"]["batch"]}
    assert events.pop("$groupidentify")["result"] == "drop"
    assert events == {name: {"result": "ok"} for name in ("Order Completed", "$set", "$create_alias")}
    (batch,) = rows(world.ours, IngestBatch, "id")
    counts = work(world.ours, batch, now=NOVEMBER)
    assert counts is not None
    assert counts.rejected == 1  # what was said to be dropped, and nothing else
