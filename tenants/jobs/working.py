"""Doing what was asked for: one worker at a time, tried again when it dies, given up after MAX_ATTEMPTS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from engagement.errors import RapportError
from tenants.models import Job
from tenants.scope import organisation_scope

MAX_ATTEMPTS: Final = 5
_State = Job.State
Clock = Callable[[], datetime]


class OvertakenError(Exception):
    """The lease ran out and somebody else has begun: whatever this worker still holds is not wanted."""


@dataclass(frozen=True, slots=True)
class Work:
    """A job in hand, ours until its lease runs out; every mark of progress makes the lease longer."""

    organisation_id: int
    job_id: UUID
    subject: str
    asked_by_id: UUID | None
    requested_at: datetime
    attempt: int
    clock: Clock

    def begin(self, *, steps: int) -> None:
        """How many steps there are; none is done. In a scope of its own. Raises OvertakenError."""
        with organisation_scope(self.organisation_id):
            self._keep(steps=steps, steps_done=0)

    def done(self, steps: int) -> None:
        """So many steps are done. Within the scope that wrote the step. Raises OvertakenError."""
        self._keep(steps_done=steps)

    def finish(self) -> None:
        """All is done. Within the scope that writes the result, where that must happen exactly once; else let it be."""
        self._keep(state=_State.DONE, steps_done=F("steps"), finished_at=self.clock())

    def _keep(self, **values: object) -> None:
        lease = self.clock() + timedelta(seconds=settings.WORK_LEASE_SECONDS * 10)
        ours = Job.objects.filter(pk=self.job_id, state=_State.WAITING, attempts=self.attempt)
        if ours.update(**{"lease_until": lease, **values}) != 1:
            raise OvertakenError


def run_job(*, organisation_id: int, job_id: UUID, do: Callable[[Work], None], clock: Clock) -> bool:
    """Do what waits; False where it is done, unknown or in other hands. Called outside any scope.

    What `do` raises of engagement.errors is an answer: the job has failed, with the reason in words. Anything else is
    tried again when the lease runs out, at most MAX_ATTEMPTS times, and raised here. `do` must be safe to begin again.
    """
    work = _claimed(organisation_id, job_id, clock)
    if work is None:
        return False
    try:
        do(work)
    except OvertakenError:
        return False
    except RapportError as error:
        _end(work, state=_State.FAILED, refusal=error.message[:300])
    except Exception as error:
        _fail(work, error=str(error) or type(error).__name__)
        raise
    else:
        _end(work, state=_State.DONE, steps_done=F("steps"), error="")
    return True


def _claimed(organisation_id: int, job_id: UUID, clock: Clock) -> Work | None:
    now = clock()
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        waiting = Job.objects.filter(free, pk=job_id, state=_State.WAITING)
        # Whatever kills its worker each time, before anything can be caught, must not do so for ever.
        waiting.filter(attempts__gte=MAX_ATTEMPTS).update(state=_State.FAILED, lease_until=None, finished_at=now)
        claimed = waiting.update(
            lease_until=now + timedelta(seconds=settings.WORK_LEASE_SECONDS * 10),
            attempts=F("attempts") + 1,
            begun_at=now,
        )
        if not claimed:
            return None
        job = Job.objects.get(pk=job_id)
    return Work(organisation_id, job.pk, job.subject, job.asked_by_id, job.requested_at, job.attempts, clock)


def _end(work: Work, **values: object) -> None:
    """Ours and still waiting: what finished itself, or was taken over, stays as it is."""
    with organisation_scope(work.organisation_id):
        ours = Job.objects.filter(pk=work.job_id, state=_State.WAITING, attempts=work.attempt)
        ours.update(lease_until=None, finished_at=work.clock(), **values)


def _fail(work: Work, *, error: str) -> None:
    if work.attempt >= MAX_ATTEMPTS:
        _end(work, state=_State.FAILED, error=error[:2000])
        return
    with organisation_scope(work.organisation_id):
        Job.objects.filter(pk=work.job_id, state=_State.WAITING, attempts=work.attempt).update(
            error=error[:2000], lease_until=work.clock() + timedelta(seconds=min(600, 15 * 2**work.attempt))
        )
