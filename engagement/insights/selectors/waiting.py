"""What waits for somebody on one client, in one statement: unanswered questions, alerts that nobody looked at."""

from __future__ import annotations

from django.db.models import Count, DateField, DateTimeField, Min, Value
from django.db.models.functions import Cast

from engagement.insights.alert_types import OpenAlerts
from engagement.insights.models import Alert, Question
from engagement.insights.note_types import WaitingQuestions


def waiting_here() -> tuple[WaitingQuestions | None, OpenAlerts | None]:
    """Of the organisation in scope, for readers without a limit; None where nothing waits."""
    no_day, no_instant = Cast(Value(None), DateField()), Cast(Value(None), DateTimeField())
    asked = Question.objects.filter(waiting_since__isnull=False).order_by()
    found = Alert.objects.filter(state=Alert.State.OPEN).order_by()
    rows = (
        asked.values(kind=Value("question"))
        .annotate(count=Count("pk"), at=Min("waiting_since"), day=no_day)
        .union(found.values(kind=Value("alert")).annotate(count=Count("pk"), at=no_instant, day=Min("as_of")), all=True)
    )
    said = {row["kind"]: row for row in rows if row["count"]}
    question, alert = said.get("question"), said.get("alert")
    return (
        WaitingQuestions(question["count"], question["at"]) if question else None,
        OpenAlerts(alert["count"], alert["day"]) if alert else None,
    )
