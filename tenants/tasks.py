"""Doorways for workers: an id comes in, one service is called, which enters the scope itself."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from tenants import services
from tenants.permissions import Permission
from tenants.record.ends import log_record_ends
from tenants.services.operating import end_overdue
from tenants.services.takeouts import write_takeout
from tenants.work import worker_task


@worker_task("tenants.record_ends", Permission.WATCH)
def record_ends() -> None:
    """Every night: say in the log where each organisation's record ends."""
    log_record_ends()


@worker_task("tenants.takeout", Permission.CLOSE_ORGANISATION)
def takeout(organisation_id: int, takeout_id: str) -> None:
    """Write all of an organisation to a file; does nothing when it is done or in other hands."""
    write_takeout(organisation_id=organisation_id, takeout_id=UUID(takeout_id), now=timezone.now())


@worker_task("tenants.invitation_mail", Permission.SEND_MAIL)
def invitation_mail(organisation_id: int, invitation_id: str) -> None:
    """Mail the link of one invitation."""
    services.mail_invitation(organisation_id=organisation_id, invitation_id=UUID(invitation_id), now=timezone.now())


@worker_task("tenants.unmailed", Permission.DISPATCH)
def unmailed() -> None:
    """Every ten minutes: try the invitations again that no mail server has taken, for as long as they are open."""
    services.wake_unmailed(now=timezone.now())


@worker_task("tenants.reset_mail", Permission.SEND_MAIL)
def reset_mail(user_id: str) -> None:
    """Mail where one person chooses a new password; the message is sent for an unknown address too, and is empty."""
    services.mail_reset(user_id=user_id)


@worker_task("tenants.end_visits", Permission.DISPATCH)
def end_visits() -> None:
    """Every minute: put the end of operators' visits that have expired on record. They were over by then already."""
    end_overdue(now=timezone.now())
