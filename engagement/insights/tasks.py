"""Doorways for Celery: ids in, one service called. The rows in the database are what is owed, messages only wake."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from engagement.insights.services import run_group, run_request
from engagement.insights.services.alert_mails import (
    mail_alerts,
    mail_webhook_off,
    wake_unmailed_alerts,
    wake_untold_webhooks,
)
from engagement.insights.services.alerts import check_run, wake_unchecked
from engagement.insights.services.deliveries import deliver as deliver_one
from engagement.insights.services.deliveries import wake_pending
from engagement.insights.services.dispatch import (
    dispatch_due,
    dispatch_intraday,
    dispatch_pruning,
    dispatch_thinning,
    sweep,
)
from engagement.insights.services.question_mails import mail_question_line, wake_unmailed_lines
from engagement.insights.services.score import help_run
from engagement.insights.services.segment_pushes import push_run, wake_pushes
from engagement.scoring.services import put_due_in_force
from engagement.scoring.services.breakdowns import run_breakdown
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.preview_work import run_preview
from engagement.scoring.services.roll_up import roll_up_waiting
from engagement.scoring.services.thinning import thin_runs
from engagement.scoring.services.touching import prune_touches
from engagement.scoring.services.yardstick_work import run_yardstick
from tenants.permissions import Permission
from tenants.work import worker_task


@worker_task("insights.run", Permission.RUN_SCORES)
def run(organisation_id: int, request_id: str) -> None:
    """Work a requested scoring off."""
    run_request(organisation_id=organisation_id, request_id=UUID(request_id), now=timezone.now())


@worker_task("insights.run_group", Permission.RUN_SCORES)
def run_of_several(requests: list[tuple[int, str]]) -> None:
    """Work requested scorings of several small organisations off."""
    found = [(organisation_id, UUID(request_id)) for organisation_id, request_id in requests]
    run_group(requests=found, clock=timezone.now)


@worker_task("insights.run_chunks", Permission.RUN_SCORES)
def run_chunks(organisation_id: int, run_id: str, moment: str) -> None:
    """Help with a scoring that is shared among workers."""
    help_run(organisation_id=organisation_id, run_id=UUID(run_id), moment=moment)


@worker_task("insights.preview", Permission.RUN_SCORES)
def preview(organisation_id: int, job_id: str) -> None:
    """Compute the preview of a draft that needs other counts."""
    run_preview(organisation_id=organisation_id, job_id=UUID(job_id), now=timezone.now())


@worker_task("insights.yardstick", Permission.RUN_SCORES)
def yardstick(organisation_id: int, row_id: str) -> None:
    """Score a client under a template of its firm."""
    run_yardstick(organisation_id=organisation_id, row_id=UUID(row_id), now=timezone.now())


@worker_task("insights.breakdown", Permission.RUN_SCORES)
def breakdown(organisation_id: int, breakdown_id: str) -> None:
    """Divide the points of one run by the values of one event property."""
    run_breakdown(organisation_id=organisation_id, breakdown_id=UUID(breakdown_id), now=timezone.now())


@worker_task("insights.definitions", Permission.RUN_SCORES)
def definitions(organisation_id: int) -> None:
    """Count actions whose rule is new, or all of them after a change of the time zone."""
    roll_up_waiting(organisation_id=organisation_id, now=timezone.now(), in_background=True)


@worker_task("insights.pack", Permission.KEEP_DATA)
def pack(organisation_id: int) -> None:
    """Pack the days that have closed."""
    pack_closed_days(organisation_id=organisation_id, now=timezone.now(), in_background=True)


@worker_task("insights.dispatch", Permission.DISPATCH)
def dispatch() -> None:
    """Every minute: begin what is due (weight sets, then scorings), and wake workers for whatever waits."""
    now = timezone.now()
    put_due_in_force(now=now)
    dispatch_due(now=now)
    dispatch_intraday(now=now)
    sweep(now=now)


@worker_task("insights.nightly", Permission.DISPATCH)
def nightly() -> None:
    """Every night: let go of what is no longer kept. A night that is missed is made up for by the next."""
    dispatch_thinning(now=timezone.now())
    dispatch_pruning()


@worker_task("insights.thin", Permission.KEEP_DATA)
def thin(organisation_id: int) -> None:
    """Let go of the packed results of one organisation's old runs."""
    thin_runs(organisation_id=organisation_id, now=timezone.now())


@worker_task("insights.prune", Permission.KEEP_DATA)
def prune(organisation_id: int) -> None:
    """Clear away which chunks were touched, as far as every recent run has seen it."""
    prune_touches(organisation_id=organisation_id, now=timezone.now())


@worker_task("insights.question_mail", Permission.SEND_MAIL)
def question_mail(organisation_id: int, line_id: str) -> None:
    """Tell whom a question or an answer concerns."""
    mail_question_line(organisation_id=organisation_id, line_id=UUID(line_id), now=timezone.now())


@worker_task("insights.unmailed", Permission.DISPATCH)
def unmailed() -> None:
    """Every ten minutes: try the mails about questions, alerts and webhooks again that no mail server has taken."""
    now = timezone.now()
    wake_unmailed_lines(now=now)
    wake_unmailed_alerts(now=now)
    wake_untold_webhooks(now=now)


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────


@worker_task("insights.alerts", Permission.RUN_SCORES)
def alerts(organisation_id: int, run_id: str) -> None:
    """Hold the alert rules against a run."""
    check_run(organisation_id=organisation_id, run_id=UUID(run_id), now=timezone.now())


@worker_task("insights.alert_mail", Permission.SEND_MAIL)
def alert_mail(organisation_id: int, check_id: str) -> None:
    """Tell by mail what was found in a run."""
    mail_alerts(organisation_id=organisation_id, check_id=UUID(check_id), now=timezone.now())


@worker_task("insights.deliver", Permission.SEND_MAIL)
def deliver(organisation_id: int, delivery_id: str) -> None:
    """Send a signed message to a webhook."""
    deliver_one(organisation_id=organisation_id, delivery_id=UUID(delivery_id), now=timezone.now())


@worker_task("insights.push", Permission.SEND_MAIL)
def push(organisation_id: int, push_id: str) -> None:
    """Begin to send who belongs to a segment by a newer run."""
    push_run(organisation_id=organisation_id, push_id=UUID(push_id), now=timezone.now())


@worker_task("insights.webhook_off", Permission.SEND_MAIL)
def webhook_off(organisation_id: int, endpoint_id: str) -> None:
    """Tell admins that a webhook was switched off."""
    mail_webhook_off(organisation_id=organisation_id, endpoint_id=UUID(endpoint_id), now=timezone.now())


@worker_task("insights.tell", Permission.DISPATCH)
def tell() -> None:
    """Every minute: runs that the alert rules were not held against, or whose members webhooks wait for; messages."""
    now = timezone.now()
    wake_unchecked(now=now)
    wake_pushes(now=now)
    wake_pending(now=now)
