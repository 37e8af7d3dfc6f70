"""Asking for the figures of months: the row is what is owed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import Max

from engagement.companions.models import CompanionSetting
from engagement.scoring.models import ScoreRun
from tenants.jobs import ask_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope

FIGURES: Final = "companions.figures"


def ask_for_figures(*, organisation: Organisation, user: User | None, now: datetime) -> Job | None:
    """Have read what came in and computed what has changed; None where nobody has said how companions are measured.

    The subject is the instant, so that a job somebody is at already does not stand for one that sees what is new.
    """
    if not CompanionSetting.objects.exists():
        return None
    waiting = Job.objects.filter(kind=FIGURES, state=Job.State.WAITING, begun_at__isnull=True).first()
    if waiting is not None:
        return waiting  # nobody has begun it: it will see everything
    return ask_job(kind=FIGURES, subject=now.isoformat(), organisation=organisation, user=user, now=now)


def on_request_ended(sender: object, *, outcome: str, organisation_id: int | None = None, **_rest: Any) -> None:
    """A scoring was published: of the last day of a month, maybe."""
    if outcome != "published" or organisation_id is None:
        return
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        ended: datetime | None = ScoreRun.objects.aggregate(at=Max("finished_at"))["at"]
        if ended is not None:
            ask_for_figures(organisation=organisation, user=None, now=ended)
