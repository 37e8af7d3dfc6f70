"""Doorways for Celery: ids in, one service called. The rows in the database are what is owed, messages only wake."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.rounds.services.mailing import send_report_mail, wake_pending_mails
from engagement.rounds.services.preparing import ask_due_rounds
from engagement.rounds.services.preparing import prepare as prepare_one
from tenants.jobs import run_job
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("rounds.prepare", Permission.RUN_SCORES)
def prepare(organisation_id: int, job_id: str) -> None:
    """Begin the draft of a month at one client."""
    run_job(organisation_id=organisation_id, job_id=UUID(job_id), do=prepare_one, clock=timezone.now)


@worker_task("rounds.mail", Permission.SEND_MAIL)
def mail(organisation_id: int, mail_id: str) -> None:
    """Send one report to one recipient."""
    send_report_mail(organisation_id=organisation_id, mail_id=UUID(mail_id), now=timezone.now())


@worker_task("rounds.dispatch", Permission.DISPATCH)
def dispatch() -> None:
    """Every minute: rounds that the plans say are due, and mails that are due and that nobody has in hand."""
    now = timezone.now()
    ask_due_rounds(now=now)
    wake_pending_mails(now=now)
