"""Preparing: a draft of the month at each client, begun if there is none; a text that stands there is never touched."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError
from engagement.insights.calendars import By, is_finished
from engagement.insights.note_types import EVERYBODY
from engagement.insights.selectors.periods import runs_in_force
from engagement.reports.models import Report
from engagement.reports.services import draft_report
from engagement.reports.types import Subject
from engagement.rounds import queries
from engagement.rounds.calendars import latest_round
from engagement.rounds.models import Entry
from engagement.rounds.selectors.standing import KIND
from tenants.actor import Actor, Reach
from tenants.audit import audit_append
from tenants.jobs import Work, ask_job
from tenants.models import Job, Organisation, User
from tenants.permissions import Permission
from tenants.scope import organisation_scope


def entry_of(*, organisation: Organisation, last_day: date) -> Entry:
    """The client's place in the round, made if there is none and locked. Within a scope that writes."""
    Entry.objects.bulk_create([Entry(organisation=organisation, last_day=last_day)], ignore_conflicts=True)
    return Entry.objects.select_for_update(of=("self",)).get(last_day=last_day)


def ask_to_prepare(*, organisation: Organisation, last_day: date, user: User | None, now: datetime) -> Job:
    """Have a worker prepare the client in scope. Raises ConflictError for a month that is not over, or left out."""
    if not is_finished(last_day, today=organisation.today(now), by=By.MONTH):
        raise ConflictError(_("This month is not over there."))
    entry = entry_of(organisation=organisation, last_day=last_day)
    if entry.left_out_because or entry.version_id is not None:
        raise ConflictError(_("It is left out of this round, or approved already."))
    said = {"last_day": last_day}
    audit_append(act="round.asked", object_kind="round", object_id=entry.pk, new=said, organisation_id=organisation.pk)
    return ask_job(kind=KIND, subject=last_day.isoformat(), organisation=organisation, user=user, now=now)


def writing_reaches(*, actor: Actor, firm_id: int) -> list[Reach]:
    """The clients of a firm whose reports somebody may write."""
    return [one for one in actor.clients_of(firm_id) if one.may(Permission.WRITE_REPORTS) and not one.limit]


def ask_to_prepare_all(
    *, actor: Actor, firm: Organisation, last_day: date, slugs: Collection[str], now: datetime
) -> int:
    """The same for these clients of a firm, each in a scope of its own; how many were asked for.

    Those that rest, are left out, approved or not over are passed over: the page says so at each.
    """
    latest = latest_round(firm.today(now))
    asked = 0
    for reach in writing_reaches(actor=actor, firm_id=firm.pk):
        if reach.slug in slugs:
            with organisation_scope(reach.organisation_id):
                asked += _asked(reach.organisation_id, last_day, latest, actor.user, now)
    said = {"last_day": last_day, "clients": asked}
    audit_append(act="round.asked", object_kind="organisation", object_id=firm.pk, new=said, organisation_id=firm.pk)
    return asked


def _asked(organisation_id: int, last_day: date, latest: date, user: User | None, now: datetime) -> bool:
    client = Organisation.objects.get(pk=organisation_id)
    if client.suspended_at is not None:
        return False
    day = latest_round(client.today(now)) if client.sample_today and last_day == latest else last_day
    try:
        ask_to_prepare(organisation=client, last_day=day, user=user, now=now)
    except ConflictError:
        return False
    return True


def prepare(work: Work) -> None:
    """Begin the month's draft where there is none, and note the scoring it was begun from. Safe to begin again.

    Raises InvalidInputError where the month is not scored: the job has failed, and says why.
    """
    last_day = date.fromisoformat(work.subject)
    work.begin(steps=1)
    with organisation_scope(work.organisation_id):
        organisation = Organisation.objects.select_for_update().get(pk=work.organisation_id)
        user = User.objects.filter(pk=work.asked_by_id).first() if work.asked_by_id else None
        entry = entry_of(organisation=organisation, last_day=last_day)
        if entry.version_id is not None or entry.left_out_because or organisation.suspended_at is not None:
            return
        report = Report.objects.filter(by=By.MONTH, last_day=last_day, segment__isnull=True).order_by("number").first()
        if report is None:
            subject = Subject(By.MONTH, last_day, EVERYBODY)
            report = draft_report(organisation=organisation, user=user, subject=subject, now=work.clock())
        run = runs_in_force([last_day]).get(last_day)
        if run is None:
            raise InvalidInputError(_("The last day of this month is not scored."))
        entry.report, entry.run_number, entry.prepared_at = report, run.number, work.clock()
        entry.save(update_fields=["report", "run_number", "prepared_at"])
        work.done(1)


def ask_due_rounds(*, now: datetime) -> int:
    """Ask for what the plans say is due, once for each client and month; returns how many. Outside any scope."""
    asked = 0
    for organisation_id, last_day in queries.STATEMENTS.fetch("due_rounds", moment=now):
        with organisation_scope(int(organisation_id)):
            asked += _asked(int(organisation_id), last_day, last_day, None, now)
    return asked
