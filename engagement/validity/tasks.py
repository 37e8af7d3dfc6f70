"""Doorways for Celery: ids in, one service called. The rows in the database are what is owed, messages only wake."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.validity.services.asking import check_month, wake_months
from engagement.validity.services.running import run_check
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("validity.check", Permission.RUN_SCORES)
def check(organisation_id: int, job_id: str) -> None:
    """Find out whether a low score came before the outcome."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=run_check, clock=timezone.now)


@worker_task("validity.month", Permission.RUN_SCORES)
def month(organisation_id: int) -> None:
    """Ask for the check of the latest month of one organisation."""
    check_month(organisation_id=organisation_id, now=timezone.now())


@worker_task("validity.months", Permission.DISPATCH)
def months() -> None:
    """Every hour: organisations whose outcome is checked by itself. What was asked for already is not asked again."""
    wake_months()
