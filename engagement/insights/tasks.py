"""Doorways for Celery: ids in, one service called. The rows in the database are what is owed, messages only wake."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from engagement.insights.services import run_request
from engagement.insights.services.dispatch import dispatch_due, sweep
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.roll_up import roll_up_waiting


@shared_task(name="insights.run")
def run(organisation_id: int, request_id: str) -> None:
    """Work a requested scoring off."""
    run_request(organisation_id=organisation_id, request_id=UUID(request_id), now=timezone.now())


@shared_task(name="insights.definitions")
def definitions(organisation_id: int) -> None:
    """Count actions whose rule is new, or all of them after a change of the time zone."""
    roll_up_waiting(organisation_id=organisation_id, now=timezone.now(), in_background=True)


@shared_task(name="insights.pack", ignore_result=True)
def pack(organisation_id: int) -> None:
    """Pack the days that have closed."""
    pack_closed_days(organisation_id=organisation_id, now=timezone.now(), in_background=True)


@shared_task(name="insights.dispatch", ignore_result=True)
def dispatch() -> None:
    """Every minute: ask for the scorings that are due, and wake workers for whatever waits."""
    now = timezone.now()
    dispatch_due(now=now)
    sweep(now=now)
