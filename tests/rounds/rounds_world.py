"""A firm whose clients are scored at the end of February 2026, with recipients, and what workers do for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from django.core import mail

from engagement.insights.services import score
from engagement.reports.models import Block
from engagement.reports.services import save_text
from engagement.rounds import queries
from engagement.rounds.models import Entry, ReportMail
from engagement.rounds.selectors.standing import KIND, standing
from engagement.rounds.services.approving import When, approve
from engagement.rounds.services.mailing import send_report_mail
from engagement.rounds.services.preparing import ask_to_prepare, prepare
from engagement.rounds.services.recipients import add_recipient
from engagement.rounds.types import Standing, Times
from tenants.actor import Actor, reaches_of
from tenants.jobs import run_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope
from tests.insights.scoring_world import Small, add_activity, add_customers, make_small

FEBRUARY: Final = date(2026, 2, 28)
JANUARY: Final = date(2026, 1, 31)
NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AT_ONCE: Final = When(at_once=True)


def scored(organisation: Organisation, *days: date) -> Small:
    """The client with forty customers who come once a day in question, scored on these days."""
    small = make_small(organisation, weights={"visit": ("website", 1_000, None)}, full_points=10_000, window_days=20)
    add_customers(small, [(number, {}) for number in range(1, 41)])
    for day in days or (FEBRUARY,):
        add_activity(small, [(number, "visit", day, number % 10) for number in range(2, 40)])
        score(organisation_id=small.id, as_of=day, cause="history", now=NOW)
    return small


def listed(organisation: Organisation, *addresses: str) -> None:
    """These addresses get the client's reports."""
    with organisation_scope(organisation.pk):
        for email in addresses:
            add_recipient(organisation=organisation, email=email, confirmed=True, user=None, now=NOW)


def actor_of(user: User) -> Actor:
    return Actor(user=user, reaches=reaches_of(user))


def prepared(organisation: Organisation, *, last_day: date = FEBRUARY, now: datetime = NOW) -> None:
    """Asked for, and done by a worker."""
    with organisation_scope(organisation.pk):
        ask_to_prepare(organisation=organisation, last_day=last_day, user=None, now=now)
    work_off(organisation, now=now)


def work_off(*organisations: Organisation, now: datetime = NOW) -> None:
    """Every preparing that waits."""
    for one in organisations:
        with organisation_scope(one.pk):
            waiting = list(Job.objects.filter(kind=KIND, state=Job.State.WAITING))
        for job in waiting:
            run_job(organisation_id=one.pk, job_id=job.pk, do=prepare, clock=lambda: now)


def written(organisation: Organisation, text: str = "All is well.") -> None:
    """The opening of every draft is written."""
    with organisation_scope(organisation.pk):
        for block in Block.objects.filter(kind="lead"):
            save_text(
                block_id=block.pk, report_id=block.report_id, text=text, version=block.version, user=None, now=NOW
            )


def ready(organisation: Organisation, *addresses: str) -> Small:
    """Everything a report needs to be ready."""
    small = scored(organisation)
    listed(organisation, *(addresses or (f"board@{organisation.slug}.example",)))
    prepared(organisation)
    written(organisation)
    return small


def stands(organisation: Organisation, *, last_day: date = FEBRUARY, now: datetime = NOW) -> Standing:
    with organisation_scope(organisation.pk, write=False):
        return standing(organisation=organisation, last_day=last_day, now=now)


def approved(organisation: Organisation, user: User, **changes: Any) -> Entry:
    """Approved as it stands, at once unless `when` says otherwise."""
    said: dict[str, Any] = {"last_day": FEBRUARY, "goes_on": False, "when": AT_ONCE, "times": Times(), "now": NOW}
    with organisation_scope(organisation.pk):
        return approve(organisation=organisation, user=user, **{**said, **changes})


def mails(organisation: Organisation) -> list[ReportMail]:
    with organisation_scope(organisation.pk, write=False):
        return list(ReportMail.objects.select_related("version").order_by("email"))


def deliver(now: datetime = NOW) -> list[Any]:
    """What leaves when workers go through everything that is due."""
    before = len(mail.outbox)
    for organisation_id, mail_id in queries.STATEMENTS.fetch("pending_report_mails", moment=now):
        send_report_mail(organisation_id=organisation_id, mail_id=mail_id, now=now)
    return mail.outbox[before:]


def addressed(sent: Sequence[Any]) -> list[str]:
    return sorted(address for one in sent for address in one.to)
