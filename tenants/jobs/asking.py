"""Asking for work, and how far it is."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from engagement.look.components import Progress
from engagement.look.remaining import seconds_left, time_left
from tenants.models import Job, Organisation, User
from tenants.wake import wake


def ask_job(*, kind: str, subject: str = "", organisation: Organisation, user: User | None, now: datetime) -> Job:
    """The job of the kind and subject that waits, made if there is none; a worker is woken on commit.

    Asking twice is asking once. A job that somebody is at already may have read the past: who needs
    what was written just now lets `subject` say so (the number of what was written). Within a scope that writes.
    """
    Job.objects.bulk_create(
        [Job(organisation=organisation, kind=kind, subject=subject, asked_by=user, requested_at=now)],
        ignore_conflicts=True,  # somebody asked for the same a moment ago: that is as good
    )
    job = Job.objects.get(kind=kind, subject=subject, state=Job.State.WAITING)
    wake(kind, organisation.pk, job.pk)
    return job


def latest_job(*, kind: str, subject: str | None = None) -> Job | None:
    """The one asked for last, of any subject by default."""
    found = Job.objects.filter(kind=kind) if subject is None else Job.objects.filter(kind=kind, subject=subject)
    return found.order_by("-requested_at", "-id").first()


def job_progress(*, job: Job, title: str, url: str, page_url: str, now: datetime) -> Progress:
    """The component for a page: `url` answers with it again, `page_url` is where it leads without scripts."""
    return Progress(
        key=f"job-{job.pk}",
        title=title,
        text=_text(job, now),
        done=job.steps_done,
        total=job.steps or None,
        is_finished=job.state != Job.State.WAITING,
        url=url,
        page_url=page_url,
    )


def _text(job: Job, now: datetime) -> str:
    if job.state == Job.State.DONE:
        return _("It is done.")
    if job.state == Job.State.FAILED:
        return job.refusal or _("It did not work, on our side. What there was before still stands; try it again.")
    if job.begun_at is None:
        return _("It begins when a worker is free, usually within seconds.")
    if not job.steps:
        return _("It has begun.")
    done = _("{done} of {all} done").format(done=job.steps_done, all=job.steps)
    left = time_left(seconds_left(elapsed=now - job.begun_at, done=job.steps_done, total=job.steps))
    return f"{done}, {left}" if left else done
