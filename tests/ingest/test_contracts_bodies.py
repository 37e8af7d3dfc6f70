"""The request as a whole: unpacking with a cap, the key, and what counts as unreadable."""

from __future__ import annotations

import base64
import gzip
import json
import tracemalloc
import zlib

import pytest

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.contracts import (
    InvalidJsonError,
    UnknownCompressionError,
    check_readable,
    decode_body,
    find_write_key,
)

LIMIT = 100_000
BODY = b'{"batch": []}'


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
def test_a_plain_body_passes_unchanged(encoding: str | None) -> None:
    assert decode_body(BODY, content_encoding=encoding, limit_bytes=LIMIT) == BODY


@pytest.mark.parametrize("encoding", [None, "gzip", "GZIP", "x-gzip", "identity"])
def test_gzip_is_unpacked_by_header_or_by_its_first_bytes(encoding: str | None) -> None:
    assert decode_body(gzip.compress(BODY), content_encoding=encoding, limit_bytes=LIMIT) == BODY


def test_gzip_in_several_members_and_with_padding_is_one_body() -> None:
    packed = gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]) + b"\0" * 8
    assert decode_body(packed, content_encoding="gzip", limit_bytes=LIMIT) == BODY


@pytest.mark.parametrize(
    "body",
    [
        BODY,  # the header lies
        gzip.compress(BODY, mtime=0)[:-4],  # cut off in the check sum
        gzip.compress(BODY, mtime=0)[:12],
        gzip.compress(BODY, mtime=0) + b"rubbish",
        b"\x1f\x8b" + b"\xff" * 30,
        b"",
        gzip.compress(b"", mtime=0) * 50_000,  # many empty members only cost time
    ],
)
def test_broken_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInputError, match="cannot be unpacked"):
        decode_body(body, content_encoding="gzip", limit_bytes=10_000_000)


def test_another_compression_is_refused_by_name_of_what_is_taken() -> None:
    with pytest.raises(UnknownCompressionError, match="Content-Encoding: gzip"):
        decode_body(zlib.compress(BODY), content_encoding="deflate", limit_bytes=LIMIT)


def test_the_limit_itself_is_taken_and_one_byte_more_is_not() -> None:
    exact = b"x" * LIMIT
    assert decode_body(exact, content_encoding=None, limit_bytes=LIMIT) == exact
    assert decode_body(gzip.compress(exact), content_encoding=None, limit_bytes=LIMIT) == exact
    for body in (exact + b"x", gzip.compress(exact + b"x")):
        with pytest.raises(TooLargeError, match="100,000 bytes"):
            decode_body(body, content_encoding=None, limit_bytes=LIMIT)


def test_the_limit_holds_over_all_members_together() -> None:
    half = gzip.compress(b"x" * (LIMIT // 2 + 1))
    with pytest.raises(TooLargeError):
        decode_body(half + half, content_encoding="gzip", limit_bytes=LIMIT)


def test_a_bomb_is_never_expanded() -> None:
    bomb = gzip.compress(b"0" * 80_000_000)
    assert len(bomb) < LIMIT
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            decode_body(bomb, content_encoding="gzip", limit_bytes=LIMIT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * LIMIT


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(user.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "body", "key"),
    [
        (basic("wk_1:"), b"", "wk_1"),
        (basic("wk_1:secret"), b'{"writeKey": "wk_2"}', "wk_1"),
        (basic("wk_1").replace("Basic", "basic"), b"", "wk_1"),
        ("Bearer wk_3", b'{"writeKey": "wk_2"}', "wk_3"),
        (None, b'{"batch": [], "writeKey": "wk_2", "api_key": "wk_4"}', "wk_2"),
        (None, b'{"batch": [], "api_key": "wk_4"}', "wk_4"),
        (None, b'{"batch": [{"v": NaN}], "writeKey": "wk_2"}', "wk_2"),
        (basic(":"), b'{"writeKey": "wk_2"}', "wk_2"),
        ("Basic %%%", b'{"writeKey": "wk_2"}', "wk_2"),
        ("Basic /w==", b'{"writeKey": "wk_2"}', "wk_2"),
        ("Digest wk_9", b'{"writeKey": "wk_2"}', "wk_2"),
        ("Basic", b"{}", None),
        ("Bearer  ", b"{}", None),
        ("Bearer wk\0", b"{}", None),
        ("Bearer " + "x" * 201, b"{}", None),
        (None, b'{"writeKey": 5}', None),
        (None, b'{"writeKey": "a\\u0000b"}', None),
        (None, b'{"writeKey": "\\ud800"}', "?"),
        (None, b'{"writeKey": "\xff"}', None),
        (None, b'["wk"]', None),
        (None, b"not json", None),
        (None, b"[" * 5000, None),
        (None, b"", None),
        ("", b"", None),
    ],
)
def test_the_key_is_found_in_order(authorization: str | None, body: bytes, key: str | None) -> None:
    assert find_write_key(authorization=authorization, body=body) == key


@pytest.mark.parametrize(
    ("kind", "body", "count"),
    [
        ("batch", b'{"batch": []}', 0),
        ("batch", b'{"sentAt": 5, "batch": [1, null, {}]}', 3),
        ("batch", b'{"batch": [{"v": NaN}, {"v": -Infinity}]}', 2),
        ("batch", b'{"batch": [{"v": "\\udc00"}], "sentAt": NaN}', 1),
        ("batch", b'{"batch": [' + b"[" * 5000 + b"]" * 5000 + b', {"v": 1}]}', 2),
        ("batch", b'{"\xff": "\xff", "batch": []}', 0),
        ("track", b"{}", 1),
        ("identify", b'{"traits": {"v": Infinity}}', 1),
    ],
)
def test_readable_bodies_are_counted(kind: str, body: bytes, count: int) -> None:
    assert check_readable(body, kind=kind) == count


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("batch", b"", "not readable JSON"),
        ("batch", b"{", "not readable JSON"),
        ("batch", b'{"batch": [{"v": tru}]}', "not readable JSON"),
        ("batch", b'{"batch": [{"v": NaN}', "not readable JSON"),
        ("batch", b'{"batch": [{"v": "NaN}]}', "not readable JSON"),
        ("batch", b'{"batch": ' + b"[" * 100_000, "not readable JSON"),
        ("batch", b"[" * 100_000, "wrong shape"),
        ("batch", b"[]", "wrong shape"),
        ("batch", b"{}", "wrong shape"),
        ("batch", b'{"batch": {"0": {}}}', "wrong shape"),
        ("batch", b'{"batch": null}', "wrong shape"),
        ("track", b"[{}]", "wrong shape"),
        ("track", b"5", "wrong shape"),
        ("track", b"NaN", "wrong shape"),
    ],
)
def test_unreadable_bodies_are_refused_as_a_whole(kind: str, body: bytes, message: str) -> None:
    with pytest.raises(InvalidJsonError, match=message) as caught:
        check_readable(body, kind=kind)
    assert (caught.value.code, caught.value.status) == ("invalid_json", 400)


@pytest.mark.parametrize("piece", [b'\\"', b'"', b"NaN", b"[", b"\\ud800", b'"\\'])
def test_hostile_bodies_take_no_more_than_linear_time(piece: bytes) -> None:
    """A search that starts over at every quotation mark would take hours here; the test run's limit would end it."""
    with pytest.raises(InvalidJsonError):
        check_readable(b'{"batch": [NaN, "' + piece * 200_000, kind="batch")


def test_a_large_good_batch_is_counted() -> None:
    body = json.dumps({"batch": [{"type": "track", "event": "a"}] * 5000}).encode()
    assert check_readable(body, kind="batch") == 5000
