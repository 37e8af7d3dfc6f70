"""Sending reports: a row waits, a worker claims it, makes the mail, notes that it hands it over, and hands it over.

A worker that dies before it hands over leaves a lease that runs out, and another begins anew. One that dies after that
leaves the mail handed over: nobody tries again by itself, because a mail that went twice cannot be taken back. Pages
then say that it may not have gone, and a person decides.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.errors import UnavailableError
from engagement.look.dates import day_text
from engagement.look.locales import spoken
from engagement.reports.document import in_language
from engagement.reports.models import ReportVersion
from engagement.reports.pdf import pdf_of
from engagement.reports.selectors.published import restated
from engagement.reports.services import revoke_link, share_version
from engagement.rounds import queries
from engagement.rounds.models import Entry, Plan, ReportMail
from engagement.rounds.selectors.plans import way_in
from engagement.rounds.selectors.standing import live_recipients
from engagement.rounds.services.approving import TASK
from engagement.rounds.types import Way
from tenants.accounts import mails
from tenants.audit import audit_append
from tenants.links import public_url
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.wake import wake_each

LEASE: Final = timedelta(minutes=10)  # a worker makes and sends one in seconds
MAX_ATTEMPTS: Final = 6
# After the first time that the mail server does not take it, the second and so on.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720))
_Mail = ReportMail.State
_NOT_TAKEN: Final = noop("The mail server did not take it.")
_GIVEN_UP: Final = noop("It was given up after several tries.")
_NOT_APPROVED: Final = noop("The approval was taken back.")
_NO_RECIPIENT: Final = noop("The address is not on the list any more.")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _InHand:
    """A mail that a worker has claimed, and all that it is made of."""

    organisation: Organisation
    mail: ReportMail
    report_id: UUID
    number: int
    document: Json
    way: Way
    pdf: bytes | None


def wake_pending_mails(*, now: datetime) -> int:
    """Wake a worker for each mail that is due and that nobody has in hand; returns how many. Outside any scope."""
    return wake_each(TASK, queries.STATEMENTS.fetch("pending_report_mails", moment=now))


def send_report_mail(*, organisation_id: int, mail_id: UUID, now: datetime) -> bool:
    """Send one mail that is due; whether the mail server took it. Called outside any scope."""
    if not _claimed(organisation_id, mail_id, now):
        return False
    found = _made(organisation_id, mail_id, now)
    link = _handed_over(found, now)
    if link is None:
        return False
    try:
        _mail(found, link, now)
    except UnavailableError:
        _not_taken(found, now)
        return False
    return _sent(found, now)


def _claimed(organisation_id: int, mail_id: UUID, now: datetime) -> bool:
    """Ours for the time of a lease; not where it is in other hands, not due, or the client rests."""
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        wanted = ReportMail.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            free, pk=mail_id, state=_Mail.WAITING, due_at__lte=now, organisation__suspended_at__isnull=True
        )
        mail = wanted.first()
        if mail is None:
            return False
        if mail.attempts >= MAX_ATTEMPTS:  # whatever kills its worker each time must not do so for ever
            ReportMail.objects.filter(pk=mail.pk).update(state=_Mail.FAILED, reason=_GIVEN_UP, lease_until=None)
            return False
        ReportMail.objects.filter(pk=mail.pk).update(lease_until=now + LEASE, attempts=F("attempts") + 1)
        return True


def _made(organisation_id: int, mail_id: UUID, now: datetime) -> _InHand:
    """Everything of the mail but its link, read in a scope of this client alone."""
    with organisation_scope(organisation_id, write=False):
        organisation = Organisation.objects.get(pk=organisation_id)
        mail = ReportMail.objects.get(pk=mail_id)
        version = ReportVersion.objects.get(pk=mail.version_id)
        document, way = json.loads(version.document), way_in(Plan.objects.first())
        pdf = None
        if way.attaches_pdf:
            with in_language(document["language"]):
                notes = restated(organisation=organisation, document=document)
                pdf = pdf_of(document=document, sha256=version.sha256, notes=notes)
        return _InHand(organisation, mail, version.report_id, version.number, document, way, pdf)


def _handed_over(found: _InHand, now: datetime) -> str | None:
    """Note that it goes now, with a new link; "" for a mail without one, None where it does not go any more."""
    mail = found.mail
    with organisation_scope(found.organisation.pk):
        wanted = ReportMail.objects.select_for_update(of=("self",)).filter(pk=mail.pk, state=_Mail.WAITING)
        if not wanted.filter(attempts=mail.attempts).exists():
            return None
        against = _against(found)
        if against:
            ReportMail.objects.filter(pk=mail.pk).update(state=_Mail.WITHDRAWN, reason=against, lease_until=None)
            return None
        link_id, address = _link(found, now) if found.way.sends_link else (None, "")
        ReportMail.objects.filter(pk=mail.pk).update(
            state=_Mail.HANDED_OVER, lease_until=now + LEASE, times_handed_over=F("times_handed_over") + 1,
            link_id=link_id,
        )  # fmt: skip
        return address


def _against(found: _InHand) -> str:
    """Why it does not go any more: what was approved, or who gets it, is another by now."""
    mail = found.mail
    entry = Entry.objects.get(pk=mail.entry_id)
    if entry.version_id != mail.version_id or entry.report_id != found.report_id:
        return _NOT_APPROVED
    return "" if live_recipients().filter(email=mail.email).exists() else _NO_RECIPIENT


def _link(found: _InHand, now: datetime) -> tuple[UUID, str]:
    """A link of this mail's own; one that was made for a try that did not go opens nothing any more."""
    said: dict[str, Any] = {"organisation": found.organisation, "report_id": found.report_id, "now": now}
    if found.mail.link_id is not None:
        revoke_link(link_id=found.mail.link_id, **said)
    link, token = share_version(number=found.number, days=found.way.link_days, whom=found.mail.email, user=None, **said)
    return link.pk, public_url(reverse("shared-report", args=[token]))


def _mail(found: _InHand, link: str, now: datetime) -> None:
    document, mail = found.document, found.mail
    name = f"report-{document['report']}-{found.number}-{document['period']['last_day']}.pdf"
    attached = [] if found.pdf is None else [mails.Attached(name, found.pdf, "application/pdf")]
    with in_language(document["language"]):
        until = day_text((now + timedelta(days=found.way.link_days)).date(), locale=spoken())
        mails.send(
            "report", to=mail.email, attached=attached, link=link, until=until, has_pdf=bool(attached),
            client=document["organisation"], month=document["period"]["name"], made_by=document["branding"]["made_by"],
        )  # fmt: skip


def _not_taken(found: _InHand, now: datetime) -> None:
    """The mail server refused it, so that it did not go: later again, a few times."""
    mail = found.mail
    is_last = mail.attempts >= MAX_ATTEMPTS
    wait = WAITS[min(mail.attempts, len(WAITS)) - 1]
    with organisation_scope(found.organisation.pk):
        ReportMail.objects.filter(pk=mail.pk, state=_Mail.HANDED_OVER).update(
            state=_Mail.FAILED if is_last else _Mail.WAITING, reason=_NOT_TAKEN,
            lease_until=None if is_last else now + wait,
        )  # fmt: skip


def _sent(found: _InHand, now: datetime) -> bool:
    with organisation_scope(found.organisation.pk):
        done = ReportMail.objects.filter(pk=found.mail.pk, state=_Mail.HANDED_OVER).update(
            state=_Mail.SENT, sent_at=now, lease_until=None, reason=""
        )
        said = {"version": found.number, "mail": found.mail.pk}
        audit_append(
            act="report.mailed", object_kind="report", object_id=found.report_id, new=said,
            organisation_id=found.organisation.pk,
        )  # fmt: skip
    return bool(done)


def reason_said(reason: str) -> str:
    """A kept reason in the reader's language."""
    return _(reason) if reason else ""
