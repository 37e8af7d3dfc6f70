"""Whose turn it is."""

from __future__ import annotations

from datetime import datetime

from engagement.connections.queries import STATEMENTS
from engagement.connections.services.connecting import TASK
from tenants.wake import wake_each


def wake_due(*, now: datetime) -> int:
    """Wake a worker for each connection that is due and that nobody has in hand; returns how many."""
    return wake_each(TASK, STATEMENTS.fetch("due_connections", due_until=now))
