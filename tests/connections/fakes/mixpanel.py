"""Mixpanel's export: lines of JSON by day, for a service account."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from tests.connections.fakes.server import Answered, Asked, FakeVendor

ACCOUNT, SECRET, PROJECT = "sync.1a2b.mp-service-account", "canary-secret-77", "991"


class FakeMixpanel(FakeVendor):
    """`lines` are events, or bytes as they are, by day."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, list[Any]] = {}
        self.secret = SECRET

    def event(self, number: int, at: datetime, **properties: Any) -> None:
        """One event, in a line of its day."""
        known = {"time": int(at.timestamp()), "distinct_id": "c-1", "$insert_id": f"i{number}"}
        line = {"event": "Signed Up", "properties": {**known, **properties}}
        self.lines.setdefault(at.astimezone(UTC).date().isoformat(), []).append(line)

    def days(self) -> list[str]:
        """The days that were asked for, in order, without the check."""
        return [asked.query["from_date"] for asked in self.asked if "limit" not in asked.query]

    def answer(self, asked: Asked) -> Answered:
        known = base64.b64encode(f"{ACCOUNT}:{self.secret}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {known}":
            return Answered(401, {"error": "Invalid credentials"})
        if asked.path != "/api/2.0/export" or asked.query["project_id"] != PROJECT:
            return Answered(400, {"error": "no such project"})
        assert asked.query["from_date"] == asked.query["to_date"]
        found = self.lines.get(asked.query["from_date"], [])
        raw = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in found]
        return Answered(body=b"".join(line + b"\n" for line in raw))
