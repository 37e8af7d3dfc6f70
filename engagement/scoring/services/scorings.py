"""Asking for scorings: rows that are owed, and a message that wakes a worker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from engagement.ingest.wake import wake
from engagement.scoring.models import RunRequest, ScoreRun
from tenants.models import Organisation, User

SCORING_TASK: Final = "insights.run"


def ask_for_scoring(*, organisation: Organisation, days: Iterable[date], user: User | None, now: datetime) -> None:
    """Ask for a scoring of each day; asking for a day that waits already is asking once."""
    for day in sorted(days):
        request, _ = RunRequest.objects.get_or_create(
            organisation=organisation,
            as_of=day,
            state=RunRequest.State.WAITING,
            restatement=None,
            defaults={"cause": ScoreRun.Cause.REQUEST, "requested_by": user, "requested_at": now},
        )
        wake(SCORING_TASK, organisation.pk, request.pk)
