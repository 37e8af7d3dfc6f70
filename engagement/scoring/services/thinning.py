"""Letting go of the packed results of old runs. Runs and snapshots stay for ever: only the blocks are large."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from engagement.scoring import queries
from engagement.scoring.models import RunPointer, RunRequest, ScoreRun
from engagement.scoring.runs.keeping import DatedRun, past_keep
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.scope import organisation_scope

# A million customers are 48 blocks of up to some megabytes a run: twenty runs are a transaction of some seconds.
AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run whose packed results may go, and how many bytes they take."""

    id: UUID
    number: int
    as_of: date
    bytes: int


@dataclass(frozen=True, slots=True)
class Thinned:
    """What one round let go."""

    runs: int
    bytes: int


def stored_bytes(*, organisation_id: int) -> dict[UUID, int]:
    """Bytes of packed results by run, of every run that has some; called in a scope."""
    return {row[0]: int(row[1]) for row in queries.fetch("run_bytes", organisation_id=organisation_id)}


def runs_past_keep(*, organisation: Organisation, now: datetime) -> tuple[PastRun, ...]:
    """The runs that thinning would let go now, the oldest day first; called in a scope."""
    ids = _past_keep(organisation, now)
    numbers = ScoreRun.objects.filter(pk__in=ids).in_bulk()
    sizes = stored_bytes(organisation_id=organisation.pk)
    return tuple(PastRun(key, numbers[key].number, numbers[key].as_of, sizes.get(key, 0)) for key in ids)


def thin_runs(*, organisation_id: int, now: datetime) -> Thinned:
    """Let go of all packed results that the organisation's settings no longer keep; again does nothing.

    Called outside any scope: every batch is a transaction of its own and decides anew, under a lock, what may go. A
    crash leaves each run either whole or thinned.
    """
    runs = freed = 0
    while True:
        with organisation_scope(organisation_id):
            done, size = _thin_some(organisation_id, now)
        runs, freed = runs + done, freed + size
        if done < AT_ONCE:
            return Thinned(runs=runs, bytes=freed)


def _thin_some(organisation_id: int, now: datetime) -> tuple[int, int]:
    queries.fetch("lock_thinning", organisation=organisation_id % 2**31)
    organisation = Organisation.objects.get(pk=organisation_id)
    ids = list(_past_keep(organisation, now)[:AT_ONCE])
    if not ids:
        return 0, 0
    ((freed,),) = queries.fetch("delete_blocks", organisation_id=organisation_id, run_ids=ids)
    ScoreRun.objects.filter(pk__in=ids).update(thinned_at=now)
    audit_append(act="runs.thinned", new={"runs": len(ids), "bytes": int(freed)})
    return len(ids), int(freed)


def _past_keep(organisation: Organisation, now: datetime) -> tuple[UUID, ...]:
    pointers = dict(RunPointer.objects.values_list("as_of", "run_id"))
    whole = ScoreRun.objects.filter(thinned_at__isnull=True).exclude(state=ScoreRun.State.RUNNING)
    return past_keep(
        runs=[
            DatedRun(key, as_of, pointers.get(as_of) == key, cause == ScoreRun.Cause.INTRADAY)
            for key, as_of, cause in whole.values_list("id", "as_of", "cause")
        ],
        today=organisation.today(now),
        keep_days=organisation.keep_run_days,
        keep_weekly_days=organisation.keep_weekly_run_days,
        needed=_needed(pointers),
    )


def _needed(pointers: dict[date, UUID]) -> set[UUID]:
    """What a scoring that waits, or is under way, is compared with: the run in force on its day, and the one before."""
    running = ScoreRun.objects.filter(state=ScoreRun.State.RUNNING, base__isnull=False)
    found: set[UUID] = set(running.values_list("base_id", flat=True))
    for day in RunRequest.objects.filter(state=RunRequest.State.WAITING).values_list("as_of", flat=True):
        before = [as_of for as_of in pointers if as_of < day]
        found |= {pointers[as_of] for as_of in (day, max(before, default=day)) if as_of in pointers}
    return found
