"""Doorways for Celery: ids in, one service called. The rows in the database are what is owed, messages only wake."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from engagement.insights.services import run_group, run_request
from engagement.insights.services.dispatch import (
    dispatch_due,
    dispatch_intraday,
    dispatch_pruning,
    dispatch_thinning,
    sweep,
)
from engagement.insights.services.score import help_run
from engagement.scoring.services import put_due_in_force
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.preview_work import run_preview
from engagement.scoring.services.roll_up import roll_up_waiting
from engagement.scoring.services.thinning import thin_runs
from engagement.scoring.services.touching import prune_touches


@shared_task(name="insights.run")
def run(organisation_id: int, request_id: str) -> None:
    """Work a requested scoring off."""
    run_request(organisation_id=organisation_id, request_id=UUID(request_id), now=timezone.now())


@shared_task(name="insights.run_group", ignore_result=True)
def run_of_several(requests: list[tuple[int, str]]) -> None:
    """Work requested scorings of several small organisations off."""
    found = [(organisation_id, UUID(request_id)) for organisation_id, request_id in requests]
    run_group(requests=found, clock=timezone.now)


@shared_task(name="insights.run_chunks", ignore_result=True)
def run_chunks(organisation_id: int, run_id: str, moment: str) -> None:
    """Help with a scoring that is shared among workers."""
    help_run(organisation_id=organisation_id, run_id=UUID(run_id), moment=moment)


@shared_task(name="insights.preview")
def preview(organisation_id: int, job_id: str) -> None:
    """Compute the preview of a draft that needs other counts."""
    run_preview(organisation_id=organisation_id, job_id=UUID(job_id), now=timezone.now())


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
    """Every minute: begin what is due (weight sets, then scorings), and wake workers for whatever waits."""
    now = timezone.now()
    put_due_in_force(now=now)
    dispatch_due(now=now)
    dispatch_intraday(now=now)
    sweep(now=now)


@shared_task(name="insights.nightly", ignore_result=True)
def nightly() -> None:
    """Every night: let go of what is no longer kept. A night that is missed is made up for by the next."""
    dispatch_thinning(now=timezone.now())
    dispatch_pruning()


@shared_task(name="insights.thin", ignore_result=True)
def thin(organisation_id: int) -> None:
    """Let go of the packed results of one organisation's old runs."""
    thin_runs(organisation_id=organisation_id, now=timezone.now())


@shared_task(name="insights.prune", ignore_result=True)
def prune(organisation_id: int) -> None:
    """Clear away which chunks were touched, as far as every recent run has seen it."""
    prune_touches(organisation_id=organisation_id, now=timezone.now())
