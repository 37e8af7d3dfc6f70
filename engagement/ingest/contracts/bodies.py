"""The request as a whole: its compression, its key, and the messages in it, each still unread."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.contracts.mending import Mended, mend, worth_mending

GZIP_MAGIC: Final = b"\x1f\x8b"
_OTHER_MAGIC: Final = (
    b"\x28\xb5\x2f\xfd",
    b"BZh",
    b"\xfd7zXZ",
    b"PK\x03\x04",
)  # zstd, bzip2, xz, zip: none begins JSON
SINGLE_KINDS: Final = ("track", "identify", "page", "screen", "group", "alias")
KINDS: Final = ("batch", *SINGLE_KINDS)
DIALECTS: Final = ("posthog", "mixpanel_track", "mixpanel_engage", "mixpanel_groups", "amplitude")
"""Other families, kept as `{"batch": [ … ], "sentAt": …}` whatever they were wrapped in (unpacking.py)."""


_GZIP_MEMBERS = 16  # libraries send one; thousands of empty ones would only cost time
_GZIP_WINDOW = 31  # zlib's way to say: gzip wrapper, largest window
_KEY_LIMIT = 200
_COMPRESSIONS = frozenset({"", "identity", "gzip", "x-gzip"})


class InvalidJsonError(InvalidInputError):
    """The body as a whole cannot be read, so no message in it can be told from another."""

    code: ClassVar[str] = "invalid_json"
    default_message = "The body is not readable JSON."


class UnknownCompressionError(InvalidInputError):
    """The body is packed in a way that is not taken here."""

    code: ClassVar[str] = "unknown_compression"
    status: ClassVar[int] = 415
    default_message = "This compression is not taken. Send the body plain, or as gzip with Content-Encoding: gzip."


@dataclass(frozen=True, slots=True)
class OpenedBody:
    """The messages of a request; `flaws` names those that are already known to be bad, by index from 0."""

    messages: list[msgspec.Raw]
    flaws: dict[int, tuple[str, bytes]]
    sent_at: msgspec.Raw

    def originals(self) -> list[bytes]:
        """Each message as it was sent."""
        return [self.flaws.get(at, ("", bytes(raw)))[1] for at, raw in enumerate(self.messages)]


def packed(messages: Iterable[bytes], *, sent_at: bytes) -> bytes:
    """The messages as one body of many, in the form that is kept."""
    return b'{"batch":[' + b",".join(messages) + b'],"sentAt":' + sent_at + b"}"


def holds_many(kind: str) -> bool:
    """Whether a kept body of this kind is a batch of messages and not one message."""
    return kind not in SINGLE_KINDS


class _Envelope(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    sent_at: msgspec.Raw = msgspec.Raw(b"null")


class _Events(msgspec.Struct):
    events: list[msgspec.Raw]


class _Object(msgspec.Struct):
    """Any object: nothing in it is looked at."""


class _Keys(msgspec.Struct):
    write_key: object = msgspec.field(name="writeKey", default=None)
    api_key: object = None


_envelopes = msgspec.json.Decoder(_Envelope)
_lists = msgspec.json.Decoder(_Events)
_objects = msgspec.json.Decoder(_Object)
_keys = msgspec.json.Decoder(_Keys)


def decode_body(body: bytes, *, content_encoding: str | None, limit_bytes: int) -> bytes:
    """The plain bytes of a request: unpacked when the header or the first two bytes say gzip.

    Never expands more than one byte beyond the limit. The content type plays no part: libraries send gzip
    labelled as a form. Raises TooLargeError beyond `limit_bytes`, packed or plain, InvalidInputError for broken gzip,
    and UnknownCompressionError for another compression, which its first bytes may tell as well.
    """
    if len(body) > limit_bytes:
        raise _too_large(limit_bytes)
    encoding = (content_encoding or "").strip().lower()
    if encoding not in _COMPRESSIONS or body.startswith(_OTHER_MAGIC):
        raise UnknownCompressionError
    if "gzip" in encoding or body.startswith(GZIP_MAGIC):
        return _gunzip(body, limit_bytes=limit_bytes)
    return body


def find_write_key(*, authorization: str | None, body: bytes) -> str | None:
    """The key as sent: the user name of Basic, else Bearer, else `writeKey` or `api_key` in the body; None
    without.

    Takes the unpacked body. What cannot be a key (too long, not printable) counts as none, so it never
    reaches the database.
    """
    return key_in_header(authorization) or key_in_body(body)


def key_in_header(authorization: str | None) -> str | None:
    """The user name of Basic, else Bearer; None without, and for what cannot be a key."""
    scheme, _, rest = (authorization or "").strip().partition(" ")
    if scheme.lower() == "basic":
        return _basic_user(rest.strip())
    return usable_key(rest) if scheme.lower() == "bearer" else None


def check_readable(body: bytes, *, kind: str) -> int:
    """How many messages the body holds, for the check before it is stored; raises InvalidJsonError where none
    can be.

    Says nothing about each message: a bad one is rejected later, alone.
    """
    return len(open_body(body, kind=kind).messages)


def open_body(body: bytes, *, kind: str, field: str = "batch") -> OpenedBody:
    """The messages of the body, unread; raises InvalidJsonError when the body cannot be told apart into
    messages. `field` has the list; only a request that is not kept yet has it elsewhere than in `batch`.
    """
    is_batch = holds_many(kind)
    try:
        return _open(body, is_batch=is_batch, field=field, flaws={})
    except RecursionError:
        mended = mend(body, is_batch=is_batch, field=field.encode())
    except msgspec.DecodeError as error:
        if isinstance(error, msgspec.ValidationError) or not worth_mending(body):
            raise _unreadable(error, is_batch=is_batch) from error
        mended = mend(body, is_batch=is_batch, field=field.encode())
    return _open_mended(mended, is_batch=is_batch, field=field)


def _open_mended(mended: Mended, *, is_batch: bool, field: str) -> OpenedBody:
    try:
        return _open(mended.body, is_batch=is_batch, field=field, flaws=mended.flaws)
    except msgspec.DecodeError as error:
        raise _unreadable(error, is_batch=is_batch) from error


def _open(body: bytes, *, is_batch: bool, field: str, flaws: dict[int, tuple[str, bytes]]) -> OpenedBody:
    if field == "events":
        return OpenedBody(messages=_lists.decode(body).events, flaws=flaws, sent_at=msgspec.Raw(b"null"))
    if is_batch:
        envelope = _envelopes.decode(body)
        return OpenedBody(messages=envelope.batch, flaws=flaws, sent_at=envelope.sent_at)
    _objects.decode(body)
    return OpenedBody(messages=[msgspec.Raw(body)], flaws=flaws, sent_at=msgspec.Raw(b"null"))


def _unreadable(error: Exception, *, is_batch: bool) -> InvalidJsonError:
    if isinstance(error, msgspec.ValidationError):
        wanted = '{"batch": [ … ]}' if is_batch else "one message as a JSON object"
        return InvalidJsonError(f"The body has the wrong shape. Send {wanted}.")
    return InvalidJsonError(f"The body is not readable JSON: {error}.")


def _gunzip(body: bytes, *, limit_bytes: int) -> bytes:
    out = bytearray()
    rest = body
    for _ in range(_GZIP_MEMBERS):
        member = zlib.decompressobj(wbits=_GZIP_WINDOW)
        try:
            out += member.decompress(rest, limit_bytes + 1 - len(out))
        except zlib.error as error:
            raise _broken_gzip() from error
        if len(out) > limit_bytes:
            raise _too_large(limit_bytes)
        if not member.eof:
            raise _broken_gzip()
        rest = member.unused_data.lstrip(b"\0")  # padding after a member is allowed
        if not rest:
            return bytes(out)
    raise _broken_gzip()


def _basic_user(encoded: str) -> str | None:
    try:
        user = base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return None
    return usable_key(user)


def key_in_body(body: bytes) -> str | None:
    """`writeKey`, else `api_key`, at the top level of the body; None where neither is usable."""
    try:
        keys = _keys.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            keys = _keys.decode(mend(body, is_batch=False).body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
    return usable_key(keys.write_key) or usable_key(keys.api_key)


def usable_key(value: object) -> str | None:
    """The value without outer blanks where it can be a key: short, printable ASCII; else None."""
    if not isinstance(value, str):
        return None
    key = value.strip()
    return key if 0 < len(key) <= _KEY_LIMIT and key.isascii() and key.isprintable() else None


def _too_large(limit_bytes: int) -> TooLargeError:
    return TooLargeError(f"The body is larger than {limit_bytes:,} bytes (after unpacking). Send fewer events at once.")


def _broken_gzip() -> InvalidInputError:
    return InvalidInputError("The body says it is gzip but cannot be unpacked. Send it whole, or send it plain.")
