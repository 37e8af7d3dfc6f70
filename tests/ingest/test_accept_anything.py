"""Whatever is sent, the answer is one of those that libraries understand, and what is kept can be worked through."""

from __future__ import annotations

import gzip
import json
from typing import Any

from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.ingest.models import IngestBatch
from tests.conftest import World
from tests.ingest.sending import one, post, rows, track, work, write_key

_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)  # lone surrogates and NUL among them
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_FIELDS = ("type", "event", "userId", "anonymousId", "messageId", "timestamp", "properties", "traits", "sentAt")
_MESSAGE = st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS, _JSON)).map(lambda odd: {**track(1), **odd})
_BATCH = st.fixed_dictionaries({"batch": st.lists(_MESSAGE | _JSON, max_size=6), "sentAt": _JSON})
_BODY = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(gzip.compress),
    st.binary(max_size=60).map(lambda rest: b"\x1f\x8b" + rest),
    _JSON.map(lambda value: json.dumps(value).encode()),
    _BATCH.map(lambda value: json.dumps(value).encode()),
    _BATCH.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")),
)
_QUIETLY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@_QUIETLY
@given(
    body=_BODY, kind=st.sampled_from(["batch", "track", "identify", "alias"]), encoding=st.sampled_from(["", "gzip"])
)
def test_no_body_is_ever_answered_with_a_failure_of_ours(
    world: World, client: Client, body: bytes, kind: str, encoding: str
) -> None:
    headers = {"HTTP_CONTENT_ENCODING": encoding} if encoding else {}
    answer = post(client, body, key=_key(world), path=f"/v1/{kind}", **headers)
    assert answer.status_code in {200, 400, 401, 413}
    assert set(answer.json()) == ({"success"} if answer.status_code == 200 else {"code", "message"})


@_QUIETLY
@given(batch=_BATCH)
def test_whatever_was_kept_is_worked_through_message_by_message(world: World, client: Client, batch: Any) -> None:
    before = set(rows(world.ours, IngestBatch, "id"))
    if post(client, batch, key=_key(world)).status_code != 200:
        return
    (batch_id,) = set(rows(world.ours, IngestBatch, "id")) - before
    counts = work(world.ours, batch_id)
    assert counts is not None
    assert counts.stored + counts.duplicates + counts.rejected == len(batch["batch"])
    assert one(world.ours, IngestBatch, batch_id).state == "done"


@_QUIETLY
@given(authorization=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60))
def test_no_header_is_ever_answered_with_a_failure_of_ours(world: World, client: Client, authorization: str) -> None:
    answer = post(client, {"batch": []}, HTTP_AUTHORIZATION=authorization)
    assert answer.status_code == 401


_KEYS: dict[int, str] = {}


def _key(world: World) -> str:
    """One key for all examples of a test; each test has a world of its own."""
    if world.ours.pk not in _KEYS:
        _KEYS[world.ours.pk] = write_key(world.ours)
    return _KEYS[world.ours.pk]
