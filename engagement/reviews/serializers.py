"""JSON of reviews: the list, one as a document, and what a program sends."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.insights.note_types import EVERYBODY
from engagement.insights.serializers import Answer
from engagement.reviews.models import MAX_REASON, MAX_TITLE, MAX_WORDS
from engagement.reviews.services.rhythm import LONGEST

_RHYTHM = "month, quarter or half_year."


class ReviewSerializer(Answer):
    """A review in the list."""

    id = serializers.UUIDField(source="pk")
    number = serializers.IntegerField()
    rhythm = serializers.CharField(help_text=_RHYTHM)
    last_day = serializers.DateField(help_text="The last day of the period.")
    run = serializers.IntegerField(source="run.number", help_text="The run that it is bound to.")
    state = serializers.CharField(help_text="open or closed.")
    decisions = serializers.IntegerField(source="decided", help_text="How many.")
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class ReviewDueSerializer(Answer):
    """The review that is due."""

    rhythm = serializers.CharField(help_text=_RHYTHM)
    last_day = serializers.DateField()
    due_on = serializers.DateField()
    is_overdue = serializers.BooleanField()
    is_scored = serializers.BooleanField(
        help_text="Whether the last day is scored; without it no review can be opened."
    )


class ReviewRhythmSerializer(Answer):
    """How often, led by whom; `due` null: none is due."""

    every = serializers.CharField(help_text="month, quarter, half_year or none.")
    leader = serializers.EmailField(allow_null=True)
    working_days = serializers.IntegerField()
    due = ReviewDueSerializer(allow_null=True)


class NewReviewRhythmSerializer(serializers.Serializer[Any]):
    every = serializers.RegexField("^(month|quarter|half_year|none)$")
    leader = serializers.EmailField(required=False, allow_null=True, help_text="The address of a person with a role.")
    working_days = serializers.IntegerField(min_value=0, max_value=LONGEST, default=10)


class NewReviewSerializer(serializers.Serializer[Any]):
    """A finished period after the last one reviewed, whose last day is scored."""

    rhythm = serializers.RegexField("^(month|quarter|half_year)$", help_text=_RHYTHM)
    last_day = serializers.DateField()


class ReviewDocumentSerializer(Answer):
    """A whole review. Of a closed one `document` is its minutes, with the SHA-256 of their canonical JSON."""

    id = serializers.UUIDField()
    state = serializers.CharField(help_text="open or closed.")
    sha256 = serializers.CharField(allow_null=True)
    restated = serializers.ListField(
        child=serializers.CharField(), help_text="What has become of the bound run since; never part of the document."
    )
    said_since = serializers.JSONField(help_text="What has become of decisions after closing, by their id.")
    document = serializers.JSONField(help_text="Numbers are exact: fractions such as 149/2, or decimals.")


class NewAgendaItemSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=MAX_TITLE)


class AgendaItemSerializer(Answer):
    id = serializers.UUIDField(source="pk")
    title = serializers.CharField()


class NewDecisionSerializer(serializers.Serializer[Any]):
    """What is decided on an item; `target` names a target in force as the measure."""

    item = serializers.UUIDField()
    text = serializers.CharField(max_length=MAX_WORDS)
    owner = serializers.EmailField(help_text="The address of a person with a role.")
    due_on = serializers.DateField()
    measure = serializers.RegexField(
        "^(score|points_per_customer|active_share)?$", default="", allow_blank=True, help_text="Empty: none."
    )
    segment = serializers.CharField(max_length=80, default=EVERYBODY)
    target = serializers.UUIDField(required=False, allow_null=True, default=None)
    makes = serializers.RegexField(
        "^(finding|step)?$", default="", allow_blank=True, help_text="finding, step, or empty."
    )


class DecisionSerializer(Answer):
    """A decision; `value_then` is the number of the review's run, exact."""

    id = serializers.UUIDField(source="pk")
    number = serializers.IntegerField()
    text = serializers.CharField()
    due_on = serializers.DateField()
    measure = serializers.CharField()
    value_then = serializers.CharField()
    finding = serializers.UUIDField(source="finding_id", allow_null=True)
    step = serializers.UUIDField(source="step_id", allow_null=True)


class NewDecisionStateSerializer(serializers.Serializer[Any]):
    state = serializers.RegexField("^(open|done|not_done|dropped)$", help_text="open, done, not_done or dropped.")
    because = serializers.CharField(
        max_length=MAX_REASON, default="", allow_blank=True, help_text="All but done need it."
    )


class DecisionStateSerializer(Answer):
    state = serializers.CharField(source="code")
    because = serializers.CharField()
    said_at = serializers.DateTimeField()


class AgendaFateSerializer(serializers.Serializer[Any]):
    item = serializers.UUIDField()
    fate = serializers.RegexField("^(carried|dropped)$", help_text="carried or dropped.")
    because = serializers.CharField(max_length=MAX_REASON, default="", allow_blank=True)


class ReviewClosingSerializer(serializers.Serializer[Any]):
    """What becomes of each item that nothing was decided on."""

    fates = AgendaFateSerializer(many=True, default=list)
