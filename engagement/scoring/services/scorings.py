"""Asking for scorings: rows that are owed, and a message that wakes a worker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from engagement.scoring.models import RunPointer, RunRequest, ScoreRun
from tenants.models import Organisation, User
from tenants.wake import wake

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


def ask_again(*, organisation_id: int, now: datetime) -> None:
    """Ask that the latest scored day be scored once more, in the scope at hand; nothing where none was scored."""
    latest = RunPointer.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    if latest is not None:
        organisation = Organisation.objects.get(pk=organisation_id)
        ask_for_scoring(organisation=organisation, days=[latest], user=None, now=now)
