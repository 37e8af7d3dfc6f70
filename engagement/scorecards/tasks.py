"""Doorways for Celery: ids in, one service called."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.scorecards.digest.mailing import dispatch_digests, send_digest
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("scorecards.digests", Permission.DISPATCH)
def ask_for_weekly_mails() -> None:
    """Every ten minutes: weekly mails that are due, and those that no mail server has taken."""
    dispatch_digests(now=timezone.now())


@worker_task("scorecards.digest", Permission.SEND_MAIL)
def send_weekly_mail(digest_id: str) -> None:
    """Make and send one person's weekly mail."""
    send_digest(digest_id=UUID(digest_id), now=timezone.now())
