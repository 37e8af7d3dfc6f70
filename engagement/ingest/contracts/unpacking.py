"""Requests of other families than Segment's, out of whatever they are wrapped in.

A form or a query with `data`, base64, gzip within it, one message, a list, or an object with the list under `batch` or
`events`: each becomes the one form that is kept, its messages as they came.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.bodies import (
    GZIP_MAGIC,
    InvalidJsonError,
    OpenedBody,
    UnknownCompressionError,
    decode_body,
    key_in_header,
    open_body,
    packed,
    usable_key,
)
from engagement.ingest.contracts.counting import check_lines, check_list
from engagement.ingest.contracts.mending import mend

OUR_KEYS: Final = "rpw_"  # how our keys begin: among several places, the one with such a key counts
_FIELDS_MAX = 20
_GLIMPSED: Final = re.compile(
    rb'(?:"(?:api_key|\$?token|writeKey)"\s*:\s*"|\b(?:api_key|token)=)(rpw_[A-Za-z0-9_-]{1,200})'
)
_GLIMPSED_BYTES: Final = 65_536
_GLIMPSED_TAIL_BYTES: Final = 1_024
_FIELD_BYTES: Final = 64  # of the name before a key, with what may stand between
_GZIP: Final = 31  # window bits of a stream with gzip's head
_UNKNOWN_COMPRESSIONS = frozenset({"lz64", "zstd", "br"})


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A request of another family: `body` in the form that is kept, `count` messages in it, `fields` of its form."""

    kind: str
    body: bytes
    key: str | None
    count: int
    fields: Mapping[str, str]


class _Wrapper(msgspec.Struct):
    """What stands beside the list of messages, in the words of several families."""

    batch: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    events: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    sent_at: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    created_at: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    client_upload_time: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    api_key: object = None
    token: object = None
    write_key: object = msgspec.field(name="writeKey", default=None)


class _Keys(msgspec.Struct):
    api_key: object = None
    token: object = None
    dollar_token: object = msgspec.field(name="$token", default=None)
    properties: msgspec.Raw = msgspec.Raw(b"null")


class _InnerKeys(msgspec.Struct):
    token: object = None


class _EventName(msgspec.Struct):
    event: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    event_type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_event_names = msgspec.json.Decoder(_EventName)
_wrappers = msgspec.json.Decoder(_Wrapper)
_message_keys = msgspec.json.Decoder(_Keys)
_inner_keys = msgspec.json.Decoder(_InnerKeys)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def unpack(body: bytes, *, kind: str, authorization: str | None, query: str, limit_bytes: int) -> Unpacked:
    """The request in the form that is kept, and its key; of "posthog" and "amplitude" the body says which it is.

    `body` is unpacked of Content-Encoding already. Raises InvalidJsonError where no message can be told from another,
    TooLargeError where `limit_bytes` are not enough or there are too many messages, UnknownCompressionError for a
    compression that is not taken, and InvalidInputError for messages with several keys.
    """
    plain, fields = _payload(body, query=query, limit_bytes=limit_bytes)
    check_list(plain)
    wrapper, opened = _open(plain, may_be_lines=kind.startswith("mixpanel"))
    if kind in ("posthog", "amplitude"):
        kind = _family(wrapper, opened) or kind
    messages = opened.originals()
    return Unpacked(
        kind=kind,
        body=packed(messages, sent_at=bytes(opened.sent_at)),
        key=_key(wrapper, opened, authorization=authorization, fields=fields),
        count=len(messages),
        fields=fields,
    )


def glimpsed_key(body: bytes, query: str) -> str | None:
    """A key of ours that can be seen without reading the request: in its query, or at either end of its body.

    A glimpse only: enough to send away whose queue is full, never to let anybody in.

    >>> glimpsed_key(b'{"api_key": "rpw_a1", "batch": []}', ""), glimpsed_key(b"{}", "token=rpw_b2&ip=1")
    ('rpw_a1', 'rpw_b2')
    """
    if body[:2] == GZIP_MAGIC:
        try:
            body = zlib.decompressobj(_GZIP).decompress(body, _GLIMPSED_BYTES)
        except zlib.error:
            return None
    for text in (query.encode(), body[:_GLIMPSED_BYTES], body[-_GLIMPSED_TAIL_BYTES:]):
        at = text.find(OUR_KEYS.encode())  # an expression alone would take ten times as long
        found = _GLIMPSED.search(text, max(0, at - _FIELD_BYTES)) if at >= 0 else None
        if found is not None:
            return found[1].decode()
    return None


def _family(wrapper: _Wrapper | None, opened: OpenedBody) -> str | None:
    """Whose request this is, by its own marks, for the address that two families share: the name of the list, and where
    there is none (one event, or a bare list) how the first message that can be read names its event.
    """
    if wrapper is not None and wrapper.batch is not msgspec.UNSET:
        return "posthog"
    if wrapper is not None and wrapper.events is not msgspec.UNSET:
        return "amplitude"
    for raw in opened.messages:
        try:
            named = _event_names.decode(raw)
        except _UNREADABLE:
            continue
        if named.event_type is not msgspec.UNSET or named.event is not msgspec.UNSET:
            return "posthog" if named.event_type is msgspec.UNSET else "amplitude"
    return None


def _payload(body: bytes, *, query: str, limit_bytes: int) -> tuple[bytes, dict[str, str]]:
    """The JSON itself, and the fields of query and form beside it."""
    fields = _fields(query.encode())
    if fields.get("compression", "").lower() in _UNKNOWN_COMPRESSIONS:
        raise UnknownCompressionError
    data = fields.pop("data", "").encode("latin-1")
    start = body.lstrip()[:1]
    if body and start not in (b"{", b"["):
        form = _fields(body)
        data = form.pop("data", "").encode("latin-1")
        fields = {**fields, **form}
    elif body:
        return body, fields
    if not data:
        raise InvalidJsonError("There is nothing to read. Send events as JSON, or as JSON in a field called data.")
    if data.lstrip()[:1] in (b"{", b"["):
        return data, fields
    return _from_base64(data, limit_bytes=limit_bytes), fields


def _fields(text: bytes) -> dict[str, str]:
    """The fields of a form, each byte of them a character (Latin-1); empty for what is no form."""
    try:
        pairs = parse_qsl(text.decode("latin-1"), max_num_fields=_FIELDS_MAX, encoding="latin-1")
    except ValueError:
        return {}
    return dict(pairs)


def _from_base64(data: bytes, *, limit_bytes: int) -> bytes:
    """What is written as base64, gzip within it too. A plus sign that a form made a blank is one again."""
    text = data.strip().replace(b" ", b"+").replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        plain = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidJsonError("The field called data is neither JSON nor base64.") from error
    if plain.startswith(GZIP_MAGIC):
        return decode_body(plain, content_encoding=None, limit_bytes=limit_bytes)
    return plain


def _open(plain: bytes, *, may_be_lines: bool) -> tuple[_Wrapper | None, OpenedBody]:
    """The messages, and what stands beside them where they have a wrapper."""
    if plain.lstrip()[:1] == b"[":
        return None, open_body(b'{"batch":' + plain + b"}", kind="batch")
    wrapper = _wrapper_of(plain)
    if wrapper is None:
        return None, _lines(plain, may_be_lines=may_be_lines)
    sent_at = _sent_at(wrapper)
    for field in ("batch", "events"):
        if getattr(wrapper, field) is not msgspec.UNSET:
            opened = open_body(plain, kind="batch", field=field)
            return wrapper, OpenedBody(messages=opened.messages, flaws=opened.flaws, sent_at=sent_at)
    opened = open_body(b'{"batch":[' + plain + b"]}", kind="batch")
    return wrapper, OpenedBody(messages=opened.messages, flaws=opened.flaws, sent_at=sent_at)


def _sent_at(wrapper: _Wrapper) -> msgspec.Raw:
    for raw in (wrapper.sent_at, wrapper.created_at, wrapper.client_upload_time):
        if isinstance(raw, msgspec.Raw) and bytes(raw) != b"null":
            return raw
    return msgspec.Raw(b"null")


def _wrapper_of(plain: bytes) -> _Wrapper | None:
    try:
        return _wrappers.decode(plain)
    except _UNREADABLE:
        pass
    try:
        return _wrappers.decode(mend(plain, is_batch=False).body)
    except _UNREADABLE:
        return None


def _lines(plain: bytes, *, may_be_lines: bool) -> OpenedBody:
    """One message a line. A line that cannot be read becomes a text, which is refused as itself, alone."""
    check_lines(plain)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    kept = [line if _wrapper_of(line) is not None else _as_text(line) for line in lines]
    if not may_be_lines or kept == [] or not any(line.startswith(b"{") for line in kept):
        raise InvalidJsonError("The body is not readable JSON.")
    return open_body(b'{"batch":[' + b",".join(kept) + b"]}", kind="batch")


def _as_text(line: bytes) -> bytes:
    return json.dumps(line.decode("utf-8", "replace")).encode()


def _key(
    wrapper: _Wrapper | None, opened: OpenedBody, *, authorization: str | None, fields: Mapping[str, str]
) -> str | None:
    """The key among the places that the families have for it; the messages of one request name one key at most."""
    inside = list(dict.fromkeys(key for raw in opened.messages for key in _keys_in(raw)))
    if len([key for key in inside if key.startswith(OUR_KEYS)]) > 1:  # a property may be called token as well
        raise InvalidInputError("The messages of this request name several keys. Send each key's messages alone.")
    beside = [wrapper.write_key, wrapper.api_key, wrapper.token] if wrapper is not None else []
    places: list[Any] = [key_in_header(authorization), *beside, *inside, fields.get("token"), fields.get("api_key")]
    keys = [key for key in map(usable_key, places) if key is not None]
    return next((key for key in keys if key.startswith(OUR_KEYS)), keys[0] if keys else None)


def _keys_in(raw: msgspec.Raw) -> Iterator[str]:
    try:
        found = _message_keys.decode(raw)
    except _UNREADABLE:
        return
    try:
        inner = _inner_keys.decode(found.properties).token
    except _UNREADABLE:
        inner = None
    for value in (found.api_key, found.token, found.dollar_token, inner):
        key = usable_key(value)
        if key is not None:
            yield key
