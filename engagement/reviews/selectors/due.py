"""How often a client is reviewed, and which review is due. What is due follows from the calendar and is not stored."""

from __future__ import annotations

from datetime import date, datetime

from engagement.insights.selectors.periods import runs_in_force, scored_days
from engagement.reviews.models import Review, ReviewSetting
from engagement.reviews.rhythms import Rhythm, is_finished, last_finished, working_day
from engagement.reviews.types import Due
from tenants.models import Organisation

_OFFERED = 24  # periods of each rhythm


def setting() -> ReviewSetting | None:
    """The rhythm, the leader and the days; None before somebody has chosen."""
    return ReviewSetting.objects.select_related("leader").first()


def due_review(*, organisation: Organisation, now: datetime) -> Due | None:
    """The review of the latest finished period; None without a rhythm, or where that has been opened.

    It is due some working days after the period's end, or after the rhythm was chosen, whichever is later.
    """
    found = setting()
    if found is None or found.every == ReviewSetting.Every.NONE:
        return None
    rhythm, today = Rhythm(found.every), organisation.today(now)
    last_day = last_finished(today=today, rhythm=rhythm)
    if Review.objects.filter(last_day__gte=last_day).exists():
        return None
    due_on = working_day(max(last_day, found.since), count=found.working_days)
    return Due(rhythm, last_day, due_on, today > due_on, last_day in runs_in_force([last_day]))


def periods_to_review(*, today: date, after: date | None) -> tuple[tuple[Rhythm, date], ...]:
    """Finished periods whose last day is scored and that end after a day, the latest of each rhythm first."""
    days = [day for day in scored_days() if after is None or day > after]
    return tuple(
        (rhythm, day)
        for rhythm in Rhythm
        for day in [one for one in days if is_finished(one, today=today, rhythm=rhythm)][:_OFFERED]
    )
