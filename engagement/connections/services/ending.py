"""What a time of fetching came to, on its row and on the connection: when it is next, and what somebody has to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from engagement.connections.faults import RateLimitedError, SignInError, VendorError
from engagement.connections.models import Connection, ListPush, Sync
from tenants.scope import organisation_scope

WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60))
"""After the first failure, the second and so on; the last one for ever after, so that it heals by itself."""
OUTCOME: Final = ("lease_until", "error", "state", "failures", "next_at")
"""The columns that say what came of working at a row."""
_LONGEST: Final = 300

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: everything is in, time was up, or something was in the way."""

    is_whole: bool = False
    fault: VendorError | None = None


def end_sync(connection: Connection, *, sync: Sync, ending: Ending, now: datetime) -> None:
    """Lets go of the connection. Whoever has it now by right, or has changed it meanwhile, is not touched."""
    fault = ending.fault
    with organisation_scope(connection.organisation_id):
        sync.state = _state(ending)
        sync.finished_at, sync.error = now, fault.words[:_LONGEST] if fault else ""
        sync.save(update_fields=["state", "finished_at", "error"])
        mine = Connection.objects.filter(pk=connection.pk, attempts=connection.attempts, removed_at__isnull=True)
        standing = mine.select_for_update().first()
        if standing is not None:
            _note(standing, ending, now=now)
    log.info(
        "connection_fetched", connection=str(connection.pk), vendor=connection.vendor, state=sync.state,
        pages=sync.pages, requests=sync.requests,
    )  # fmt: skip


def _state(ending: Ending) -> Sync.State:
    if ending.fault is not None:
        return Sync.State.FAILED
    return Sync.State.DONE if ending.is_whole else Sync.State.PART


def _note(connection: Connection, ending: Ending, *, now: datetime) -> None:
    connection.last_sync_at = now
    note_outcome(connection, fault=ending.fault, now=now)
    if ending.fault is None:
        wait = timedelta(minutes=connection.interval_minutes) if ending.is_whole else timedelta()
        connection.round_until = None if ending.is_whole else connection.round_until
        connection.next_at = now + wait
    connection.save(update_fields=[*OUTCOME, "last_sync_at", "round_until"])


def note_outcome(row: Connection | ListPush, *, fault: VendorError | None, now: datetime) -> None:
    """Lets go of the row, and says on it what somebody has to do, or when it is tried again; saves nothing."""
    row.lease_until, row.error = None, fault.words[:_LONGEST] if fault else ""
    if fault is None:
        row.state, row.failures = Connection.State.READY, 0
    elif fault.is_passing:
        row.state = Connection.State.READY
        row.next_at = now + _wait(row, fault)
    else:
        is_sign_in = isinstance(fault, SignInError)
        row.state = Connection.State.SIGN_IN if is_sign_in else Connection.State.ATTENTION
        row.next_at = None  # asking again helps nobody: somebody has to do something first


def _wait(row: Connection | ListPush, fault: VendorError) -> timedelta:
    """A limit is no failure: the vendor said when."""
    if isinstance(fault, RateLimitedError):
        return timedelta(seconds=max(1, fault.wait_seconds))
    row.failures += 1
    return WAITS[min(row.failures, len(WAITS)) - 1]
