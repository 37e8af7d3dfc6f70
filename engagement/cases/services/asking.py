"""Asking for a read-out: done at once for few customers, by a worker for many."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings

from engagement.cases.models import ReadOut
from engagement.cases.services.read_outs import begin_reading, keep_reading, read_sums
from tenants.jobs import Work, ask_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope

KIND: Final = "cases.read_out"


def ask_read_out(
    *, organisation: Organisation, initiative_id: UUID, as_of: date | None, user: User | None, now: datetime
) -> ReadOut | None:
    """A step read out at once, or None: a worker does it. Raises NotFoundError, ConflictError as `begin_reading`."""
    reading = begin_reading(organisation=organisation, initiative_id=initiative_id, as_of=as_of, now=now)
    if reading.plan.after.customers <= settings.PREVIEW_DIRECT_CUSTOMERS:
        sums, strata = read_sums(reading)
        return keep_reading(organisation=organisation, reading=reading, sums=sums, strata=strata, user=user, now=now)
    subject = f"{initiative_id}:{reading.plan.after.as_of.isoformat()}"
    ask_job(kind=KIND, subject=subject, organisation=organisation, user=user, now=now)
    return None


def run_read_out(work: Work) -> None:
    """Read a step out chunk by chunk, each in a scope of its own, and keep it with the end of the job: once."""
    step_id, as_of = work.subject.split(":")
    scope = partial(organisation_scope, work.organisation_id)
    with scope():
        organisation = Organisation.objects.get(pk=work.organisation_id)
        user = User.objects.filter(pk=work.asked_by_id).first() if work.asked_by_id else None
        reading = begin_reading(
            organisation=organisation, initiative_id=UUID(step_id), as_of=date.fromisoformat(as_of),
            now=work.requested_at,
        )  # fmt: skip
    work.begin(steps=reading.steps)
    sums, strata = read_sums(reading, scope=scope, told=work.done)
    with scope():
        keep_reading(organisation=organisation, reading=reading, sums=sums, strata=strata, user=user, now=work.clock())
        work.finish()


def read_out_job(*, initiative_id: UUID) -> Job | None:
    """The job that reads a step out, or did so last; None where none ever did."""
    return Job.objects.filter(kind=KIND, subject__startswith=f"{initiative_id}:").order_by("-requested_at").first()
