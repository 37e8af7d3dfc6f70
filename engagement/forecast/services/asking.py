"""Asking for forecasts: by the clock after each finished period, and by whoever may score."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import ConflictError
from engagement.forecast import queries
from engagement.forecast.selectors.forecasts import unforecast_run
from tenants.jobs import ask_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope

KIND: Final = "forecast.make"
# As far back as runs are looked for that nothing was forecast from: a worker that rested makes up for it.
_LOOK_FOR: Final = timedelta(days=3)


def ask_forecast(*, organisation: Organisation, user: User | None, now: datetime) -> Job:
    """Ask for forecasts from the run of the last finished period; what was said from it already stays as it is.

    Raises ConflictError before a finished period has been scored.
    """
    run = unforecast_run(organisation=organisation, now=now)
    if run is None:
        raise ConflictError(
            _("No finished week or month has been scored yet. Score the last day of one, then ask again.")
        )
    return ask_job(kind=KIND, subject=str(run.pk), organisation=organisation, user=user, now=now)


def sweep_unforecast(*, now: datetime) -> int:
    """Ask for forecasts wherever a finished period has been scored lately and none was asked for; returns how many."""
    asked = 0
    for organisation_id, run_id in queries.STATEMENTS.fetch("unforecast_runs", published_from=now - _LOOK_FOR):
        with organisation_scope(int(organisation_id)):
            organisation = Organisation.objects.filter(pk=organisation_id, suspended_at=None).first()
            run = unforecast_run(organisation=organisation, now=now) if organisation else None
            if organisation is not None and run is not None and run.pk == run_id:
                ask_forecast(organisation=organisation, user=None, now=now)
                asked += 1
    return asked
