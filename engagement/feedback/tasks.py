"""Doorways for workers: ids in, one service called."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.feedback.services import match_themes, read_file
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("feedback.read", Permission.IMPORT_DATA)
def read(organisation_id: int, job_id: str) -> None:
    """Read an uploaded file of feedback."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=read_file, clock=timezone.now)


@worker_task("feedback.match", Permission.IMPORT_DATA)
def match(organisation_id: int, job_id: str) -> None:
    """Look all feedback through for the themes of today."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=match_themes, clock=timezone.now)
