"""Doorways for Celery: ids in, one service called. The rows in the database are what is owed, messages only wake."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from engagement.insights.services import run_request
from engagement.insights.services.dispatch import dispatch_due, sweep
from engagement.insights.services.score import roll_up_waiting
from engagement.scoring.services.preview_work import run_preview


@shared_task(name="insights.run")
def run(organisation_id: int, request_id: str) -> None:
    """Work a requested scoring off."""
    run_request(organisation_id=organisation_id, request_id=UUID(request_id), now=timezone.now())


@shared_task(name="insights.preview")
def preview(organisation_id: int, job_id: str) -> None:
    """Compute the preview of a draft that needs other counts."""
    run_preview(organisation_id=organisation_id, job_id=UUID(job_id), now=timezone.now())


@shared_task(name="insights.definitions")
def definitions(organisation_id: int) -> None:
    """Count actions whose rule is new."""
    roll_up_waiting(organisation_id=organisation_id, now=timezone.now())


@shared_task(name="insights.dispatch", ignore_result=True)
def dispatch() -> None:
    """Every minute: ask for the scorings that are due, and wake workers for whatever waits."""
    now = timezone.now()
    dispatch_due(now=now)
    sweep(now=now)
