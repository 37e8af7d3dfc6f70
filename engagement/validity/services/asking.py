"""Asking for checks: by a person, and by itself once a month."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import ConflictError
from engagement.scoring.models import ScoreRun
from engagement.scoring.services.numbering import next_number
from engagement.validity import queries
from engagement.validity.models import Outcome, ValidityCheck
from engagement.validity.selectors.checks import CHECK_TASK
from engagement.validity.selectors.outcomes import latest_checkable_run, latest_month_run, outcome_row
from tenants.audit import audit_append
from tenants.jobs import ask_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope
from tenants.wake import wake_each

MONTHLY_TASK: Final = "validity.month"
_CAUSES = ValidityCheck.Cause


def ask_check(*, organisation: Organisation, user: User | None, now: datetime) -> ValidityCheck:
    """A check of the outcome in force, of the latest day that is long enough ago; the one that waits for the same.

    Raises ConflictError without an outcome, or where no such day was scored or keeps its customers.
    """
    outcome = outcome_row()
    if outcome is None:
        raise ConflictError(_("No outcome is set yet: say first what scores are to be held against."))
    run = latest_checkable_run(organisation=organisation, days=outcome.days, now=now)
    if run is None:
        text = _(
            "No scored day lies {n} finished days back, so nobody knows yet what came after a score. "
            "Score an earlier day under Runs, or choose fewer days."
        )
        raise ConflictError(text.format(n=outcome.days))
    return _made(organisation, outcome=outcome, run=run, cause=_CAUSES.ASKED, user=user, now=now)


def _made(
    organisation: Organisation, *, outcome: Outcome, run: ScoreRun, cause: str, user: User | None, now: datetime
) -> ValidityCheck:
    number = next_number(ValidityCheck)
    waiting = (
        ValidityCheck.objects.filter(outcome=outcome, run=run, finished_at__isnull=True).order_by("-number").first()
    )
    if waiting is not None and _is_owed(waiting):
        return waiting
    made = ValidityCheck.objects.create(
        organisation=organisation, number=number, outcome=outcome, run=run, cause=cause, asked_by=user, asked_at=now
    )
    ask_job(kind=CHECK_TASK, subject=str(made.pk), organisation=organisation, user=user, now=now)
    new = {"number": number, "as_of": run.as_of, "run": run.number, "cause": cause}
    audit_append(act="validity.asked", object_kind="validity_check", object_id=made.pk, new=new)
    return made


def _is_owed(check: ValidityCheck) -> bool:
    return Job.objects.filter(kind=CHECK_TASK, subject=str(check.pk), state=Job.State.WAITING).exists()


def wake_months() -> int:
    """Wake a worker for each organisation whose outcome is checked by itself; returns how many."""
    return wake_each(MONTHLY_TASK, queries.STATEMENTS.fetch("monthly_outcomes"))


def check_month(*, organisation_id: int, now: datetime) -> bool:
    """Ask for the check of the latest end of a month that is long enough ago; False where there is nothing to ask.

    Once for an outcome and a run: a month that is scored again is checked again. Called outside any scope; of an
    organisation that rests nothing is asked.
    """
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.filter(pk=organisation_id, suspended_at=None).first()
        outcome = outcome_row()
        if organisation is None or outcome is None or not outcome.is_monthly:
            return False
        run = latest_month_run(organisation=organisation, days=outcome.days, now=now)
        if run is None or ValidityCheck.objects.filter(outcome=outcome, run=run).exists():
            return False
        _made(organisation, outcome=outcome, run=run, cause=_CAUSES.MONTHLY, user=None, now=now)
    return True
