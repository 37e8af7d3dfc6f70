"""Doorways for Celery: ids in, one service called."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.companions import services
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("companions.figures", Permission.RUN_SCORES)
def figures(organisation_id: int, job_id: str) -> None:
    """Read what came in and compute the months of which something has changed."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=services.compute_job, clock=timezone.now)


@worker_task("companions.answers", Permission.IMPORT_DATA)
def answers(organisation_id: int, job_id: str) -> None:
    """Take in a file of survey answers."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=services.take_in_job, clock=timezone.now)
