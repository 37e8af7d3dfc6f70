"""What people say about days and numbers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from engagement.scoring.models import Segment
from tenants.models import User
from tenants.tenancy import IdentifiedTenantModel


class Note(IdentifiedTenantModel):
    """What somebody says happened on a day, or over a span of days, for all customers or one segment.

    It stands on charts, and where `in_reports` says so in reports. Days are the organisation's own.
    """

    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    first_day = models.DateField()
    last_day = models.DateField()
    text = models.CharField(max_length=280)
    in_reports = models.BooleanField(default=False)
    written_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=models.F("first_day")), name="insights_note_days_in_order")
        ]
        indexes = [models.Index(fields=["organisation", "first_day"], name="insights_note_day")]


class Question(IdentifiedTenantModel):
    """What somebody wants to know about a number: of a segment or, without one, of everybody.

    The day and the run are those that the page showed; the words stand in the lines. `waiting_since` is when the
    question that nobody has answered yet was asked; empty once it is answered.
    """

    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    as_of = models.DateField(null=True)
    run_number = models.PositiveIntegerField(null=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [
            models.Index(
                fields=["organisation", "waiting_since"],
                condition=Q(waiting_since__isnull=False),
                name="insights_question_waiting",
            )
        ]


class QuestionLine(IdentifiedTenantModel):
    """One thing said about a question, in order: asked, asked again, or answered. Never changed.

    `mailed_to` are the people who have their mail about it, `mailed_at` when the last of them had; empty: a worker
    tries again.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="lines", db_constraint=False)
    is_answer = models.BooleanField(default=False)
    text = models.CharField(max_length=1000)
    written_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()
    mailed_to = models.JSONField(default=list)
    mailed_at = models.DateTimeField(null=True)

    class Meta(IdentifiedTenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "question", "written_at"], name="insights_questionline_order"),
            models.Index(
                fields=["written_at"], condition=Q(mailed_at__isnull=True), name="insights_questionline_unmailed"
            ),
        ]
