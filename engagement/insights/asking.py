"""Asking for a scoring from a page or a program: the row is what is owed, the message only wakes a worker."""

from __future__ import annotations

from datetime import date, datetime

from engagement.insights import services
from engagement.scoring.models import RunRequest, ScoreRun
from tenants.models import Organisation, User
from tenants.wake import wake


def ask_for_run(*, organisation: Organisation, user: User | None, as_of: date | None, now: datetime) -> RunRequest:
    """Ask for a scoring on somebody's behalf and wake a worker when the transaction commits.

    Raises InvalidInputError for a day that cannot be scored, ConflictError while no weights are published.
    """
    request = services.request_run(
        organisation=organisation, as_of=as_of, user=user, cause=ScoreRun.Cause.REQUEST, now=now
    )
    wake("insights.run", organisation.pk, request.pk)
    return request
