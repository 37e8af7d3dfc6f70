"""What the period's figures rest on: days with data, sources, answers, what never came, how good the measuring was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engagement.companions.models import SurveyAnswer
from engagement.companions.selectors import is_set_up
from engagement.feedback.models import FeedbackItem
from engagement.guidance.selectors.pitfalls import quality
from engagement.ingest.models import FileImport, WriteKey
from engagement.insights.selectors.freshness import freshness
from engagement.insights.types import Figures
from engagement.reviews.queries import statements
from engagement.reviews.types import Json, Period
from engagement.scoring.local_days import midnight
from tenants.models import Organisation

LISTED = 40


def instants(*, organisation: Organisation, period: Period) -> tuple[datetime, datetime]:
    """The period as instants, the second not included."""
    zone = ZoneInfo(organisation.time_zone)
    ends = period.first_day, period.last_day + timedelta(days=1)
    first, last = (midnight(day=day, zone=zone) for day in ends)
    return first, last


def data(*, organisation: Organisation, period: Period, figures: Mapping[str, Figures], now: datetime) -> Json:
    """Counts and names; the grade is that of the last look at the measuring, None before the first."""
    first, last = instants(organisation=organisation, period=period)
    days = {"first_day": period.first_day, "last_day": period.last_day}
    with_data = statements.fetch("days_with_data", organisation_id=organisation.pk, **days)[0][0]
    span = (period.first_day, period.last_day)
    fresh, grade = freshness(organisation=organisation, now=now), quality(organisation=organisation)
    keys = WriteKey.objects.filter(created_at__lt=last, last_used_at__gte=first).order_by("name", "pk")
    return {
        "days": (period.last_day - period.first_day).days + 1,
        "days_with_data": with_data,
        "last_event_on": fresh.last_event_on.isoformat() if fresh.last_event_on else None,
        "stale_days": fresh.stale_days,
        "keys": [*keys.values_list("name", flat=True)[:LISTED]],
        "files": FileImport.objects.filter(created_at__gte=first, created_at__lt=last).count(),
        "never": [action.name for action in figures["all"].actions if not action.occurrences][:LISTED],
        "answers": SurveyAnswer.objects.filter(day__range=span).count(),
        "feedback": FeedbackItem.objects.filter(day__range=span).count(),
        "companions": is_set_up(),
        "grade": grade.grade.value if grade else None,
        "grade_day": grade.day.isoformat() if grade else None,
    }
