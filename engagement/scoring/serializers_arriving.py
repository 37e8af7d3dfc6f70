"""JSON of what arrives: the latest events, how much by source and name, names that no action counts."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from engagement.ingest.selectors.live import ArrivedEvent
from engagement.scoring.models import Channel
from engagement.scoring.selectors.arriving import CountedBy
from engagement.scoring.services.numbering import MAX_NAME

SPANS: Final = (30, 90)
LONGEST_NAME: Final = 200
ACTS: Final = ("count", "pass_over", "tell_again", "look")


class PaceSerializer(serializers.Serializer[Any]):
    """What the requests of the last five minutes came to."""

    requests = serializers.IntegerField()
    stored = serializers.IntegerField()
    duplicates = serializers.IntegerField(help_text="There already.")
    rejected = serializers.IntegerField()
    waiting = serializers.IntegerField()
    is_all = serializers.BooleanField(help_text="False: there were more, these are the latest.")


class ArrivingFileSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    file_name = serializers.CharField()
    stored = serializers.IntegerField()
    is_running = serializers.BooleanField()


class ArrivedEventSerializer(serializers.Serializer[Any]):
    """One stored event of a request."""

    received_at = serializers.DateTimeField()
    source = serializers.CharField(  # type: ignore[assignment]
        source="source.called", help_text="The write key or connection, by its name; empty where nobody was named."
    )
    event = serializers.CharField(source="name")
    occurred_at = serializers.DateTimeField()
    occurrences = serializers.IntegerField()
    customer = serializers.IntegerField(source="number", help_text="Who it counts for now.")
    external_id = serializers.CharField()
    identified = serializers.BooleanField()
    properties = serializers.DictField()
    actions = serializers.SerializerMethodField(help_text="Keys of the actions that count it.")

    def get_actions(self, event: ArrivedEvent) -> list[str]:
        counted: CountedBy = self.context["counted"]
        return list(counted.keys(name=event.name, properties=event.properties))


class ArrivingSerializer(serializers.Serializer[Any]):
    """What came in last, the latest first; only requests that are still kept are looked at."""

    pace = PaceSerializer()
    files = ArrivingFileSerializer(many=True, help_text="Of events: being read, or read within the last hour.")
    events = ArrivedEventSerializer(many=True)
    is_more = serializers.BooleanField(help_text="The requests looked at stored more events than these.")


class VolumeFilterSerializer(serializers.Serializer[Any]):
    days = serializers.ChoiceField(choices=SPANS, required=False, default=SPANS[0])


class VolumeLineSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(
        help_text="Of a source key, connection, files, request or unknown; of an action action, none (no action counts "
        "them) or others (names too rare to be told apart); of a name name, or others."
    )
    name = serializers.CharField()
    total = serializers.IntegerField()
    counts = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="By day; null is a day of which nothing is known."
    )
    actions = serializers.ListField(child=serializers.CharField(), help_text="Names of the actions that take it.")


class SilentSerializer(serializers.Serializer[Any]):
    """A write key in force that rests longer than it ever did."""

    key = serializers.UUIDField(source="key_id")
    name = serializers.CharField()
    last_at = serializers.DateTimeField(allow_null=True)
    longest_gap = serializers.DurationField(allow_null=True)


class LookSerializer(serializers.Serializer[Any]):
    """As of when, and whether a worker counts."""

    looked_at = serializers.DateTimeField(allow_null=True, help_text="Null: a worker has not counted yet.")
    is_at_once = serializers.BooleanField(help_text="So few events that they are counted as they are asked for.")
    is_busy = serializers.BooleanField(help_text="A worker is counting.")


class VolumeSerializer(LookSerializer):
    """Sources and names say the same events, so each adds up to `total`; the last day is still running.

    An event whose name several actions mention stands in each of them.
    """

    days = serializers.ListField(child=serializers.DateField())
    total = serializers.IntegerField()
    by_day = serializers.ListField(child=serializers.IntegerField())
    sources = VolumeLineSerializer(many=True)
    actions = VolumeLineSerializer(many=True)
    names = VolumeLineSerializer(many=True)
    silent = SilentSerializer(many=True)


class GuessSerializer(serializers.Serializer[Any]):
    """What the words of a name speak for; a proposal, and counts nothing."""

    name = serializers.CharField()
    channel = serializers.CharField()


class UnmatchedSerializer(serializers.Serializer[Any]):
    event = serializers.CharField(source="seen.name")
    events = serializers.IntegerField(source="seen.events")
    customers = serializers.IntegerField(source="seen.customers")
    first_at = serializers.DateTimeField(source="seen.first_at")
    last_at = serializers.DateTimeField(source="seen.last_at")
    guess = GuessSerializer(allow_null=True)
    properties = serializers.SerializerMethodField(help_text="The first of its latest event, as text.")

    def get_properties(self, line: Any) -> dict[str, str]:
        return dict(line.properties)


class CountedNameSerializer(serializers.Serializer[Any]):
    event = serializers.CharField()
    actions = serializers.ListField(child=serializers.CharField(), help_text="Names of the actions that take it.")
    events = serializers.IntegerField()
    customers = serializers.IntegerField()


class PassedOverSerializer(serializers.Serializer[Any]):
    event = serializers.CharField(source="name")
    by = serializers.CharField()
    at = serializers.DateTimeField()
    events = serializers.IntegerField(source="seen.events", default=0)


class EventNamesSerializer(LookSerializer):
    """Names of events of the last ninety days, each in one of three lists."""

    events = serializers.IntegerField(help_text="That no action counts, and whose names are not passed over.")
    unmatched = UnmatchedSerializer(many=True, help_text="The hundred most frequent.")
    others = serializers.IntegerField(help_text="Unmatched names beyond these.")
    passed_over = PassedOverSerializer(many=True)
    counted = CountedNameSerializer(many=True)
    cut_names = serializers.IntegerField(
        help_text="Rarer names in none of the lists: a worker keeps the most frequent."
    )
    cut_events = serializers.IntegerField(help_text="Events of these, whether an action counts them or not.")


class NameActSerializer(serializers.Serializer[Any]):
    """One act about one name. To count it, name an action by its key, or a new one by its name and channel."""

    act = serializers.ChoiceField(choices=ACTS)
    event = serializers.CharField(max_length=LONGEST_NAME, required=False, help_text="Of every act but look.")
    action = serializers.SlugField(required=False, help_text="To count it as an action that there is.")
    name = serializers.CharField(max_length=MAX_NAME, required=False, help_text="To count it as a new one.")
    channel = serializers.ChoiceField(choices=Channel.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["act"] != "look" and "event" not in attrs:
            raise serializers.ValidationError({"event": ["Say which name."]})
        if attrs["act"] == "count" and ("action" in attrs) == ("name" in attrs):
            raise serializers.ValidationError({"action": ["Name an action by its key, or a new one by its name."]})
        if "name" in attrs and "channel" not in attrs:
            raise serializers.ValidationError({"channel": ["Say the channel of the new action."]})
        return attrs
