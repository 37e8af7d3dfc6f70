"""The address that client libraries send to: kept durably, answered in the words they understand."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagement.errors import TooLargeError, TooManyError, UnauthenticatedError
from engagement.ingest.models import Event, IngestBatch, WriteKey
from engagement.ingest.views.accept import KINDS
from engagement.ingest.write_keys import key_digest, revoke_write_key
from tenants.scope import organisation_scope
from tests.asking import statements_of
from tests.conftest import NOW, World, build_world
from tests.ingest.conftest import Broker
from tests.ingest.sending import identify, one, post, rows, track, write_key

BODY = {"batch": [track(1), track(2)]}
UNKNOWN_KEY = {
    "code": "not_authenticated",
    "message": "The write key is missing, unknown or revoked. Send a key of your organisation.",
}


def kept(world: World) -> list[Any]:
    return rows(world.ours, IngestBatch, "kind", "state", "attempts")


def test_a_request_is_kept_as_it_came_and_answered_with_200(world: World, client: Client) -> None:
    key = write_key(world.ours)
    answer = post(client, BODY, key=key)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert kept(world) == [("batch", "waiting", 0)]
    raw, key_id = rows(world.ours, IngestBatch, "raw", "key_id")[0]
    assert json.loads(bytes(raw)) == BODY
    assert [key_id] == rows(world.ours, WriteKey, "id")
    assert rows(world.ours, Event, "message_id") == []  # nothing is looked at before a worker comes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_address_of_the_libraries_carries_its_kind(world: World, client: Client, kind: str, slash: str) -> None:
    body = BODY if KINDS[kind] == "batch" else track(1)
    answer = post(client, body, key=write_key(world.ours), path=f"/v1/{kind}{slash}")
    assert (answer.status_code, kept(world)) == (200, [(KINDS[kind], "waiting", 0)])


@pytest.mark.parametrize("place", ["basic", "bearer", "body"])
def test_the_key_is_found_where_libraries_put_it(world: World, client: Client, place: str) -> None:
    key = write_key(world.ours)
    basic = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    headers = {"basic": {"HTTP_AUTHORIZATION": basic}, "bearer": {"HTTP_AUTHORIZATION": f"Bearer {key}"}}
    body = {**BODY, "writeKey": key} if place == "body" else BODY
    answer = post(client, body, **headers.get(place, {}))
    assert (answer.status_code, len(kept(world))) == (200, 1)


def test_gzip_is_kept_unpacked(world: World, client: Client) -> None:
    packed = gzip.compress(json.dumps(BODY).encode())
    answer = client.post(
        "/v1/batch",
        data=packed,
        content_type="application/x-www-form-urlencoded",  # as a library labels it
        HTTP_AUTHORIZATION=f"Bearer {write_key(world.ours)}",
    )
    assert answer.status_code == 200
    (raw,) = rows(world.ours, IngestBatch, "raw")
    assert json.loads(bytes(raw)) == BODY


@pytest.mark.parametrize("key", [None, "rpw_unknown", "x" * 5_000, "ключ"])
def test_an_unknown_key_is_401_and_nothing_is_kept(world: World, client: Client, key: str | None) -> None:
    body = {**BODY, **({} if key is None else {"writeKey": key})}
    answer = post(client, body)
    assert (answer.status_code, answer.json()) == (401, UNKNOWN_KEY)
    assert answer["WWW-Authenticate"] == 'Bearer realm="rapport"'
    assert kept(world) == []


def test_a_missing_key_costs_the_same_look_up_as_an_unknown_one(world: World, client: Client) -> None:
    for body in (BODY, {**BODY, "writeKey": "rpw_unknown"}):
        [lookup] = statements_of(lambda body=body: post(client, body))  # type: ignore[misc]
        assert "write_key" in lookup


def test_a_revoked_key_is_unknown_at_once(world: World, client: Client) -> None:
    key = write_key(world.ours)
    assert post(client, BODY, key=key).status_code == 200
    with organisation_scope(world.ours.pk):
        found = WriteKey.objects.get(digest=key_digest(key))
        revoke_write_key(organisation=world.ours, key_id=found.pk, now=NOW)
    answer = post(client, BODY, key=key)
    assert (answer.status_code, answer.json(), len(kept(world))) == (401, UNKNOWN_KEY, 1)


def test_a_key_writes_to_its_own_organisation_and_no_other(world: World, client: Client) -> None:
    key = write_key(world.strange)
    body = {**BODY, "organisation_id": world.ours.pk, "organisation": world.ours.slug}
    assert post(client, body, key=key, HTTP_X_ORGANISATION=world.ours.slug).status_code == 200
    assert (kept(world), len(rows(world.strange, IngestBatch, "id"))) == ([], 1)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"batch": 1}', b"\xff\xfe", b"\x1f\x8bbroken", b'{"batch": [}']
)
def test_what_cannot_be_read_is_400(world: World, client: Client, body: bytes) -> None:
    answer = post(client, body, key=write_key(world.ours))
    assert (answer.status_code, set(answer.json())) == (400, {"code", "message"})
    assert kept(world) == []


def test_too_large_is_413_plain_and_unpacked(world: World, client: Client, settings: Any) -> None:
    settings.INGEST_LIMIT_BYTES = 1_000
    key = write_key(world.ours)
    large = json.dumps({"batch": [track(n) for n in range(50)]}).encode()
    packed = gzip.compress(b" " * 100_000)
    assert len(packed) < 1_000
    for body in (large, packed):
        answer = post(client, body, key=key)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert kept(world) == []
    assert post(client, {"batch": [track(1)]}, key=key).status_code == 200  # the control: the limit, not the key


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_other_methods_are_405_in_the_same_shape(db: None, client: Client, method: str) -> None:
    answer = getattr(client, method)("/v1/batch")
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
    if method != "head":
        assert answer.json() == {"code": "method_not_allowed", "message": "Send events with POST."}


def test_a_preflight_and_the_answer_let_the_page_read_it(world: World, client: Client) -> None:
    origin = "https://shop.example"
    asked: dict[str, Any] = {
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "anonymousid,authorization,content-type"
    }  # as Rudder's asks
    preflight = client.options("/v1/t", HTTP_ORIGIN=origin, **asked)
    answer = post(client, track(1), key=write_key(world.ours), path="/v1/t", HTTP_ORIGIN=origin)
    failed = post(client, track(1), path="/v1/t", HTTP_ORIGIN=origin)
    for response, status in ((preflight, 200), (answer, 200), (failed, 401)):
        assert response.status_code == status
        assert response["Access-Control-Allow-Origin"] == origin
        assert response["Access-Control-Expose-Headers"] == "retry-after"
        assert "Access-Control-Allow-Credentials" not in response
        assert "Origin" in response["Vary"]
    assert preflight["Access-Control-Allow-Headers"] == asked["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"]
    assert answer["Access-Control-Allow-Headers"] == "authorization, content-type"


@pytest.mark.parametrize("asked", ["", "a: b", "x" * 501, "x\x7f", "<script>"])
def test_what_is_no_list_of_headers_is_not_said_again(db: None, client: Client, asked: str) -> None:
    headers: dict[str, Any] = {"HTTP_ORIGIN": "https://shop.example", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": asked}
    assert client.options("/v1/t", **headers)["Access-Control-Allow-Headers"] == "authorization, content-type"


@pytest.mark.parametrize(
    ("failure", "status", "is_sent_again"),
    [
        (TooManyError(retry_after_seconds=7), 429, True),
        (OperationalError(), 503, True),
        (UnauthenticatedError(), 401, False),
        (TooLargeError(), 413, False),
    ],
)
def test_customerios_is_told_to_come_again_by_what_it_cannot_read(
    world: World, client: Client, failure: Exception, status: int, is_sent_again: bool
) -> None:
    """Its library for browsers takes every answer that it can read for success. Segment's reads the status."""
    for path, hidden in (("/v1/customerio/t", is_sent_again), ("/v1/t", False)):
        with patch("engagement.ingest.views.accept.accept_batch", side_effect=failure):
            answer = post(client, track(1), path=path, HTTP_ORIGIN="https://shop.example")
        assert (answer.status_code, kept(world)) == (status, [])
        assert ("Access-Control-Allow-Origin" not in answer) == hidden
        assert "Origin" in answer["Vary"]


@pytest.mark.parametrize("kind", KINDS)
def test_customerios_is_kept_and_may_be_read(world: World, client: Client, kind: str) -> None:
    body = {**(BODY if KINDS[kind] == "batch" else track(1)), "writeKey": write_key(world.ours)}
    answer = post(client, body, path=f"/v1/customerio/{kind}", HTTP_ORIGIN="https://shop.example")
    assert (answer.status_code, answer.json(), kept(world)) == (200, {"success": True}, [(KINDS[kind], "waiting", 0)])
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"
    preflight = client.options(f"/v1/customerio/{kind}", HTTP_ORIGIN="https://shop.example")
    assert (preflight.status_code, preflight["Access-Control-Allow-Origin"]) == (200, "https://shop.example")


def test_no_session_is_opened(world: World, client: Client) -> None:
    key = write_key(world.ours)
    with CaptureQueriesContext(connection) as captured:
        answer = post(client, BODY, key=key)
    assert not answer.cookies
    assert [query for query in captured.captured_queries if "session" in query["sql"]] == []


def test_without_the_store_it_is_503_and_to_be_sent_again(world: World, client: Client) -> None:
    key = write_key(world.ours)
    with patch("engagement.ingest.queries.fetch", side_effect=OperationalError("the server is gone")):
        answer = post(client, BODY, key=key)
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "2", "unavailable")
    with patch("engagement.ingest.services.accept._keep", side_effect=OperationalError("the disk is full")):
        answer = post(client, BODY, key=key)
    assert (answer.status_code, answer["Retry-After"], kept(world)) == (503, "2", [])


@pytest.mark.django_db(transaction=True)
def test_it_is_committed_before_the_answer_and_a_worker_is_woken(client: Client, broker: Broker) -> None:
    world = build_world()
    answer = post(client, identify("c1"), key=write_key(world.ours), path="/v1/identify")
    (batch_id,) = rows(world.ours, IngestBatch, "id")
    assert answer.status_code == 200
    assert broker.sent == [("ingest.batch", [world.ours.pk, str(batch_id)])]
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_lost_wake_does_not_fail_the_request(client: Client, broker: Broker) -> None:
    world = build_world()
    broker.failure = ConnectionRefusedError("no broker")
    answer = post(client, BODY, key=write_key(world.ours))
    assert (answer.status_code, kept(world)) == (200, [("batch", "waiting", 0)])


@pytest.mark.django_db(transaction=True)
def test_nobody_is_woken_for_what_was_not_kept(client: Client, broker: Broker) -> None:
    world = build_world()
    with patch("engagement.ingest.services.accept._keep", side_effect=OperationalError("the disk is full")):
        assert post(client, BODY, key=write_key(world.ours)).status_code == 503
    assert (broker.sent, kept(world)) == ([], [])


def test_the_key_is_stored_as_its_digest_only(world: World) -> None:
    key = write_key(world.ours)
    (found,) = rows(world.ours, WriteKey, "id")
    row = one(world.ours, WriteKey, found)
    assert (bytes(row.digest), row.hint, len(key)) == (key_digest(key), key[-4:], 47)
    assert key not in repr([str(getattr(row, field.attname)) for field in WriteKey._meta.fields])


def test_the_key_is_not_among_what_is_kept(world: World, client: Client) -> None:
    key = write_key(world.ours)
    body = {"writeKey": key, "batch": [track(1, properties={"pasted": f"curl -u {key}:"})]}
    assert post(client, body, key=key).status_code == 200
    (raw,) = rows(world.ours, IngestBatch, "raw")
    assert (key.encode() in bytes(raw), bytes(raw).count(b"(removed)")) == (False, 2)


@pytest.mark.parametrize(
    "path",
    ["/v1/b", "/v1/customerio/b", "/batch/", "/e/", "/2/httpapi", "/import", f"/hooks/segment/{UUID(int=1)}"],
)
def test_chunks_without_an_end_that_the_server_knows_are_411_and_not_an_empty_body(
    world: World, client: Client, path: str
) -> None:
    """The test's client gives a body no end of its own, as servers do that leave chunks as they come."""
    told: Any = {"HTTP_TRANSFER_ENCODING": "chunked", "HTTP_AUTHORIZATION": f"Bearer {write_key(world.ours)}"}
    answer = client.generic("POST", path, b"", **told)
    assert (answer.status_code, "Send Content-Length." in answer.content.decode()) == (411, True)
    assert kept(world) == []
