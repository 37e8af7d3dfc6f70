"""JSON of the event properties by which points are divided, and how far that is."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.scoring.models import Breakdown
from engagement.scoring.services.breakdowns import LONGEST_NAME, MOST_PROPERTIES

_STATES = f"One of {', '.join(Breakdown.State.values)}."


class BreakdownWorkSerializer(serializers.Serializer[Any]):
    """The latest run that a property divides."""

    property = serializers.CharField()
    state = serializers.CharField(help_text=_STATES)
    run = serializers.IntegerField(source="run_number")
    as_of = serializers.DateField()
    events = serializers.IntegerField(help_text="Read for it.")
    finished_at = serializers.DateTimeField(allow_null=True)


class BreakdownSettingsSerializer(serializers.Serializer[Any]):
    """The named properties in their order, and how far what they give is."""

    properties = serializers.ListField(child=serializers.CharField())
    work = BreakdownWorkSerializer(many=True)


class NamedPropertiesSerializer(serializers.Serializer[Any]):
    """All properties that are to be named, in their order; one that is left out is removed with what it gave."""

    properties = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_NAME),
        max_length=MOST_PROPERTIES,
        help_text="Names as events carry them, such as campaign or utm.campaign; none: points are not divided.",
    )
