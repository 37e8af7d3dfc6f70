"""Whose queue is full is refused in front of the application, wherever a family of libraries has its key."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from engagement.ingest.contracts.unpacking import glimpsed_key
from engagement.ingest.models import IngestBatch
from engagement.ingest.services import room
from engagement.ingest.views import dialects
from tests.conftest import World, build_world
from tests.ingest.sending import keep, rows, track, write_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return build_world()


@pytest.fixture(autouse=True)
def _nobody_refused_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_rooms", room.Rooms())


@pytest.fixture
def full(world: World, settings: Any) -> str:
    """A key of an organisation whose queue is full."""
    settings.INGEST_WAITING_REQUESTS = 3
    for n in range(3):
        keep(world.ours, [track(n)])
    return write_key(world.ours)


def posthog(key: str) -> dict[str, Any]:
    return {"batch": [{"event": "Visit", "distinct_id": "c1", "uuid": "u-1"}] * 3, "api_key": key}


def amplitude(key: str) -> dict[str, Any]:
    return {"api_key": key, "events": [{"event_type": "Visit", "user_id": "c1", "insert_id": "i"}]}


def mixpanel(key: str) -> list[dict[str, Any]]:
    return [{"event": "Visit", "properties": {"token": key, "distinct_id": "c1", "time": 1772359200}}]


def send(path: str, body: Any, **headers: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(path, data=raw, content_type="text/plain", **headers)


def zipped(key: str) -> bytes:
    return gzip.compress(json.dumps(posthog(key)).encode())


def form(_key: str) -> bytes:
    return b"data=" + json.dumps(mixpanel("x")).encode()


CASES = [
    ("/batch/", posthog), ("/e/", zipped), ("/i/v1/analytics/events", posthog), ("/2/httpapi", amplitude),
    ("/batch", amplitude), ("/track/", mixpanel), ("/track?verbose=1&api_key=KEY", form),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), CASES, ids=[path for path, _ in CASES])
def test_the_second_refusal_says_the_same_and_reads_nothing(full: str, path: str, body: Any) -> None:
    path = path.replace("KEY", full)
    first = send(path, body(full))
    assert first["Retry-After"] == "10"
    with patch.object(dialects, "_answer") as inside:
        second = send(path, body(full))
    inside.assert_not_called()
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second["Retry-After"] == "10"


def test_a_neighbour_is_taken_in_the_meantime_with_the_body_that_was_looked_at(world: World, full: str) -> None:
    assert send("/batch/", posthog(full)).status_code == 429
    neighbour = write_key(world.other)
    assert send("/batch/", posthog(neighbour)).status_code == 200
    assert send("/e/", zipped(neighbour)).status_code == 200
    assert len(rows(world.other, IngestBatch, "id")) == 2


def test_nothing_is_looked_for_while_nobody_is_refused(world: World) -> None:
    request = RequestFactory().post("/batch/", data=b"x", content_type="text/plain")
    with patch.object(dialects, "read_body") as read:
        assert dialects.refuse_dialect_at_once(request) is None
    read.assert_not_called()


def test_it_is_over_after_a_moment(full: str) -> None:
    assert send("/batch/", posthog(full)).status_code == 429
    now = timezone.now()
    assert room.is_anybody_refused(now=now)
    assert not room.is_anybody_refused(now=now + timedelta(seconds=room.LOOK_SECONDS))


def test_a_body_that_is_too_large_is_told_so_in_front_too(full: str, settings: Any) -> None:
    assert send("/batch/", posthog(full)).status_code == 429
    settings.INGEST_LIMIT_BYTES = 50
    assert send("/batch/", posthog("x" * 100)).status_code == 413


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", None), (b"\x1f\x8bbroken", None), (b'{"api_key": "phc_other"}', None), (b'{"note": "rpw_a"}', None),
        (b'{"batch": [' + b" " * 70_000 + b'], "api_key":"rpw_end"}', "rpw_end"),
    ],
)  # fmt: skip
def test_what_is_glimpsed(body: bytes, expected: str | None) -> None:
    assert glimpsed_key(body, "") == expected
