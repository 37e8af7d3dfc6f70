"""Whatever arrives: every message ends in exactly one place, nothing but InvalidJsonError is ever raised."""

from __future__ import annotations

import contextlib
import json
import math
from datetime import UTC, date, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engagement.ingest.contracts import InvalidJsonError, check_readable, find_write_key, parse
from engagement.ingest.contracts.mending import mend
from engagement.ingest.types import ParsedBatch, Rejection

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
texts = st.text(st.characters(), max_size=8) | st.sampled_from(["track", "identify", "2026-03-09", "a\0", "\ud83d"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from([2**63, 10**400, 1e308])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
FIELDS = (
    "type",
    "event",
    "name",
    "category",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "messageId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "properties",
    "traits",
    "context",
)
KINDS = ("track", "identify", "page", "screen", "group", "alias")
likely = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS), "userId": st.just("u") | scalars, "event": st.just("e") | scalars},
    optional={name: values for name in FIELDS if name not in {"type", "userId", "event"}},
)
messages = likely | st.dictionaries(st.sampled_from(FIELDS), values, max_size=6) | values


def assert_whole(batch: ParsedBatch, *, count: int) -> None:
    positions = [event.position for event in batch.events]
    positions += [traits.position for traits in batch.traits]
    positions += [rejection.position for rejection in batch.rejections]
    assert sorted(positions) == list(range(1, count + 1))
    for event in batch.events:
        assert event.name
        assert event.message_id
        assert event.external_id or event.anonymous_id
        assert date(2000, 1, 1) <= event.day <= date(2026, 3, 11)
        assert_storable([event.name, event.message_id, event.external_id, event.anonymous_id, event.properties])
    for traits in batch.traits:
        assert_storable([traits.external_id, traits.anonymous_id, traits.traits])
    for rejection in batch.rejections:
        assert_told(rejection)


def assert_storable(value: object) -> None:
    """A second, plain reading of what PostgreSQL holds exactly."""
    if isinstance(value, dict):
        assert_storable([*value.keys(), *value.values()])
    elif isinstance(value, list):
        for item in value:
            assert_storable(item)
    elif isinstance(value, str):
        assert b"\0" not in value.encode()  # encode() raises for a lone surrogate
    elif isinstance(value, int):
        assert value.bit_length() <= 63 or value == -(2**63)
    elif isinstance(value, float):
        assert math.isfinite(value)


def assert_told(rejection: Rejection) -> None:
    assert rejection.code
    assert rejection.reason.isprintable()
    assert rejection.remedy.isprintable()
    assert rejection.original


@settings(deadline=None, max_examples=300)
@given(st.lists(messages, max_size=5), scalars, st.booleans())
def test_any_json_in_a_batch(batch: list[object], sent_at: object, ascii_only: bool) -> None:
    text = json.dumps({"batch": batch, "sentAt": sent_at}, ensure_ascii=ascii_only)
    body = text.encode("utf-8", "replace")
    assert check_readable(body, kind="batch") == len(batch)
    assert_whole(parse(body, kind="batch", received_at=RECEIVED), count=len(batch))


@settings(deadline=None, max_examples=200)
@given(messages, st.sampled_from(KINDS))
def test_any_json_as_a_single_message(message: object, kind: str) -> None:
    body = json.dumps(message).encode()
    try:
        batch = parse(body, kind=kind, received_at=RECEIVED)
    except InvalidJsonError:
        assert not isinstance(message, dict)
    else:
        assert isinstance(message, dict)
        assert_whole(batch, count=1)


pieces = st.sampled_from(
    [
        *(b'{"batch":[', b"]}", b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b" ", b"null", b'"a":1'),
        *(b'"batch":', b'"writeKey":"k"', b"NaN", b"-Infinity", b"\\ud800", b"1e999", b"\xff", b"\0"),
    ]
)
bodies = st.binary(max_size=40) | st.lists(pieces, max_size=20).map(b"".join)


@settings(deadline=None, max_examples=400)
@given(bodies, st.sampled_from(["batch", "track"]))
@example(b'{"batch":[NaN],"batch":[1,NaN]}', "batch")
def test_any_bytes(body: bytes, kind: str) -> None:
    find_write_key(authorization=None, body=body)
    with contextlib.suppress(InvalidJsonError):
        assert_whole(parse(body, kind=kind, received_at=RECEIVED), count=check_readable(body, kind=kind))


@settings(deadline=None, max_examples=200)
@given(st.lists(values, max_size=5), st.booleans())
def test_mending_names_exactly_the_messages_a_strict_reader_cannot_take(batch: list[object], compact: bool) -> None:
    separators = (",", ":") if compact else (", ", ": ")
    sent = [json.dumps(value, separators=separators).encode() for value in batch]
    mended = mend(json.dumps({"batch": batch}, separators=separators).encode(), is_batch=True)
    flawed = {index: text for index, text in enumerate(sent) if not strictly_readable(text)}
    assert {index: original for index, (_, original) in mended.flaws.items()} == flawed
    again = json.loads(mended.body)["batch"]
    assert len(again) == len(batch)
    assert [json.dumps(again[index]) for index in range(len(batch)) if index not in flawed] == [
        json.dumps(batch[index]) for index in range(len(batch)) if index not in flawed
    ]


def strictly_readable(text: bytes) -> bool:
    value = json.loads(text)
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:  # not finite, or a lone surrogate
        return False
    return True


def test_a_second_batch_in_the_body_replaces_the_first_with_its_flaws() -> None:
    assert mend(b'{"batch":[NaN, 1],"batch":[1,{"a": "batch", "b": [NaN]} ]}', is_batch=True).flaws == {
        1: ("number_not_finite", b'{"a": "batch", "b": [NaN]}')
    }
