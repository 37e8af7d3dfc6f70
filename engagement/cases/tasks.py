"""Doorways for Celery: ids in, one service called. The rows in the database are what is owed, messages only wake."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.cases.services.asking import run_read_out
from engagement.cases.services.experiment_read_outs import run_trial_read_out
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("cases.read_out", Permission.RUN_SCORES)
def read_out(organisation_id: int, job_id: str) -> None:
    """Read a step out."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=run_read_out, clock=timezone.now)


@worker_task("cases.read_test", Permission.RUN_SCORES)
def read_test(organisation_id: int, job_id: str) -> None:
    """Read a test out."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=run_trial_read_out, clock=timezone.now)
