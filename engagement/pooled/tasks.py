"""Doorways for Celery: ids in, one service called."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.pooled.services import ask_quarters, run_pooling
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("pooled.quarter", Permission.RUN_SCORES)
def quarter(organisation_id: int, job_id: str) -> None:
    """Work a firm's quarter out."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=run_pooling, clock=timezone.now)


@worker_task("pooled.due", Permission.DISPATCH)
def due() -> None:
    """Every hour: firms whose last quarter was not worked out yet."""
    ask_quarters(now=timezone.now())
