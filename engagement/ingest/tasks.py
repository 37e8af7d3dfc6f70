"""Doorways for workers: an id comes in, one service is called, which enters the scope itself."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.utils import timezone

from engagement.ingest.services import process_erasure, process_import, process_in_turn
from engagement.ingest.services.dropping import TASK as TAKE_DROPPED
from engagement.ingest.services.dropping import take_folder, wake_for_dropped
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("ingest.batch", Permission.IMPORT_DATA)
def batch(organisation_id: int, batch_id: str) -> None:
    """Turn one waiting request into events: this one, or that of an organisation whose turn comes before."""
    process_in_turn(organisation_id=organisation_id, batch_id=UUID(batch_id), clock=timezone.now)


@worker_task("ingest.file_import", Permission.IMPORT_DATA)
def file_import(organisation_id: int, import_id: str) -> None:
    """Read one uploaded file from where it stands; does nothing when it is done or in other hands."""
    process_import(organisation_id=organisation_id, import_id=UUID(import_id), clock=timezone.now)


@worker_task("ingest.erasure", Permission.ERASE_CUSTOMER)
def erasure(organisation_id: int, erasure_id: str) -> None:
    """Erase somebody who asked to be; does nothing when it is done or in other hands."""
    process_erasure(organisation_id=organisation_id, erasure_id=UUID(erasure_id), now=timezone.now())


@worker_task("ingest.look_into_folders", Permission.DISPATCH)
def look_into_folders() -> None:
    """Every minute, where folders are watched: have what lies in them taken."""
    if settings.DROP_ROOT:
        wake_for_dropped(root=settings.DROP_ROOT, now=timezone.now())


@worker_task(TAKE_DROPPED, Permission.IMPORT_DATA)
def take_dropped(organisation_id: int) -> None:
    """Start the import of what lies in one organisation's folder."""
    if settings.DROP_ROOT:
        take_folder(root=settings.DROP_ROOT, organisation_id=organisation_id, now=timezone.now())
