"""What connectors make of a vendor's records: messages as client libraries send them, read by ingest's contracts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engagement.connections.types import Json


def track(
    *,
    message_id: str,
    customer: str,
    event: str,
    at: datetime,
    properties: Mapping[str, object],
    is_anonymous: bool = False,
) -> Json:
    """Something that a customer did at an instant. The same `message_id` and day is the same event."""
    return {
        "type": "track",
        "messageId": message_id,
        "anonymousId" if is_anonymous else "userId": customer,
        "event": event,
        "timestamp": at.isoformat(),
        "properties": dict(properties),
    }


def identify(*, message_id: str, customer: str, at: datetime, traits: Mapping[str, object]) -> Json:
    """What is known of a customer as of an instant: older news that comes late only fills gaps."""
    return {
        "type": "identify",
        "messageId": message_id,
        "userId": customer,
        "timestamp": at.isoformat(),
        "traits": dict(traits),
    }
