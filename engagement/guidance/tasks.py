"""Doorways for Celery: ids in, one service called."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.guidance.services.pitfalls import ask_daily_look, run_look, wake_unlooked_at
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("guidance.pitfalls", Permission.RUN_SCORES)
def pitfalls(organisation_id: int, job_id: str) -> None:
    """Hold the checks against what is known."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=run_look, clock=timezone.now)


@worker_task("guidance.daily_pitfalls", Permission.RUN_SCORES)
def daily_pitfalls(organisation_id: int) -> None:
    """Ask for the look of the day of one organisation."""
    ask_daily_look(organisation_id=organisation_id, now=timezone.now())


@worker_task("guidance.unlooked_at", Permission.DISPATCH)
def unlooked_at() -> None:
    """Every hour: organisations with a score whose measuring nobody has looked at for most of a day."""
    wake_unlooked_at(now=timezone.now())
