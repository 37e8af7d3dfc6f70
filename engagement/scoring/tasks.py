"""Doorways for Celery: ids in, one service called."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.scoring.services.event_names import KIND as LOOK
from engagement.scoring.services.event_names import keep_look
from engagement.scoring.services.labelling import KIND as LABEL
from engagement.scoring.services.labelling import ask_labels_everywhere, label
from engagement.scoring.services.looks import ask_looks_everywhere
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task(LOOK, Permission.RUN_SCORES)
def look_at_events(organisation_id: int, job_id: str) -> None:
    """Count the events of one organisation's last days by name, day and source."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=keep_look, clock=timezone.now)


@worker_task("scoring.look_all", Permission.DISPATCH)
def look_everywhere() -> None:
    """Every few minutes: ask for a count of events by name and day where it is due."""
    ask_looks_everywhere(now=timezone.now())


@worker_task(LABEL, Permission.RUN_SCORES)
def label_events(organisation_id: int, job_id: str) -> None:
    """Label what looks machine-like among one organisation's events."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=label, clock=timezone.now)


@worker_task("scoring.label_all", Permission.DISPATCH)
def label_everywhere() -> None:
    """Every hour: ask for labels wherever there are rules."""
    ask_labels_everywhere(now=timezone.now())
