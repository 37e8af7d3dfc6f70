"""Whatever comes to the addresses of other families: refused with a reason, or kept whole; nothing else is raised."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.contracts import DIALECTS, check_readable, parse, unpack, without_keys
from engagement.ingest.contracts.naming import Names, without
from tests.ingest.test_contracts_anything import assert_storable, assert_told, scalars, texts, values

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
LIMIT = 100_000
INNER = (
    "distinct_id", "$device_id", "$user_id", "$is_identified", "$process_person_profile", "$anon_distinct_id", "alias",
    "$set", "$set_once", "$unset", "$groups", "$group_type", "$group_key", "$group_set", "$insert_id", "time", "token",
    "$distinct_ids", "$anon_id", "$identified_id", "title", "$lib", "$setOnce",
)  # fmt: skip
OUTER = (
    "event", "event_type", "properties", "uuid", "timestamp", "distinct_id", "$distinct_id", "$set", "$set_once",
    "$unset", "$time", "$add", "user_id", "device_id", "insert_id", "time", "groups", "group_properties", "revenue",
    "user_properties", "event_properties", "options", "api_key", "$token",
)  # fmt: skip
NAMES = (
    "Order Completed", "$identify", "$create_alias", "$merge", "$merge_dangerously", "$groupidentify", "$set",
    "$pageview", "$screen", "[Amplitude] Page Viewed",
)  # fmt: skip
ids = st.sampled_from(["c1", "$device:d1", "d1", "$device:", "$company_acme", 42]) | scalars
times = st.sampled_from(["2026-03-09T10:00:00Z", 1772359200, 1772359200.5, 1772359200000, "1772359200"]) | scalars
inner = st.dictionaries(st.sampled_from(INNER), ids | times | values, max_size=6) | values
likely = st.fixed_dictionaries(
    {"event": st.sampled_from(NAMES), "event_type": st.sampled_from(NAMES), "properties": inner},
    optional={"distinct_id": ids, "$distinct_id": ids, "user_id": ids, "device_id": ids, "timestamp": times,
              "time": times, "$set": inner, "$set_once": inner, "$unset": values, "uuid": scalars, "insert_id": scalars,
              "user_properties": inner, "groups": inner, "event_properties": inner, "group_properties": inner},
)  # fmt: skip
messages = likely | st.dictionaries(st.sampled_from(OUTER), inner | ids | times | values, max_size=6) | values
wrappers = st.sampled_from(["list", "batch", "events", "one", "lines"])
wraps = st.sampled_from(["plain", "form", "base64", "gzip in base64", "query"])


def wrapped(sent: list[Any], *, wrapper: str, wrap: str) -> tuple[bytes, str]:
    """A body and a query, as some library or other would make them; JSON as Python writes it, NaN included."""
    said: Any = {"list": sent, "one": sent[0] if sent else {}, "batch": {"batch": sent, "sent_at": "2026-03-10"}}.get(
        wrapper, {"events": sent}
    )
    text = ("\n".join(map(json.dumps, sent)) if wrapper == "lines" else json.dumps(said)).encode()
    packed = base64.b64encode(gzip.compress(text) if wrap.startswith("gzip") else text)
    if wrap == "plain":
        return text, ""
    fields = urlencode({"data": text if wrap == "form" else packed, "verbose": 1})
    return (b"", fields) if wrap == "query" else (fields.encode(), "")


@pytest.mark.parametrize("kind", DIALECTS)
@given(sent=st.lists(messages, max_size=4), wrapper=wrappers, wrap=wraps)
def test_every_message_ends_in_exactly_one_place(kind: str, sent: list[Any], wrapper: str, wrap: str) -> None:
    body, query = wrapped(sent, wrapper=wrapper, wrap=wrap)
    try:
        found = unpack(body, kind=kind, authorization=None, query=query, limit_bytes=LIMIT)
    except (InvalidInputError, TooLargeError):
        return
    kept = without_keys(found.body, key="rpw_none")  # only a key that is known is ever taken out
    assert check_readable(kept, kind=found.kind) == found.count
    assert_whole(kept, kind=found.kind, count=found.count)
    left, cut = without(kept, kind=found.kind, names=Names(ids=frozenset({("c1", True)}), emails=frozenset()))
    assert check_readable(left, kind=found.kind) == found.count - cut
    assert all("c1" not in {event.external_id, event.anonymous_id} for event in parse_of(left, found.kind).events)


def parse_of(body: bytes, kind: str) -> Any:
    return parse(body, kind=kind, received_at=RECEIVED)


def assert_whole(body: bytes, *, kind: str, count: int) -> None:
    read = parse_of(body, kind)
    counted = [*read.events, *(one for one in read.traits if not one.beside), *read.rejections]
    assert sorted(one.position for one in counted) == list(range(1, count + 1))
    assert read == parse_of(body, kind)  # worked through twice, it is the same
    for event in read.events:
        assert event.name
        assert event.message_id
        assert event.external_id or event.anonymous_id
        assert date(2000, 1, 1) <= event.day <= date(2026, 3, 11)
        assert_storable([event.name, event.message_id, event.external_id, event.anonymous_id, event.properties])
    for traits in read.traits:
        assert traits.external_id or traits.anonymous_id
        assert_storable([traits.external_id, traits.anonymous_id, traits.traits, traits.message_id])
    for rejection in read.rejections:
        assert_told(rejection)


@pytest.mark.parametrize("kind", DIALECTS)
@example(body=b"", query="")
@example(body=b"[" * 100_000, query="")
@example(body=b'{"batch":[' * 20_000, query="")
@example(body=b"data=" + base64.b64encode(b"[" * 50_000), query="")
@example(body=b'{"a":1}\n{"batch": [NaN]}', query="")
@example(body=b'[{"event": "\\ud83d"}]', query="data=x&" * 30)
@example(body=b'\xef\xbb\xbf[{"event": "a"}]', query="")
@given(
    body=st.binary(max_size=80) | texts.map(lambda text: text.encode("utf-8", "replace")), query=st.text(max_size=40)
)
def test_bytes_of_any_kind_are_refused_or_kept(kind: str, body: bytes, query: str) -> None:
    try:
        found = unpack(body, kind=kind, authorization=None, query=query, limit_bytes=LIMIT)
    except (InvalidInputError, TooLargeError):
        return
    assert_whole(found.body, kind=found.kind, count=found.count)
