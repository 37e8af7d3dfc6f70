"""What waits for somebody on one client, in one statement: unanswered questions, alerts that nobody looked at."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, DateField, DateTimeField, JSONField, Min, QuerySet, Value
from django.db.models.functions import Cast

from engagement.insights.alert_types import OpenAlerts
from engagement.insights.models import Alert, Question
from engagement.insights.note_types import WaitingQuestions

Waiting = tuple[WaitingQuestions | None, OpenAlerts | None]
Row = dict[str, Any]


def waiting_here(*, more: QuerySet[Any, Any]) -> tuple[Waiting, list[Row]]:
    """Of the organisation in scope, for readers without a limit; None where nothing waits.

    `more` are rows of a later step, which take no statement of their own so: they have what the rows here have, `kind`,
    `count`, `at` (an instant), `day` and `content` (JSON), in that order, and are given back as they are.
    """
    no_day, no_instant = Cast(Value(None), DateField()), Cast(Value(None), DateTimeField())
    none = Cast(Value(None), JSONField())
    asked = Question.objects.filter(waiting_since__isnull=False).order_by()
    found = Alert.objects.filter(state=Alert.State.OPEN).order_by()
    parts: list[QuerySet[Any, Any]] = [
        asked.values(kind=Value("question")).annotate(
            count=Count("pk"), at=Min("waiting_since"), day=no_day, content=none
        ),
        found.values(kind=Value("alert")).annotate(count=Count("pk"), at=no_instant, day=Min("as_of"), content=none),
        more,
    ]
    rows: list[Row] = list(parts[0].union(*parts[1:], all=True))
    said = {row["kind"]: row for row in rows if row["count"]}
    question, alert = said.get("question"), said.get("alert")
    waiting = (
        WaitingQuestions(question["count"], question["at"]) if question else None,
        OpenAlerts(alert["count"], alert["day"]) if alert else None,
    )
    return waiting, [row for row in rows if row["kind"] not in {"question", "alert"}]
