"""Doorways for workers: an id comes in, one service is called, which enters the scope itself."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from engagement.ingest.services import process_batch, process_import
from engagement.ingest.wake import wake

__all__ = ["batch", "file_import", "wake"]


@shared_task(name="ingest.batch", ignore_result=True)
def batch(organisation_id: int, batch_id: str) -> None:
    """Turn one accepted request into events; does nothing when it is done or in other hands."""
    process_batch(organisation_id=organisation_id, batch_id=UUID(batch_id), now=timezone.now())


@shared_task(name="ingest.file_import", ignore_result=True)
def file_import(organisation_id: int, import_id: str) -> None:
    """Read one uploaded file from where it stands; does nothing when it is done or in other hands."""
    process_import(organisation_id=organisation_id, import_id=UUID(import_id), clock=timezone.now)
