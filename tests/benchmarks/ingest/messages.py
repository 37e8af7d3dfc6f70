"""What client libraries send: bodies of messages with ids of their own, drawn from a seed."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SENT_AT: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_DAY: Final = datetime(2026, 3, 1, tzinfo=UTC)
# Six of seven are counted by the actions that a new client begins with.
_NAMES: Final = ("Page Viewed", "Page Viewed", "Page Viewed", "Order Completed", "Email Opened", "social", "Clicked")
_MILLISECONDS: Final = 1_772_000_000_000


def bodies(*, events: int, at_once: int, customers: int, seed: int, in_order: bool) -> list[bytes]:
    """Requests of `at_once` messages each; with ids in the order of time (like UUIDv7), or random ones (UUIDv4)."""
    drawn = _messages(customers=customers, source=random.Random(seed), in_order=in_order)
    return [
        json.dumps({"batch": [next(drawn) for _ in range(at_once)], "sentAt": SENT_AT.isoformat()}).encode()
        for _ in range(events // at_once)
    ]


def _messages(*, customers: int, source: random.Random, in_order: bool) -> Iterator[dict[str, Any]]:
    place = 0
    while True:
        place += 1
        at = (_DAY + timedelta(seconds=source.random() * 86_400)).isoformat(timespec="milliseconds")
        yield {
            "type": "track",
            "event": source.choice(_NAMES),
            "userId": f"c{source.randrange(customers):07d}",
            "messageId": _message_id(source, place, in_order=in_order),
            "timestamp": at,
            "originalTimestamp": at,
            "context": {"library": {"name": "analytics-python", "version": "2.3.2"}},
            "integrations": {},
            "properties": {
                "path": f"/shop/item/{source.randrange(1_000)}",
                "total": round(source.random() * 100, 2),
                "currency": "EUR",
                "items": source.randrange(9),
            },
        }


def _message_id(source: random.Random, place: int, *, in_order: bool) -> str:
    raw = bytearray(source.randbytes(16))
    if in_order:
        raw[:6] = (_MILLISECONDS + place).to_bytes(6, "big")
    raw[6] = raw[6] & 0x0F | (0x70 if in_order else 0x40)
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))
