"""Approving: a frozen version and a mail to each recipient in one transaction; and taking it back before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from engagement.reports.services import publish_report
from engagement.rounds.calendars import moment_after, moment_on
from engagement.rounds.models import Entry, ReportMail
from engagement.rounds.selectors.standing import standing
from engagement.rounds.services.preparing import entry_of
from engagement.rounds.types import Standing, Times
from engagement.rounds.words import reason_text
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.wake import wake

TASK: Final = "rounds.mail"
_LONGEST_REASON: Final = 300
_Mail = ReportMail.State


@dataclass(frozen=True, slots=True)
class When:
    """When mails are to go: a day and hour on the client's clock; without one as its plan says, else at once."""

    day: date | None = None
    hour: int = 8
    at_once: bool = False


def moment_of(*, when: When, times: Times, last_day: date, organisation: Organisation, now: datetime) -> datetime:
    """The moment at which a client's mails go; never before now. Raises InvalidInputError for a day long past."""
    if when.at_once:
        return now
    if when.day is not None:
        found = moment_on(when.day, hour=when.hour, zone=organisation.zone)
        if (now - found).days >= 1:
            raise InvalidInputError(fields={"day": [_("This day is over.")]})
        return max(found, now)
    if times.send_day is None:
        return now
    return max(moment_after(last_day, day=times.send_day, hour=times.send_hour, zone=organisation.zone), now)


def approve(
    *, organisation: Organisation, last_day: date, user: User | None, goes_on: bool, when: When, times: Times,
    now: datetime,
) -> Entry:  # fmt: skip
    """Publish the draft as it stands and put a mail to each recipient into the outbox. Within a scope that writes.

    Raises ForbiddenError for a program without a person, ConflictError where something forbids it, and, unless somebody
    `goes_on`, where something should have been seen first.
    """
    if user is None:
        raise ForbiddenError(_("A person approves reports: a token of an organisation does not."))
    entry = entry_of(organisation=organisation, last_day=last_day)
    found = _to_approve(entry, standing(organisation=organisation, last_day=last_day, now=now), goes_on=goes_on)
    assert found.report_id is not None
    due_at = moment_of(when=when, times=times, last_day=last_day, organisation=organisation, now=now)
    version = publish_report(organisation=organisation, report_id=found.report_id, user=user, now=now)
    entry.report_id, entry.version, entry.due_at = found.report_id, version, due_at
    entry.approved_by, entry.approved_at = user, now
    entry.save(update_fields=["report", "version", "due_at", "approved_by", "approved_at"])
    mails = [
        ReportMail(organisation=organisation, entry=entry, version=version, email=email, made_at=now, due_at=due_at)
        for email in found.recipients
    ]
    ReportMail.objects.bulk_create(mails)
    said = {"version": version.number, "mails": len(mails), "due_at": due_at}
    audit_append(
        act="round.approved", object_kind="round", object_id=entry.pk, new=said, organisation_id=organisation.pk
    )
    _wake(mails if due_at <= now else [])
    return entry


def _to_approve(entry: Entry, found: Standing, *, goes_on: bool) -> Standing:
    if entry.version_id is not None:
        raise ConflictError(_("It is approved already."))
    if entry.left_out_because:
        raise ConflictError(_("It is left out of this round."))
    if found.forbidden:
        raise ConflictError(" ".join(reason_text(one) for one in found.forbidden))
    if found.report_id is None:
        raise ConflictError(_("No report of this month has been begun: prepare it first."))
    if found.warnings and not goes_on:
        seen = " ".join(reason_text(one) for one in found.warnings)
        raise ConflictError(_("Say that it goes out all the same. {reasons}").format(reasons=seen))
    return found


def _wake(mails: list[ReportMail]) -> None:
    for mail in mails:
        wake(TASK, mail.organisation_id, mail.pk)


def take_back(*, organisation: Organisation, last_day: date, now: datetime) -> int:
    """Withdraw every mail that was not handed over yet; the approval too, if none was. Returns how many.

    Raises ConflictError where nothing is approved, and where every mail has gone: what is sent is not called back.
    """
    entry = _approved(last_day)
    mails = ReportMail.objects.filter(entry=entry, version_id=entry.version_id)
    # A worker that has one in hand finds it withdrawn when it wants to hand it over.
    withdrawn = mails.filter(state=_Mail.WAITING).update(state=_Mail.WITHDRAWN, lease_until=None, reason="")
    gone = mails.filter(state__in=[_Mail.HANDED_OVER, _Mail.SENT]).exists()
    if gone and not withdrawn:
        raise ConflictError(_("Every mail has gone out: what is sent cannot be called back."))
    said = {"mails": withdrawn, "approved": gone}
    if not gone:
        entry.version, entry.due_at, entry.approved_by, entry.approved_at = None, None, None, None
        entry.save(update_fields=["version", "due_at", "approved_by", "approved_at"])
    audit_append(
        act="round.taken_back", object_kind="round", object_id=entry.pk, new=said, organisation_id=organisation.pk
    )
    return withdrawn


def send_now(*, organisation: Organisation, last_day: date, now: datetime) -> int:
    """Do not wait for the moment: every mail that waits is due now. Raises ConflictError where none waits."""
    entry = _approved(last_day)
    waiting = list(ReportMail.objects.filter(entry=entry, version_id=entry.version_id, state=_Mail.WAITING))
    if not waiting:
        raise ConflictError(_("No mail waits."))
    ReportMail.objects.filter(pk__in=[one.pk for one in waiting], state=_Mail.WAITING).update(due_at=now)
    Entry.objects.filter(pk=entry.pk).update(due_at=now)
    said = {"mails": len(waiting)}
    audit_append(
        act="round.hastened", object_kind="round", object_id=entry.pk, new=said, organisation_id=organisation.pk
    )
    _wake(waiting)
    return len(waiting)


def send_again(*, organisation: Organisation, mail_id: UUID, now: datetime) -> None:
    """Somebody decides that a mail is sent once more: one that failed, or of which nobody knows whether it went.

    Raises NotFoundError, ConflictError for any other.
    """
    mail = ReportMail.objects.select_for_update(of=("self",)).filter(pk=mail_id).first()
    if mail is None:
        raise NotFoundError(_("There is no such mail."))
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=mail.entry_id)
    is_lost = mail.state == _Mail.HANDED_OVER and mail.lease_until is not None and mail.lease_until < now
    if entry.version_id != mail.version_id or not (is_lost or mail.state == _Mail.FAILED):
        raise ConflictError(_("Only a mail that could not be sent, or may not have gone, is sent again."))
    said = {"mail": mail.pk, "was": mail.state}
    ReportMail.objects.filter(pk=mail.pk).update(
        state=_Mail.WAITING, reason="", due_at=now, lease_until=None, attempts=0
    )
    audit_append(
        act="round.sent_again", object_kind="round", object_id=entry.pk, new=said, organisation_id=organisation.pk
    )
    wake(TASK, mail.organisation_id, mail.pk)


def _approved(last_day: date) -> Entry:
    entry = Entry.objects.select_for_update(of=("self",)).filter(last_day=last_day, version__isnull=False).first()
    if entry is None:
        raise ConflictError(_("Nothing is approved in this round."))
    return entry


def leave_out(*, organisation: Organisation, last_day: date, because: str, now: datetime) -> Entry:
    """Leave the client in scope out of a round, with a reason; "" takes it in again.

    Raises ConflictError for an approved one.
    """
    said = " ".join(because.split())
    if len(said) > _LONGEST_REASON:
        raise InvalidInputError(fields={"because": [_("Use at most {most} characters.").format(most=_LONGEST_REASON)]})
    entry = entry_of(organisation=organisation, last_day=last_day)
    if entry.version_id is not None:
        raise ConflictError(_("It is approved. Take the approval back first."))
    if entry.left_out_because == said:
        return entry
    entry.left_out_because = said
    entry.save(update_fields=["left_out_because"])
    about: dict[str, Any] = {"object_kind": "round", "object_id": entry.pk, "organisation_id": organisation.pk}
    if said:
        audit_append(act="round.left_out", new={"last_day": last_day}, reason=said, **about)
    else:
        audit_append(act="round.taken_in", new={"last_day": last_day}, **about)
    return entry
