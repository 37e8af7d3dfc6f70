"""Scorings that wait: while every day is being counted anew, a result would be of half the days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import F
from django.utils.translation import gettext_noop as noop

from engagement.scoring.models import RunRequest
from engagement.scoring.selectors.counting import counting_progress
from tenants.models import Organisation
from tenants.scope import organisation_scope

_LOOK_AGAIN: Final = timedelta(minutes=1)


def postpone_while_recounting(*, request: RunRequest, now: datetime) -> bool:
    """Put a claimed request back, with the reason, while all days are counted anew; it costs no attempt.

    True if it was put back. The sweeper takes it up again in a minute, until the counting is done.
    """
    with organisation_scope(request.organisation_id):
        organisation = Organisation.objects.get(pk=request.organisation_id)
        found = counting_progress(organisation=organisation, now=now)
        if found is None or not found.is_recounting:
            return False
        percent = found.done * 100 // found.total if found.total else 0
        waits = noop("Waits until all days are counted anew after the change of time zone ({n} %).")
        RunRequest.objects.filter(pk=request.pk, state=RunRequest.State.WAITING).update(
            lease_until=now + _LOOK_AGAIN,
            attempts=F("attempts") - 1,
            error=waits.format(n=percent),
        )
    return True
