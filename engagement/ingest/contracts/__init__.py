"""What client libraries send, read without Django and without the database.

The order in a request: `decode_body`, `find_write_key`, `check_readable`, then the body is stored `without_keys`;
`parse` runs later.
Requests of other families than Segment's go through `unpack` first, which gives the form that is kept.
"""

from __future__ import annotations

from engagement.ingest.contracts.batches import parse
from engagement.ingest.contracts.bodies import (
    DIALECTS,
    KINDS,
    InvalidJsonError,
    UnknownCompressionError,
    check_readable,
    decode_body,
    find_write_key,
)
from engagement.ingest.contracts.counting import check_list
from engagement.ingest.contracts.hiding import without_keys
from engagement.ingest.contracts.unpacking import Unpacked, glimpsed_key, unpack

__all__ = [
    "DIALECTS",
    "KINDS",
    "InvalidJsonError",
    "UnknownCompressionError",
    "Unpacked",
    "check_list",
    "check_readable",
    "decode_body",
    "find_write_key",
    "glimpsed_key",
    "parse",
    "unpack",
    "without_keys",
]
