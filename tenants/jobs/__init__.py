"""Work in the background, for any step: a row says what is owed, a Celery message only wakes a worker.

A kind of work is a task of its own, named as the kind, with a permission that workers have:

    @worker_task("validity.check", Permission.RUN_SCORES)
    def check(organisation_id: int, job_id: str) -> None:
        run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=services.check, clock=timezone.now)

    job = ask_job(kind="validity.check", subject=str(check.pk), organisation=organisation, user=user, now=now)

    def check(work: Work) -> None:                     # outside any scope: one scope, one transaction, per piece
        work.begin(steps=chunks)
        for chunk in range(chunks):
            with organisation_scope(work.organisation_id):
                ...
                work.done(chunk + 1)

`job_progress()` makes the component of a page. A lost message is found by the sweeper (insights.services.dispatch).
"""

from __future__ import annotations

from tenants.jobs.asking import ask_job, job_progress, latest_job
from tenants.jobs.working import MAX_ATTEMPTS, OvertakenError, Work, run_job

__all__ = ["MAX_ATTEMPTS", "OvertakenError", "Work", "ask_job", "job_progress", "latest_job", "run_job"]
