"""What the client libraries really sent, recorded on the happy path, and what must come of it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engagement.ingest.contracts import check_readable, decode_body, find_write_key, parse
from engagement.ingest.types import EventIn, ParsedBatch, TraitsIn

CAPTURES = Path(__file__).parent / "captures"
ON_THE_WAY = timedelta(seconds=2)
LIBRARIES = (
    "analytics-python",
    "customerio-cdp-analytics",
    "rudder-sdk-python",
    "rudderstack-rudder-sdk-node",
    "segment-analytics-node",
    "segment-analytics-python",
    "segment-analytics-python-gzip",
    "segment-analytics-python-sync",
)


def requests_of(library: str) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = json.loads((CAPTURES / f"{library}.json").read_text())["requests"]
    return requests


def received(request: dict[str, Any]) -> ParsedBatch:
    """The way of a request through the door: packed as its header says, key found, counted, read."""
    plain = json.dumps(request["json"]).encode()
    encoding = request["headers"].get("content-encoding")
    body = gzip.compress(plain) if encoding == "gzip" else plain
    assert decode_body(body, content_encoding=encoding, limit_bytes=4_000_000) == plain
    assert find_write_key(authorization=request["headers"]["authorization"], body=plain) == "wk_test_123"
    assert check_readable(plain, kind="batch") == len(request["json"]["batch"])
    sent_at = datetime.fromisoformat(request["json"]["sentAt"])
    return parse(plain, kind="batch", received_at=sent_at + ON_THE_WAY)


def test_every_capture_on_file_is_tested() -> None:
    assert sorted(path.stem for path in CAPTURES.glob("*.json")) == sorted(LIBRARIES)


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_a_library_sends_is_rejected(library: str) -> None:
    for request in requests_of(library):
        batch = received(request)
        assert batch.rejections == ()
        positions = [event.position for event in batch.events] + [traits.position for traits in batch.traits]
        assert sorted(positions) == list(range(1, len(request["json"]["batch"]) + 1))


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_order_is_one_event_on_its_own_day_whatever_the_library(library: str) -> None:
    events = [event for request in requests_of(library) for event in received(request).events]
    sent = [message for request in requests_of(library) for message in request["json"]["batch"]]
    (order,) = [event for event in events if event.name == "Order Completed"]
    (message,) = [message for message in sent if message.get("event") == "Order Completed"]
    instant = datetime.fromisoformat(message["timestamp"])
    assert order.message_id == message["messageId"]
    assert order.properties == message["properties"]
    assert (order.external_id, order.anonymous_id, order.occurrences) == ("u1", None, 1)
    assert (order.day, order.occurred_at) == (instant.date(), instant)


def test_segment_for_python_whole() -> None:
    (request,) = requests_of("segment-analytics-python")
    day = date(2026, 11, 21)

    def at(millisecond: int) -> datetime:
        return datetime(2026, 11, 21, 22, 33, 27, millisecond * 1000, tzinfo=UTC)

    def event(*, name: str, id_: str, properties: dict[str, object], position: int, noon: bool = False) -> EventIn:
        return EventIn(
            message_id=id_,
            day=date(2026, 11, 1) if noon else day,
            occurred_at=datetime(2026, 11, 1, 12, tzinfo=UTC) if noon else at(27),
            name=name,
            external_id="u1",
            anonymous_id=None,
            properties=properties,
            occurrences=1,
            position=position,
        )

    assert received(request) == ParsedBatch(
        events=(
            event(
                name="Order Completed",
                id_="ee6683ce-0903-4864-89ec-44f0f6dbeaf9",
                properties={"revenue": 12.5, "currency": "EUR"},
                position=2,
                noon=True,
            ),
            event(
                name="Page Viewed",
                id_="4e8392ad-9620-4a1b-9ba9-8e0e1061c659",
                properties={"url": "https://x/y", "name": "Home", "category": "Docs"},
                position=3,
            ),
            event(
                name="Screen Viewed",
                id_="8a405cb9-8be3-4f76-af0c-c945a638f71c",
                properties={"a": 1, "name": "Main", "category": "App"},
                position=4,
            ),
        ),
        traits=(
            TraitsIn("u1", None, {"email": "a@example.com", "plan": "pro"}, at(26), 1),
            TraitsIn("u1", None, {"group_name": "Acme", "group_id": "acme"}, at(27), 5),
            TraitsIn("u1", "anon-1", {}, at(27), 6),
        ),
        rejections=(),
    )


def test_rudder_for_python_sends_traits_in_the_context() -> None:
    (request,) = requests_of("rudder-sdk-python")
    first = received(request).traits[0]
    assert (first.external_id, first.traits) == ("u1", {"email": "a@example.com", "plan": "pro"})


def test_rudder_for_node_stamps_pages_with_the_original_timestamp_only() -> None:
    _, request = requests_of("rudderstack-rudder-sdk-node")
    page = received(request).events[1]
    assert (page.name, page.properties) == ("Page Viewed", {"name": "Home"})
    assert page.occurred_at == datetime(2026, 11, 21, 22, 41, 4, 121_000, tzinfo=UTC)
