"""What the Segment family of client libraries sends, read without Django and without the database.

The order in a request: `decode_body`, `find_write_key`, `check_readable`, then the body is stored `without_keys`;
`parse` runs later.
"""

from __future__ import annotations

from engagement.ingest.contracts.batches import parse
from engagement.ingest.contracts.bodies import (
    KINDS,
    InvalidJsonError,
    check_readable,
    decode_body,
    find_write_key,
)
from engagement.ingest.contracts.hiding import without_keys

__all__ = [
    "KINDS",
    "InvalidJsonError",
    "check_readable",
    "decode_body",
    "find_write_key",
    "parse",
    "without_keys",
]
