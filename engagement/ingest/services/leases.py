"""Who works on a row: one worker at a time, for as long as its lease lasts, and nobody twice.

A batch, a file import and an erasure have the same columns for it: state, lease_until, attempts, failures, finished_at.
The number of the attempt is the token of the holder: whoever claims the row next raises it, and the former holder then
stores nothing. Only `failures` end a row: exceptions that came of working at it. A worker that was killed, or a server
that went away, says nothing of the row: it waits on. What kills its worker again and again, before anything can be
caught, has failed after MAX_ATTEMPTS, far above what a bad night does. A row that failed is kept as it came.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import F, Q, QuerySet

from engagement.ingest.models import Erasure, FileImport, IngestBatch, WorkState
from engagement.ingest.services.erased import NumbersGoneError
from engagement.ingest.services.on_record import record_failed
from tenants.postgres.failures import is_away, sqlstate
from tenants.scope import organisation_scope

MAX_FAILURES: Final = 5
MAX_ATTEMPTS: Final = 50

# Somebody else holds a lock we need: lock_not_available, deadlock_detected, serialization_failure.
_BUSY = frozenset({"55P03", "40P01", "40001"})

log = structlog.get_logger(__name__)

Work = TypeVar("Work", IngestBatch, FileImport, Erasure)


class LeaseLostError(Exception):
    """Within this step only: the lease ran out and somebody else has the row now."""


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.WORK_LEASE_SECONDS)


def claim(model: type[Work], *, organisation_id: int, row_id: UUID, now: datetime) -> Work | None:
    """The row, leased to the caller from now on; None when it is done, unknown or in other hands."""
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        waiting = model.objects.filter(free, pk=row_id, state=WorkState.WAITING)
        # Skipping locked rows: one long transaction must not make every other worker wait at its row.
        row = waiting.select_for_update(skip_locked=True).first()
        if row is not None and row.attempts >= MAX_ATTEMPTS:
            _give_up(row, waiting, now=now)
            return None
        if row is not None:
            row.lease_until = lease_end(now)
            row.attempts += 1
            row.save(update_fields=["lease_until", "attempts"])
    return row


def _give_up(
    row: IngestBatch | FileImport | Erasure, unless_changed: QuerySet[Any], *, now: datetime, **fields: str
) -> None:
    """The row has failed, if it is still among those."""
    failed = unless_changed.filter(pk=row.pk).update(
        state=WorkState.FAILED, finished_at=now, lease_until=None, **fields
    )
    if failed and isinstance(row, FileImport):
        record_failed(row)


def hold(row: IngestBatch | FileImport | Erasure) -> None:
    """Lock the row for the rest of the transaction; raises LeaseLostError when it is not the caller's any more."""
    mine = type(row).objects.filter(pk=row.pk, state=WorkState.WAITING, attempts=row.attempts)
    if not mine.select_for_update().values_list("pk").first():
        raise LeaseLostError


def is_busy(error: BaseException) -> bool:
    """True for a failure that only says: somebody else is at it, try again later."""
    return isinstance(error, DatabaseError) and sqlstate(error) in _BUSY


def is_passing(error: BaseException) -> bool:
    """True for a failure that says nothing of the row: the row is put back, and nothing is counted."""
    return is_busy(error) or is_away(error) or isinstance(error, NumbersGoneError)


def put_back(row: IngestBatch | FileImport | Erasure) -> None:
    """Give the row up as if it had not been claimed; where no server answers yet, its lease runs out instead."""
    close_old_connections()
    try:
        with organisation_scope(row.organisation_id):
            mine = type(row).objects.filter(pk=row.pk, state=WorkState.WAITING, attempts=row.attempts)
            mine.update(lease_until=None, attempts=F("attempts") - 1)
    except DatabaseError as error:
        if not is_passing(error):
            raise
        log.warning("put_back_lost", row=str(row.pk), error=str(error))


def note_failure(row: IngestBatch | FileImport | Erasure, *, now: datetime, **fields: str) -> None:
    """After an unexpected exception: the row waits until its lease ends, and has failed after the last one."""
    with organisation_scope(row.organisation_id):
        mine = type(row).objects.filter(pk=row.pk, state=WorkState.WAITING, attempts=row.attempts)
        mine.update(failures=F("failures") + 1)
        _give_up(row, mine.filter(failures__gte=MAX_FAILURES), now=now, **fields)
