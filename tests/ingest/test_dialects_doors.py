"""The addresses of PostHog's, Mixpanel's and Amplitude's libraries: how they are sent to, and how they refuse."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, urlencode

import pytest
from django.db import OperationalError
from django.test import Client

from engagement.errors import TooManyError
from engagement.ingest.models import IngestBatch, RejectedEvent
from engagement.ingest.views.dialects import DOORS
from tests.asking import statements_of
from tests.conftest import NOW, World
from tests.ingest.sending import message_ids, rows, work, write_key

pytestmark = pytest.mark.usefixtures("broker")

EVENT = {"event": "Order Completed", "distinct_id": "c1", "uuid": "0190-a", "timestamp": "2026-03-01T10:00:00Z",
         "properties": {"total": 5}}  # fmt: skip
TRACKED = {"event": "Order Completed", "properties": {"distinct_id": "c1", "$insert_id": "i1", "time": 1772359200}}
HAPPENED = {"event_type": "Order Completed", "user_id": "c1", "insert_id": "i1", "time": 1772359200000}
ADDRESSES = sorted({f"/{address.removesuffix('/')}{slash}" for address in DOORS for slash in ("", "/")})


def posted(client: Client, path: str, body: Any, **headers: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, data=raw, content_type="text/plain", **headers)


def kept(world: World) -> list[Any]:
    return [json.loads(bytes(raw))["batch"] for raw in rows(world.ours, IngestBatch, "raw")]


def stored(world: World) -> list[str]:
    for batch in rows(world.ours, IngestBatch, "id"):
        work(world.ours, batch, now=NOW)
    return message_ids(world.ours)


@pytest.mark.parametrize("path", ["/e/", "/e", "/capture/", "/capture", "/batch/", "/i/v0/e/", "/i/v0/e"])
@pytest.mark.parametrize("shape", ["one", "list", "batch"])
def test_posthog_sends_one_event_a_list_or_a_batch(world: World, client: Client, path: str, shape: str) -> None:
    key = write_key(world.ours)
    bodies = {
        "one": {**EVENT, "api_key": key},
        "list": [{**EVENT, "properties": {**EVENT["properties"], "token": key}}],  # type: ignore[dict-item]
        "batch": {"token": key, "batch": [EVENT]},
    }
    assert posted(client, path, bodies[shape]).status_code == 200
    assert (len(kept(world)), stored(world)) == (1, ["0190-a"])


@pytest.mark.parametrize("form", ["gzip", "gzip-js", "base64", "base64 of gzip", "data"])
def test_posthogs_browser_packs_as_it_likes(world: World, client: Client, form: str) -> None:
    plain = json.dumps({"api_key": write_key(world.ours), "batch": [EVENT]}).encode()
    packed = gzip.compress(plain)
    sent = {
        "gzip": ("/e/", packed),  # text/plain, and no header that says so
        "gzip-js": ("/e/?compression=gzip-js&ip=0&_=1772359200000&ver=1.449.2", packed),
        "base64": ("/e/?compression=base64", b"data=" + quote(base64.b64encode(plain)).encode()),
        "base64 of gzip": ("/e/?compression=gzip-js", urlencode({"data": base64.b64encode(packed)}).encode()),
        "data": ("/e/", urlencode({"data": plain}).encode()),
    }
    path, body = sent[form]
    assert posted(client, path, body).json() == {"status": 1}
    assert stored(world) == ["0190-a"]


def test_the_slash_does_not_matter_where_the_shape_tells(world: World, client: Client) -> None:
    key = write_key(world.ours)
    assert posted(client, "/batch", {"api_key": key, "batch": [EVENT]}).status_code == 200
    assert posted(client, "/batch/", {"api_key": key, "events": [HAPPENED]}).json()["code"] == 200
    assert sorted(rows(world.ours, IngestBatch, "kind")) == ["amplitude", "posthog"]
    assert stored(world) == ["0190-a", "i1"]


TOLD_APART = {
    "PostHog's list": ({"batch": [EVENT]}, "posthog"),
    "PostHog's list, and a list of another name": ({"batch": [EVENT], "events": []}, "posthog"),
    "one of PostHog's": (EVENT, "posthog"),
    "several of PostHog's": ([EVENT], "posthog"),
    "PostHog's, the first unreadable": ([1, EVENT], "posthog"),
    "Amplitude's list": ({"events": [HAPPENED]}, "amplitude"),
    "one of Amplitude's": (HAPPENED, "amplitude"),
    "several of Amplitude's": ([HAPPENED], "amplitude"),
    "Amplitude's, with a property that PostHog's have": ([{**HAPPENED, "event": "x"}], "amplitude"),
}
OF_TWO_FAMILIES = pytest.mark.parametrize(("body", "kind"), TOLD_APART.values(), ids=TOLD_APART)
SHARED = pytest.mark.parametrize("path", ["/batch", "/batch/", "/2/httpapi", "/e/"])


@SHARED
@OF_TWO_FAMILIES
def test_whose_a_request_is_its_body_tells_and_so_it_is_answered(
    world: World, client: Client, path: str, body: Any, kind: str
) -> None:
    answer = posted(client, path, body, HTTP_AUTHORIZATION=f"Bearer {write_key(world.ours)}").json()
    assert rows(world.ours, IngestBatch, "kind") == [kind]
    if kind == "posthog":
        assert answer == {"status": 1}
    else:
        assert (answer["code"], answer["events_ingested"]) == (200, 1)
    assert stored(world) == ["0190-a" if kind == "posthog" else "i1"]


@SHARED
@OF_TWO_FAMILIES
def test_a_wrong_key_is_refused_in_the_words_of_whose_request_it_is(
    world: World, client: Client, path: str, body: Any, kind: str
) -> None:
    answer = posted(client, path, body, HTTP_AUTHORIZATION="Bearer rpw_wrong")
    told = (answer.status_code, answer.json()["code"])
    assert told == ((401, "not_authenticated") if kind == "posthog" else (400, 400))
    assert answer.json().get("error", "").startswith("Invalid API key:") == (kind == "amplitude")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("query", ["", "?v=2", "?v=3&ip=1&compression=base64"])
@pytest.mark.parametrize("path", ["/flags/", "/decide/", "/flags"])
def test_there_are_no_flags(client: Client, db: None, method: str, query: str, path: str) -> None:
    answer = getattr(client, method)(path + query, HTTP_ORIGIN="https://shop.example")
    said = answer.json()
    assert (said["flags"], said["featureFlags"], said["featureFlagPayloads"]) == ({}, {}, {})
    assert (said["errorsWhileComputingFlags"], said["sessionRecording"]) == (False, False)
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"


@pytest.mark.parametrize("wrapped", ["json", "form", "base64", "base64 raw", "query", "lines"])
def test_mixpanel_wraps_as_it_likes(world: World, client: Client, wrapped: str) -> None:
    key = write_key(world.ours)
    message = {**TRACKED, "properties": {**TRACKED["properties"], "token": key, "name": "Zoë>>>?"}}  # type: ignore[dict-item]
    text = json.dumps([message], ensure_ascii=False).encode()
    packed = base64.b64encode(text)
    sent: dict[str, Any] = {
        "json": lambda: posted(client, "/track", text),
        "form": lambda: posted(client, "/track", urlencode({"data": text, "ip": 0}).encode()),
        "base64": lambda: posted(client, "/track", urlencode({"data": packed}).encode()),
        "base64 raw": lambda: posted(client, "/track?ip=0&verbose=0", b"data=" + packed),
        "query": lambda: client.get("/track?" + urlencode({"data": packed, "ip": 0})),
        "lines": lambda: posted(client, "/import?project_id=1", text.strip(b"[]") + b"\n"),
    }
    assert sent[wrapped]().status_code == 200
    ((read,),) = kept(world)
    assert read["properties"]["name"] == "Zoë>>>?"
    assert stored(world) == ["i1"]


def test_mixpanels_import_keeps_the_good_lines_and_names_the_bad(world: World, client: Client) -> None:
    key = write_key(world.ours)
    lines = [json.dumps(TRACKED), "{broken", json.dumps({"event": "No one", "properties": {"time": 1772359200}})]
    basic = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    answer = posted(client, "/import?strict=1", gzip.compress("\n".join(lines).encode()), HTTP_AUTHORIZATION=basic)
    said = answer.json()
    assert (answer.status_code, said["code"], said["num_records_imported"], said["status"]) == (200, 200, 1, "OK")
    assert [(one["index"], one["field"]) for one in said["failed_records"]] == [
        (1, "not_an_object"),
        (2, "missing_customer"),
    ]
    assert stored(world) == ["i1"]
    assert rows(world.ours, RejectedEvent, "code") == ["missing_customer", "not_an_object"]


def test_two_purchases_without_an_id_stay_two_and_a_request_worked_twice_is_one(world: World, client: Client) -> None:
    key = write_key(world.ours)
    bare = {"event": "Order Completed", "properties": {"distinct_id": "c1", "token": key, "total": 5}}
    for _ in range(2):
        assert client.get("/track?" + urlencode({"data": base64.b64encode(json.dumps(bare).encode())})).content == b"1"
    assert posted(client, "/track", [bare, bare]).status_code == 200
    assert len(stored(world)) == 4
    assert len(stored(world)) == 4


def test_what_names_keys_of_two_organisations_is_taken_for_neither(world: World, client: Client) -> None:
    ours, theirs = write_key(world.ours), write_key(world.strange)
    messages = [{"event": "a", "properties": {"token": key, "distinct_id": "c1"}} for key in (ours, theirs)]
    answer = posted(client, "/track", messages)
    assert (answer.status_code, answer.json()["status"]) == (400, 0)
    assert (kept(world), rows(world.strange, IngestBatch, "id")) == ([], [])


def test_our_key_counts_whatever_else_stands_where_keys_belong(world: World, client: Client) -> None:
    """Mixpanel's secret comes as Basic, its project's key as api_key, and ours as the token."""
    body = {"event": "a", "properties": {"token": write_key(world.ours), "distinct_id": "c1", "time": 1772359200}}
    basic = "Basic " + base64.b64encode(b"some-secret:").decode()
    form = urlencode({"data": json.dumps(body), "verbose": 1, "api_key": "theirs"}).encode()
    assert posted(client, "/import", form, HTTP_AUTHORIZATION=basic).json() == {"status": 1, "error": None}
    assert len(kept(world)) == 1


@pytest.mark.parametrize(("path", "field"), [("/batch/", "batch"), ("/2/httpapi", "events")])
def test_properties_called_token_are_no_keys(world: World, client: Client, path: str, field: str) -> None:
    sent: dict[str, Any] = {"batch": EVENT, "events": HAPPENED}[field]  # type: ignore[assignment]
    both = [{**sent, "token": f"own-{n}", "properties": {"token": f"reset-{n}"}} for n in range(2)]
    assert posted(client, path, {"api_key": write_key(world.ours), field: both}).status_code == 200
    assert [len(messages) for messages in kept(world)] == [2]


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_wrong_key_is_refused_in_words_the_library_stops_at(world: World, client: Client, path: str) -> None:
    bodies: dict[str, Any] = {"amplitude": {"api_key": "rpw_wrong", "events": [HAPPENED]},
                              "posthog": {"api_key": "rpw_wrong", "batch": [EVENT]}}  # fmt: skip
    door = DOORS[path.strip("/") if path.strip("/") != "batch" else path.lstrip("/")]  # with a body of its own family
    answer = posted(client, path, bodies.get(door.kind, [{**TRACKED, "api_key": "rpw_wrong"}]))
    said = answer.json()
    if door.kind == "amplitude":
        assert (answer.status_code, said["code"]) == (400, 400)
        assert said["error"].startswith("Invalid API key:")
    else:
        assert (answer.status_code, said["code"]) == (401, "not_authenticated")
        assert said["message"]
        assert said.get("status", 0) == 0
    assert kept(world) == []


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"data=%ff", b"\xff\xfe", b"\x1f\x8bbroken", b'{"batch": 1}'])
def test_what_cannot_be_read_is_400_and_not_sent_again(world: World, client: Client, path: str, body: bytes) -> None:
    answer = posted(client, path, body, HTTP_AUTHORIZATION=f"Bearer {write_key(world.ours)}")
    said = answer.json()
    assert answer.status_code == 400
    assert said["code"] in {400, "invalid_json", "invalid"}
    if path.strip("/") in {"batch", "2/httpapi"} and said["code"] == 400:
        assert said["missing_field"] == "events"  # without it every event would come twelve times more
    assert kept(world) == []


ZSTD = b"\x28\xb5\x2f\xfd\x04\x00"
PACKED = {
    "by its header": (b"{}", {"HTTP_CONTENT_ENCODING": "zstd"}, ""),
    "brotli": (b"{}", {"HTTP_CONTENT_ENCODING": "br"}, ""),
    "deflate": (b"x\x9c\xabV*I-.Q\xb2R0\xac\x05\x00", {"HTTP_CONTENT_ENCODING": "deflate"}, ""),
    "twice": (b"{}", {"HTTP_CONTENT_ENCODING": "gzip, gzip"}, ""),
    "by its first bytes": (ZSTD, {}, ""),
    "zip": (b"PK\x03\x04", {}, ""),
    "by the query": (b"{}", {}, "?compression=lz64"),
}


PACKED_AT = [
    pytest.param(path, how, id=f"{path} {name}")
    for path in (*ADDRESSES, "/v1/batch", "/v1/t")
    for name, how in PACKED.items()
    if not (how[2] and path.startswith("/v1/"))  # Segment's say nothing in the query
]


@pytest.mark.parametrize(("path", "how"), PACKED_AT)
def test_another_compression_is_415_and_says_what_to_send(
    world: World, client: Client, path: str, how: tuple[bytes, dict[str, str], str]
) -> None:
    body, headers, query = how
    key = write_key(world.ours)
    answer = posted(client, path + query, body, HTTP_AUTHORIZATION=f"Bearer {key}", **headers)
    said = answer.json()
    assert (answer.status_code, answer["Accept-Encoding"]) == (415, "gzip, identity")
    assert "Content-Encoding: gzip" in (said.get("message") or said["error"])
    if said["code"] == 415:
        assert said["missing_field"] == "events"  # Amplitude's would send it twelve times more
    else:
        assert said["code"] == "unknown_compression"
    assert kept(world) == []
    good = {"batch": [EVENT], "events": [HAPPENED], "type": "track", "event": "a", "userId": "c1"}
    body = json.dumps([TRACKED] if path.strip("/") in {"track", "engage", "groups", "import"} else good).encode()
    taken = posted(client, path, gzip.compress(body), HTTP_AUTHORIZATION=f"Bearer {key}", HTTP_CONTENT_ENCODING="gzip")
    assert taken.status_code == 200  # the control


def test_too_large_is_413_however_it_is_packed(world: World, client: Client, settings: Any) -> None:
    settings.INGEST_LIMIT_BYTES = 2_000
    many = json.dumps({"api_key": write_key(world.ours), "events": [HAPPENED] * 100}).encode()
    bomb = base64.b64encode(gzip.compress(b" " * 100_000))
    for path, body in (("/2/httpapi", many), ("/2/httpapi", gzip.compress(many)), ("/e/", b"data=" + bomb)):
        assert len(bomb) < 2_000
        assert posted(client, path, body).status_code == 413
    assert posted(client, "/2/httpapi", many).json()["code"] == 413
    assert client.get("/track?" + urlencode({"data": bomb})).status_code == 413
    assert kept(world) == []


@pytest.mark.parametrize(
    ("path", "field"),
    [("/e/", "code"), ("/track", "status"), ("/2/httpapi", "code"), ("/i/v1/analytics/events", "code")],
)
def test_overload_and_outage_say_when_to_come_again(world: World, client: Client, path: str, field: str) -> None:
    body = {"api_key": write_key(world.ours), "events" if path == "/2/httpapi" else "batch": [EVENT]}
    with patch("engagement.ingest.views.accept.accept_batch", side_effect=TooManyError(retry_after_seconds=7)):
        many = posted(client, path, body)
    with patch("engagement.ingest.views.accept.accept_batch", side_effect=OperationalError):
        down = posted(client, path, body)
    # What PostHog's library for browsers is told as 429 it throws away; a 5xx it sends again.
    too_many = 503 if path == "/e/" else 429
    assert (many.status_code, many["Retry-After"], down.status_code, down["Retry-After"]) == (too_many, "7", 503, "2")
    said = {"/e/": ("too_many", "unavailable"), "/track": (0, 0), "/2/httpapi": (429, 503)}
    assert (many.json()[field], down.json()[field]) == said.get(path, said["/e/"])
    if path == "/2/httpapi":
        assert many.json()["throttled_events"] == []


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_other_methods_are_405(db: None, client: Client, method: str, path: str) -> None:
    may_get = path.strip("/") in {"track", "engage", "groups"}
    answer = getattr(client, method)(path)
    expected = (400, "invalid_json") if may_get and method == "get" else (405, "method_not_allowed")
    assert (answer.status_code, answer.json()["code"]) == expected


@pytest.mark.parametrize("path", [*ADDRESSES, "/flags/"])
def test_pages_of_any_origin_may_send_and_read_the_answer(world: World, client: Client, path: str) -> None:
    origin = "https://shop.example"
    preflight = client.options(path, HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_HEADERS="content-type")
    failed = posted(client, path, b"{", HTTP_ORIGIN=origin)
    # PostHog's and Mixpanel's send cookies along, which nobody looks at; without this a page could not read the answer.
    with_cookies = "true" if path.strip("/") != "2/httpapi" and path != "/batch" else None
    for response in (preflight, failed):
        assert response["Access-Control-Allow-Origin"] == origin
        assert response.get("Access-Control-Allow-Credentials") == with_cookies
        assert response["Access-Control-Expose-Headers"] == "retry-after"
        assert "POST" in response["Access-Control-Allow-Methods"]
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert preflight.status_code == 200


@pytest.mark.parametrize("path", ADDRESSES)
def test_nothing_is_asked_of_a_session(client: Client, world: World, path: str) -> None:
    """A person who is signed in in the same browser is nobody here: only the key is looked up, and counted as wrong."""
    client.cookies["sessionid"] = "whatever"
    body = {"api_key": "rpw_wrong", "batch": [EVENT], "events": [HAPPENED]}
    [lookup] = statements_of(lambda: posted(client, path, body))
    assert "write_key" in lookup


@pytest.mark.parametrize("odd", ["NaN", '"\\ud83d"', "[" * 300 + "]" * 300], ids=["NaN", "half", "depth"])
def test_an_event_that_no_strict_reader_takes_keeps_none_from_its_verdict(
    world: World, client: Client, odd: str
) -> None:
    """It was kept and answered with 500, so the library sent all of it again, for ever."""
    bad = json.dumps({**EVENT, "uuid": "0190-b", "properties": {"odd": "HERE"}}).replace('"HERE"', odd)
    body = f'{{"api_key": "{write_key(world.ours)}", "batch": [{json.dumps(EVENT)}, {bad}]}}'
    answer = posted(client, "/i/v1/analytics/events", body.encode())
    assert answer.status_code == 200
    said = answer.json()["results"]
    assert (said["0190-a"], said["0190-b"]["result"]) == ({"result": "ok"}, "drop")
    assert stored(world) == ["0190-a"]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("/v1/batch", b'{"batch":[', b"]}"),
        ("/v1/import", b'{"batch":[', b"]}"),
        ("/batch/", b'{"batch":[', b"]}"),
        ("/e/", b"[", b"]"),
        ("/i/v1/analytics/events", b'{"batch":[', b"]}"),
        ("/import", b"[", b"]"),
        ("/2/httpapi", b'{"events":[', b"]}"),
    ],
)
def test_more_messages_than_are_taken_at_once_are_413(
    world: World, client: Client, path: str, before: bytes, after: bytes
) -> None:
    authorization = f"Bearer {write_key(world.ours)}"
    for count, status in ((20_000, 200), (20_001, 413)):
        answer = posted(client, path, before + b",".join([b"{}"] * count) + after, HTTP_AUTHORIZATION=authorization)
        assert answer.status_code == status
    assert "more than 20,000 messages" in answer.content.decode()
    assert [len(messages) for messages in kept(world)] == [20_000]


def test_more_lines_than_are_taken_at_once_are_413(world: World, client: Client) -> None:
    authorization = f"Bearer {write_key(world.ours)}"
    assert posted(client, "/import", b"{}\n" * 20_002, HTTP_AUTHORIZATION=authorization).status_code == 413
    message = {"event": "e", "properties": {"distinct_id": "c1", "numbers": [0] * 30_000}}
    assert posted(client, "/import", [message], HTTP_AUTHORIZATION=authorization).status_code == 200  # one is one
