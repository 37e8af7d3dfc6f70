"""Doorways for Celery: ids in, one service called."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.connections.services.connecting import TASK
from engagement.connections.services.due import wake_due
from engagement.connections.services.list_sending import send_list, wake_lists
from engagement.connections.services.lists import LIST_TASK
from engagement.connections.services.syncing import run_sync
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task(TASK, Permission.IMPORT_DATA)
def fetch(organisation_id: int, connection_id: str) -> None:
    """Fetch what is new from one connection; does nothing where it is not due or in other hands."""
    run_sync(organisation_id=organisation_id, connection_id=UUID(connection_id), clock=timezone.now)


@worker_task(LIST_TASK, Permission.SEND_MAIL)
def fill_list(organisation_id: int, push_id: str) -> None:
    """Bring one list at a vendor up to the latest run; does nothing where nothing is new or somebody is at it."""
    send_list(organisation_id=organisation_id, push_id=UUID(push_id), clock=timezone.now)


@worker_task("connections.dispatch", Permission.DISPATCH)
def dispatch() -> None:
    """Every minute: begin with what is due."""
    wake_due(now=timezone.now())
    wake_lists(now=timezone.now())
