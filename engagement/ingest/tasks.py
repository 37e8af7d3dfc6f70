"""Doorways for workers: an id comes in, one service is called, which enters the scope itself."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.ingest.services import process_batch, process_erasure, process_import
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("ingest.batch", Permission.IMPORT_DATA)
def batch(organisation_id: int, batch_id: str) -> None:
    """Turn one accepted request into events; does nothing when it is done or in other hands."""
    process_batch(organisation_id=organisation_id, batch_id=UUID(batch_id), now=timezone.now())


@worker_task("ingest.file_import", Permission.IMPORT_DATA)
def file_import(organisation_id: int, import_id: str) -> None:
    """Read one uploaded file from where it stands; does nothing when it is done or in other hands."""
    process_import(organisation_id=organisation_id, import_id=UUID(import_id), clock=timezone.now)


@worker_task("ingest.erasure", Permission.ERASE_CUSTOMER)
def erasure(organisation_id: int, erasure_id: str) -> None:
    """Erase somebody who asked to be; does nothing when it is done or in other hands."""
    process_erasure(organisation_id=organisation_id, erasure_id=UUID(erasure_id), now=timezone.now())
