"""Having the events of large organisations counted by name and day before anybody asks, no oftener than it is worth.

A look is due where something came in since the last one, or another local day has begun. It rests for ten minutes at
least, and for twenty times as long as it took: however many events there are, counting them costs a worker a twentieth
of its time at most, and the pages say as of when their numbers are.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from engagement.ingest.selectors.news import has_news
from engagement.scoring.looking import LOOK_DAYS
from engagement.scoring.models import EventLook
from engagement.scoring.selectors.looking import is_counted_at_once
from engagement.scoring.services.event_names import KIND, ask_look
from tenants.jobs import latest_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope

REST: Final = timedelta(minutes=10)
_TIMES: Final = 20  # it rests so many times as long as it took


def ask_looks_everywhere(*, now: datetime) -> int:
    """Ask for a look wherever one is due; returns how many."""
    since = (now - timedelta(days=LOOK_DAYS)).date()
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.organisations_with_events(%s)", [since])
        found = sorted(organisation_id for (organisation_id,) in cursor.fetchall())
    return sum(_asked(organisation_id, now=now) for organisation_id in found)


def _asked(organisation_id: int, *, now: datetime) -> bool:
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        if not is_look_due(organisation=organisation, now=now):
            return False
        ask_look(organisation=organisation, user=None, now=now)
    return True


def is_look_due(*, organisation: Organisation, now: datetime) -> bool:
    """Whether what a worker counted is worth counting again; never where a page counts while one waits."""
    if _rests(latest_job(kind=KIND), now=now) or is_counted_at_once(organisation=organisation, now=now):
        return False
    looked_at = EventLook.objects.filter(pk=organisation.pk).values_list("looked_at", flat=True).first()
    if looked_at is None or organisation.today(looked_at) < organisation.today(now):
        return True
    return has_news(organisation=organisation, since=looked_at)


def _rests(job: Job | None, *, now: datetime) -> bool:
    """While a look is waited for, and for a time after it that depends on how long it took."""
    if job is None:
        return False
    if job.finished_at is None:
        return job.state == Job.State.WAITING
    took = job.finished_at - (job.begun_at or job.finished_at)
    return now < job.finished_at + max(REST, _TIMES * took)
