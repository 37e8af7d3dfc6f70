"""Doorways for Celery: ids in, one service called."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.forecast.services import KIND, make_forecasts, sweep_unforecast
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task(KIND, Permission.RUN_SCORES)
def make(organisation_id: int, job_id: str) -> None:
    """Make the forecasts of one organisation."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=make_forecasts, clock=timezone.now)


@worker_task("forecast.sweep", Permission.DISPATCH)
def sweep() -> None:
    """Every ten minutes: ask for forecasts where a week or a month has ended and been scored."""
    sweep_unforecast(now=timezone.now())
