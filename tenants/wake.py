"""Waking a worker. The work itself is a row in the database: a lost message costs a minute, never the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from celery import Task, current_app
from django.db import transaction

log = structlog.get_logger(__name__)


def wake(task: str | Task[..., Any], *arguments: Any) -> None:
    """Send the task when the transaction commits, at once without one; a broker that fails is logged and forgotten."""
    name = task if isinstance(task, str) else str(task.name)
    transaction.on_commit(lambda: _send(name, arguments), robust=True)


def wake_each(task: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """A message for each row that a sweeper found, its columns the arguments; returns how many."""
    for row in rows:
        wake(task, *row)
    return len(rows)


def _send(name: str, arguments: tuple[Any, ...]) -> None:
    plain = [value if isinstance(value, int) else str(value) for value in arguments]
    try:
        current_app.send_task(name, args=plain, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001  whatever a broker may raise: the sweeper finds the row
        log.warning("wake_lost", task=name, error=str(error))
