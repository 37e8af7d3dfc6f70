"""When an organisation is scored next by itself: the same rule as the clock's, for a page to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from engagement.scoring.models import RunRequest, ScoreRun, WeightSet
from tenants.models import Organisation

_MONDAY = 0


@dataclass(frozen=True, slots=True)
class NextScoring:
    """The next scoring that nobody has to ask for, and the local day it covers.

    `why_not` says why there is none: only on request, a sample that stands still, an organisation that rests, or no
    weights yet. `at` is None then, and where it is due already and begins within a minute.
    """

    at: datetime | None
    as_of: date | None
    why_not: Literal["", "manual", "sample", "suspended", "no_weights"] = ""


def next_scoring(*, organisation: Organisation, now: datetime) -> NextScoring:
    """By the schedule that is saved, or that stands on the organisation at hand; two short queries at most."""
    why_not = _why_not(organisation)
    if why_not:
        return NextScoring(None, None, why_not)
    today = now.astimezone(organisation.zone).date()
    asked = RunRequest.objects.filter(as_of=today - timedelta(days=1), cause=ScoreRun.Cause.SCHEDULE)
    return next_slot(
        is_weekly=organisation.schedule == Organisation.Schedule.WEEKLY,
        hour=organisation.schedule_hour,
        zone=organisation.zone,
        now=now,
        is_today_done=asked.exists(),
    )


def next_slot(*, is_weekly: bool, hour: int, zone: ZoneInfo, now: datetime, is_today_done: bool) -> NextScoring:
    """The next local day at `hour` o'clock, a Monday where it is weekly; `at` is None where that hour is past already.

    `is_today_done`: today's scoring has been asked for. Example: 02:00 every night, looked at on Monday at 01:00, is
    Monday 02:00 for Sunday; looked at on Monday at noon with Monday's done it is Tuesday 02:00 for Monday.
    """
    local = now.astimezone(zone)
    day = local.date()
    is_due_today = not is_weekly or day.weekday() == _MONDAY
    if is_due_today and not is_today_done and local.hour >= hour:
        return NextScoring(None, day - timedelta(days=1))
    if not is_due_today or is_today_done:
        day += timedelta(days=(7 - day.weekday()) if is_weekly else 1)
    return NextScoring(datetime.combine(day, time(hour), tzinfo=zone), day - timedelta(days=1))


def _why_not(organisation: Organisation) -> Literal["", "manual", "sample", "suspended", "no_weights"]:
    if organisation.sample_today is not None:
        return "sample"
    if organisation.suspended_at is not None:
        return "suspended"
    if organisation.schedule == Organisation.Schedule.MANUAL:
        return "manual"
    has_weights = WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.PUBLISHED).exists()
    return "" if has_weights else "no_weights"
