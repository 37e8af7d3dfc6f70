"""JSON of notes on days and questions about numbers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.insights.note_types import EVERYBODY
from engagement.insights.serializers import Answer
from engagement.insights.services.notes import MAX_TEXT as NOTE_LENGTH
from engagement.insights.services.questions import MAX_TEXT as QUESTION_LENGTH

_SEGMENT_HELP = "The key of a segment; all: all customers."
_NAME_HELP = "Who said it; empty for a program and for somebody whose account is gone."


class NoteSerializer(Answer):
    """What somebody says happened on a day or over a span of days."""

    id = serializers.UUIDField()
    segment = serializers.CharField(source="segment_key", help_text=_SEGMENT_HELP)
    segment_name = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    text = serializers.CharField()
    in_reports = serializers.BooleanField(help_text="Whether reports show it.")
    written_by = serializers.CharField(help_text=_NAME_HELP)
    written_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(allow_null=True)
    may_change = serializers.BooleanField(help_text="Whether you can change and remove it.")


class NewNoteSerializer(serializers.Serializer[Any]):
    """A note; days are the organisation's own."""

    segment = serializers.CharField(max_length=80, default=EVERYBODY, help_text=_SEGMENT_HELP)
    first_day = serializers.DateField()
    last_day = serializers.DateField(required=False, allow_null=True, help_text="By default the first day.")
    text = serializers.CharField(max_length=NOTE_LENGTH)
    in_reports = serializers.BooleanField(default=False)


class ChangedNoteSerializer(serializers.Serializer[Any]):
    """What is to change of a note; the rest stays."""

    segment = serializers.CharField(max_length=80, required=False, help_text=_SEGMENT_HELP)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False, allow_null=True, help_text="null: the first day.")
    text = serializers.CharField(max_length=NOTE_LENGTH, required=False)
    in_reports = serializers.BooleanField(required=False)


class QuestionSerializer(Answer):
    """A question about a number; `waiting_since` null: it is answered."""

    id = serializers.UUIDField()
    segment = serializers.CharField(source="segment_key", help_text=_SEGMENT_HELP)
    segment_name = serializers.CharField()
    as_of = serializers.DateField(allow_null=True, help_text="The day that was shown.")
    run = serializers.IntegerField(source="run_number", allow_null=True, help_text="The run that was shown.")
    text = serializers.CharField(help_text="What was asked first.")
    asked_by = serializers.CharField(help_text=_NAME_HELP)
    asked_at = serializers.DateTimeField()
    waiting_since = serializers.DateTimeField(allow_null=True)


class SaidSerializer(Answer):
    """One thing said about a question."""

    id = serializers.UUIDField()
    is_answer = serializers.BooleanField()
    text = serializers.CharField()
    written_by = serializers.CharField(help_text=_NAME_HELP)
    written_at = serializers.DateTimeField()


class QuestionThreadSerializer(Answer):
    """A question with all that was said, in order."""

    question = QuestionSerializer(source="head")
    lines = SaidSerializer(many=True)


class QuestionsQuery(serializers.Serializer[Any]):
    """Which questions."""

    state = serializers.ChoiceField(choices=("open", "all"), default="open", help_text="open: that wait for an answer.")


class SaySerializer(serializers.Serializer[Any]):
    """Words of one's own."""

    text = serializers.CharField(max_length=QUESTION_LENGTH)


class NewQuestionSerializer(SaySerializer):
    """A question about a number as it was shown on a day or in a run; by default the latest."""

    segment = serializers.CharField(max_length=80, default=EVERYBODY, help_text=_SEGMENT_HELP)
    as_of = serializers.DateField(required=False, allow_null=True, default=None)
    run = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1)
