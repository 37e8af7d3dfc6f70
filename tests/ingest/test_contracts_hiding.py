"""Taking keys out of a body changes nothing that is read from it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.ingest.contracts import parse
from engagement.ingest.contracts.hiding import REMOVED, without_keys
from engagement.ingest.types import ParsedBatch
from tests.conftest import NOW
from tests.ingest.sending import track

KEY = "rpw_" + "Ab0-_" * 8 + "xyz"
OTHER = "rpw_" + "Zz9-_" * 8 + "abc"


def hidden(body: str, key: str = KEY) -> str:
    return without_keys(body.encode(), key=key).decode()


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (f'{{"writeKey": "{KEY}"}}', f'{{"writeKey": "{REMOVED}"}}'),
        (f'{{"writeKey" : "{OTHER}"}}', f'{{"writeKey" : "{REMOVED}"}}'),
        (f'{{"id": "{OTHER}"}}', f'{{"id": "{OTHER}"}}'),  # somebody's id may look like a key
        ('{"a": "caf\\u00e9 \\u003cb\\u003e"}', '{"a": "caf\\u00e9 \\u003cb\\u003e"}'),
        ('{"a": "\\u0041nna"}', '{"a": "\\u0041nna"}'),  # needless escapes elsewhere stay as they came
        (f'{{"a": "\\\\{KEY}"}}', f'{{"a": "\\\\{REMOVED}"}}'),
        ('{"a": "\\u0072pw', '{"a": "\\u0072pw'),
        ("", ""),
    ],
)
def test_what_is_left(body: str, left: str) -> None:
    assert hidden(body) == left


def test_an_escape_after_an_escaped_backslash_is_none() -> None:
    body = json.dumps({"a": KEY, "b": "\\u0041"}).replace(KEY[0], "\\u0072", 1)
    assert json.loads(hidden(body)) == {"a": REMOVED, "b": "\\u0041"}


def said(body: bytes, received_at: datetime = NOW) -> ParsedBatch:
    """What is read of a body; what was rejected is kept as it came, so its bytes may differ by the key."""
    parsed = parse(body, kind="batch", received_at=received_at)
    return replace(parsed, rejections=tuple(replace(one, original=b"") for one in parsed.rejections))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20) | st.just(OTHER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(properties=st.dictionaries(st.text(min_size=1, max_size=6), VALUES, max_size=4), ids=st.booleans(),
       ascii_only=st.booleans())  # fmt: skip
def test_what_is_read_and_the_ids_of_messages_stay_the_same(
    properties: dict[str, Any], ids: bool, ascii_only: bool
) -> None:
    def body(write_key: str | None) -> bytes:
        message = track(1, properties=properties, writeKey=write_key, **({} if ids else {"messageId": None}))
        return json.dumps({"writeKey": write_key, "batch": [message]}, ensure_ascii=ascii_only).encode()

    assert said(without_keys(body(KEY), key=KEY)) == said(body(KEY)) == said(body(None))


RECORDED = datetime(2026, 11, 22, tzinfo=UTC)
CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.json"))


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_recorded_requests_of_libraries_read_the_same(path: Path) -> None:
    requests = json.loads(path.read_text())["requests"]
    assert requests
    for request in requests:
        sent = request["json"]
        batch = [{**message, "writeKey": KEY} for message in sent["batch"]]
        body = json.dumps({**sent, "writeKey": KEY, "batch": batch}).encode()
        left = without_keys(body, key=KEY)
        assert (KEY.encode() in body, KEY.encode() in left) == (True, False)
        plain = json.dumps(sent).encode()
        assert said(left, RECORDED) == said(body, RECORDED) == said(plain, RECORDED)
        assert said(plain, RECORDED).rejections == ()
