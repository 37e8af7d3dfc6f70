"""Looking at a client's measuring, and deciding to live with what was found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.guidance import queries
from engagement.guidance.models import PitfallAcceptance, PitfallCheck
from engagement.guidance.pitfalls import Trip, look
from engagement.guidance.selectors.known import known_of
from engagement.guidance.selectors.pitfalls import CHECK_TASK, quality
from tenants.audit import audit_append
from tenants.jobs import Work, ask_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope
from tenants.wake import wake_each

DAILY_TASK: Final = "guidance.daily_pitfalls"
_DAILY: Final = timedelta(hours=20)
_LONGEST_REASON: Final = 280


def ask_look(*, organisation: Organisation, user: User | None, now: datetime) -> Job:
    """Have the measuring looked at; the job that waits already is as good while nobody has begun it."""
    waiting = Job.objects.filter(kind=CHECK_TASK, state=Job.State.WAITING, begun_at__isnull=True).first()
    if waiting is not None:
        return waiting
    return ask_job(kind=CHECK_TASK, subject=now.isoformat(), organisation=organisation, user=user, now=now)


def run_look(work: Work) -> None:
    """The job: all checks against what is known now, kept as the look of the day. NotFoundError before a score."""
    now = work.clock()
    with organisation_scope(work.organisation_id):
        organisation = Organisation.objects.get(pk=work.organisation_id)
        found = known_of(organisation=organisation, now=now)
        if found is None:
            raise NotFoundError(_("There is no score yet: the checks look at a scored day."))
        run, known = found
        outcomes, trips = look(known)
        PitfallCheck.objects.update_or_create(
            organisation=organisation,
            day=organisation.today(now),
            defaults={
                "run_number": run.number,
                "outcomes": outcomes,
                "trips": [_kept(trip) for trip in trips],
                "checked_at": now,
            },
        )
        work.finish()


def _kept(trip: Trip) -> list[Any]:
    return [trip.code, int(trip.severity), dict(trip.numbers), list(trip.names)]


def wake_unlooked_at(*, now: datetime) -> int:
    """Wake a worker for every organisation with a score that nobody has looked at today; returns how many."""
    return wake_each(DAILY_TASK, queries.STATEMENTS.fetch("unlooked_at", before=now - _DAILY))


def ask_daily_look(*, organisation_id: int, now: datetime) -> bool:
    """Ask for the look of the day; False for an organisation that rests. Called outside any scope."""
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.filter(pk=organisation_id, suspended_at=None).first()
        if organisation is None:
            return False
        ask_look(organisation=organisation, user=None, now=now)
    return True


def accept_pitfall(*, organisation: Organisation, code: str, reason: str, user: User | None, now: datetime) -> None:
    """Decide to live with a pitfall that was found; of one that is accepted, say another reason.

    Raises NotFoundError for what the last look has not found, InvalidInputError without a reason, ConflictError where
    somebody else does so at the same moment.
    """
    found = quality(organisation=organisation)
    if found is None or code not in {trip.code for trip in found.trips}:
        raise NotFoundError(_("The last look has found no such pitfall."))
    said = " ".join(reason.split())
    if not said or len(said) > _LONGEST_REASON:
        text = _("Say in {n} characters or fewer why it may stay.").format(n=_LONGEST_REASON)
        raise InvalidInputError(fields={"reason": [text]})
    try:
        with transaction.atomic():
            _in_force(organisation, code).update(ended_by=user, ended_at=now)
            made = PitfallAcceptance.objects.create(
                organisation=organisation, code=code, reason=said, accepted_by=user, accepted_at=now
            )
    except IntegrityError as error:
        raise ConflictError(_("Somebody else has just accepted it.")) from error
    audit_append(act="pitfall.accepted", object_kind="pitfall", object_id=made.pk, new={"code": code})


def mind_pitfall(*, organisation: Organisation, code: str, user: User | None, now: datetime) -> None:
    """Take the acceptance back: it counts again. Raises NotFoundError where it is not accepted."""
    row = _in_force(organisation, code).first()
    if row is None:
        raise NotFoundError(_("Nobody has accepted it."))
    row.ended_by, row.ended_at = user, now
    row.save(update_fields=["ended_by", "ended_at"])
    audit_append(act="pitfall.minded", object_kind="pitfall", object_id=row.pk, old={"code": code})


def _in_force(organisation: Organisation, code: str) -> QuerySet[PitfallAcceptance]:
    return PitfallAcceptance.objects.filter(organisation=organisation, code=code, ended_at__isnull=True)
