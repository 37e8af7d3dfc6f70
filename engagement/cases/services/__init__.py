"""Writes of this step: findings, steps, read-outs, tests."""

from __future__ import annotations

from engagement.cases.services.findings import change_finding, close_finding, record_finding, reopen_finding
from engagement.cases.services.initiatives import (
    change_initiative,
    end_initiative,
    plan_initiative,
    start_initiative,
    stop_initiative,
)

__all__ = [
    "change_finding",
    "change_initiative",
    "close_finding",
    "end_initiative",
    "plan_initiative",
    "record_finding",
    "reopen_finding",
    "start_initiative",
    "stop_initiative",
]
