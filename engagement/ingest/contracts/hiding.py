"""Takes keys out of a request before its body is kept: whoever reads what is stored cannot send with it."""

from __future__ import annotations

import json
import re
from typing import Final

REMOVED: Final = "(removed)"

# A key or token of ours where a body has its place for keys; another than the one that opened the door may stand there.
_IN_PLACE = re.compile(rb'("(?:writeKey|api_key|\$?token)"\s*+:\s*+")rp[a-z]_[A-Za-z0-9_-]{43}(?=")')
_PREFIXES: Final = (b"rpw_", b"rpt_", b"rpo_")
# Escapes of characters that a key has. No library writes them; whoever does could otherwise have a key kept in clear.
_ESCAPED = re.compile(rb"\\u00(?:2[dD]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA])")
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def without_keys(body: bytes, *, key: str) -> bytes:
    """The body with `key`, wherever it stands, and other keys of ours, where keys belong, replaced by "(removed)".

    Keys take no part in what a message says: events, traits, rejections and the ids of messages stay the same.

    >>> without_keys(b'{"writeKey": "rpw_1", "event": "Visit"}', key="rpw_1")
    b'{"writeKey": "(removed)", "event": "Visit"}'
    """
    if _ESCAPED.search(body):
        body = _TEXT.sub(lambda text: _written_out(text[0], key=key), body)
    body = body.replace(key.encode(), REMOVED.encode())
    if any(prefix in body for prefix in _PREFIXES):
        body = _IN_PLACE.sub(rb"\1" + REMOVED.encode(), body)
    return body


def _written_out(text: bytes, *, key: str) -> bytes:
    """A text that holds the key in escapes, without them; any other, and one that cannot be read, stays as it is."""
    if not _ESCAPED.search(text):
        return text
    try:
        said = str(json.loads(text))
    except ValueError:
        return text
    return json.dumps(said).encode() if key in said else text
