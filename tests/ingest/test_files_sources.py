"""The bytes of an upload: progress, gzip, the digest, and encodings that are not UTF-8."""

from __future__ import annotations

import gzip
import hashlib
import io
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.files import CountedSource, digest_of, read_customers
from engagement.ingest.types import TraitsIn

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Dribble(io.BytesIO):
    """A source that gives at most a few bytes at a time, as a slow upload does."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(7, size) if size is not None and size > 0 else 7)


class Endless:
    """More than it would be wise to hold in memory, made as it is asked for."""

    def __init__(self, *, size: int) -> None:
        self.left = size

    def read(self, size: int = -1, /) -> bytes:
        piece = b"customer-1\n" * (size // 11 + 1)
        taken = piece[: min(size, self.left)]
        self.left -= len(taken)
        return taken


def names(content: bytes) -> list[str | None]:
    rows = read_customers(io.BytesIO(content), received_at=RECEIVED)
    return [row.external_id for row in rows if isinstance(row, TraitsIn)]


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"])).map(str.encode))
def test_the_digest_is_that_of_the_content_packed_or_not(content: bytes) -> None:
    plain = hashlib.sha256(content).hexdigest()
    assert digest_of(io.BytesIO(content)) == plain
    assert digest_of(Dribble(content)) == plain
    assert digest_of(io.BytesIO(gzip.compress(content))) == plain


def test_a_large_file_is_digested_in_little_memory() -> None:
    tracemalloc.start()
    try:
        digest_of(Endless(size=22_000_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000  # of 22 MB


def test_the_digest_stops_at_the_limit() -> None:
    assert digest_of(io.BytesIO(b"a" * 500_000), limit_bytes=500_000)
    for content in (b"a" * 500_001, gzip.compress(b"a" * 500_001)):
        with pytest.raises(TooLargeError, match="500,000 bytes"):
            digest_of(io.BytesIO(content), limit_bytes=500_000)


def test_progress_counts_the_bytes_as_uploaded() -> None:
    content = gzip.compress(b"id\n" + b"".join(b"customer-%d\n" % number for number in range(200_000)), 1)
    source = CountedSource(io.BytesIO(content))
    rows = read_customers(source, received_at=RECEIVED)
    assert 0 < source.bytes_read < len(content)
    before = source.bytes_read
    for _ in range(100_000):
        next(rows)
    assert before < source.bytes_read < len(content)
    assert sum(1 for _ in rows) == 100_000
    assert source.bytes_read == len(content)
    whole = CountedSource(io.BytesIO(content))
    assert whole.read() == content
    assert whole.bytes_read == len(content)


READERS: list[Callable[[bytes], object]] = [lambda content: digest_of(io.BytesIO(content)), names]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id\nMüller\n".encode("latin-1"), "Line 2 is not UTF-8 text: it holds the byte 0xfc"),
        (b"id\n" + b"a\n" * 300_000 + b"\xe9\n" + b"b\n" * 300_000, "Line 300002 is not UTF-8 text.* 0xe9"),
        (b"id\na\xc3", "Line 2 is not UTF-8 text: it holds the byte 0xc3"),
        (b"id\n" + b"a\n" * 131_070 + b"\xc3\n", "Line 131072 is not UTF-8 text: it holds the byte 0xc3"),
        (  # “€” stands across two pieces, and the fault just behind it
            b"id\n" + b"a\n" * 32_765 + b"b\xe2\x82\xac\xe9\n",
            "Line 32767 is not UTF-8 text: it holds the byte 0xe9",
        ),
        (b"id\n\xed\xa0\x80\n", "Line 2 is not UTF-8 text: it holds the byte 0xed"),
        ("id\nMüller\n".encode("utf-16"), r"UTF-16, not UTF-8 \(line 1\)"),
        ("\ufeffid\n".encode("utf-16-be"), r"UTF-16, not UTF-8 \(line 1\)"),
    ],
)
def test_other_encodings_name_the_place_and_the_remedy(
    read: Callable[[bytes], object], content: bytes, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message + ".*Save the file as UTF-8"):
        read(content)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("keep", [5, 40, -6])
def test_damaged_gzip_is_an_error_of_the_file(read: Callable[[bytes], object], keep: int) -> None:
    content = gzip.compress(b"id\n" + b"".join(b"%d\n" % (number * 7919) for number in range(1000)))[:keep]
    with pytest.raises(InvalidInputError, match="damaged or not complete"):
        read(content)


@pytest.mark.parametrize("read", READERS)
def test_what_only_begins_like_gzip_is_an_error_of_the_file(read: Callable[[bytes], object]) -> None:
    for content in (b"\x1f\x8b" + b"\xff" * 50, gzip.compress(b"id\na\n") + b"rubbish"):
        with pytest.raises(InvalidInputError, match="damaged or not complete"):
            read(content)


def test_a_failing_disk_is_not_called_a_damaged_file() -> None:
    class Broken:
        def read(self, size: int = -1, /) -> bytes:
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        digest_of(Broken())


def test_a_byte_order_mark_is_not_part_of_the_first_column() -> None:
    assert names(b"\xef\xbb\xbfid\nM\xc3\xbcller\n") == ["Müller"]
