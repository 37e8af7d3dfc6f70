"""JSON of templates. These validate and describe; services do the work."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.scoring.models import Channel
from engagement.scoring.serializers import RatioField
from engagement.scoring.services.bounds import MAX_NOTE
from engagement.scoring.services.numbering import MAX_KEY, MAX_NAME
from engagement.scoring.services.templates import AS_AT_CLIENT
from engagement.scoring.templating.compare import ABSENT, Item, Side, State
from engagement.scoring.templating.content import BandContent, FullPoints, bands_json, decimal_text, full_points_json
from engagement.scoring.types import FULL_POINTS_SOURCES

_FULL_POINTS_FROM = (AS_AT_CLIENT, *(source for source in FULL_POINTS_SOURCES if source != "own"))


class ContentActionSerializer(serializers.Serializer[Any]):
    """An action of a template, with what it is worth."""

    key = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    rule = serializers.DictField()
    weight = serializers.CharField(help_text="Points with at most three decimals, as text.")
    cap = serializers.IntegerField(allow_null=True)


class ContentFullPointsSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(allow_null=True, required=False, help_text="With from own.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """“from” is a word of the language, so it cannot be an attribute."""
        return {"from": serializers.CharField(help_text=", ".join(FULL_POINTS_SOURCES)), **super().get_fields()}


class ContentBandsSerializer(serializers.Serializer[Any]):
    good = serializers.CharField()
    excellent = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField(), help_text="Poor, good, excellent.")


class ContentSegmentSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    rule = serializers.DictField(help_text="Lists of customers are refused.")
    is_missing_data = serializers.BooleanField()


class ContentSetSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    is_partition = serializers.BooleanField()
    segments = ContentSegmentSerializer(many=True)


class ContentSerializer(serializers.Serializer[Any]):
    """Everything a template says."""

    actions = ContentActionSerializer(many=True)
    window_days = serializers.IntegerField()
    half_life_days = serializers.IntegerField(allow_null=True)
    full_points = ContentFullPointsSerializer()
    bands = ContentBandsSerializer()
    segment_sets = ContentSetSerializer(many=True)


class VersionSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    note = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class TemplateSerializer(serializers.Serializer[Any]):
    """A template of the firm with its versions, newest first."""

    key = serializers.CharField()
    name = serializers.CharField()
    versions = VersionSerializer(many=True)


class ClientStateSerializer(serializers.Serializer[Any]):
    """Where a client stands with a template."""

    slug = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField(allow_null=True, source="applied.version", default=None)
    is_behind = serializers.BooleanField()
    changed = serializers.IntegerField(help_text="Items of the template that are another at the client now.")
    other = serializers.CharField(help_text="The other template it stands on; empty for none.")


class TemplateDetailSerializer(TemplateSerializer):
    """The same with one version's content, and the clients."""

    version = serializers.IntegerField(help_text="Whose content this is.")
    content = serializers.DictField(help_text="As ContentSerializer describes it.")
    clients = ClientStateSerializer(many=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "content": ContentSerializer()}


class NewVersionSerializer(serializers.Serializer[Any]):
    """Taken over from a client, or given whole: one of the two."""

    client = serializers.CharField(required=False, default="", allow_blank=True, help_text="The client's slug.")
    full_points_from = serializers.CharField(
        required=False, default=AS_AT_CLIENT, help_text=f"With client: {', '.join(_FULL_POINTS_FROM)}."
    )
    content = serializers.DictField(required=False, default=None, allow_null=True)
    note = serializers.CharField(max_length=MAX_NOTE, required=False, default="", allow_blank=True)


class NewTemplateSerializer(NewVersionSerializer):
    name = serializers.CharField(max_length=MAX_NAME)
    key = serializers.SlugField(max_length=MAX_KEY, required=False, default="", allow_blank=True)


class TemplateNameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=MAX_NAME)


class AppliedSerializer(serializers.Serializer[Any]):
    """What a client stands on."""

    key = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    applied_by = serializers.CharField()
    applied_at = serializers.DateTimeField()


class ClientTemplateSerializer(serializers.Serializer[Any]):
    applied = AppliedSerializer(allow_null=True)
    offers = TemplateSerializer(many=True, help_text="The firm's templates; empty for who does not reach the firm.")


class WantedSerializer(serializers.Serializer[Any]):
    """Which version is looked at."""

    template = serializers.CharField(max_length=MAX_KEY)
    version = serializers.IntegerField(required=False, default=None, min_value=1, help_text="The newest by default.")


class ItemSerializer(serializers.Serializer[Any]):
    """One thing in three states. {"absent": true} stands for what is not there."""

    id = serializers.CharField()
    state = serializers.ChoiceField(choices=[(state.value, state.value) for state in State])
    base = serializers.JSONField(allow_null=True)
    client = serializers.JSONField(allow_null=True)
    template = serializers.JSONField(allow_null=True)


class TemplateLevelSerializer(serializers.Serializer[Any]):
    """All customers; a number is null below the organisation's minimum."""

    n = serializers.IntegerField()
    score = RatioField(allow_null=True)
    points_per_customer = RatioField(allow_null=True)
    poor = serializers.IntegerField()
    good = serializers.IntegerField()
    excellent = serializers.IntegerField()


class TemplateComparisonSerializer(serializers.Serializer[Any]):
    """A client beside a version, and what applying it would do to the numbers.

    Conflicts count as the client has them; where this template was never applied before, as the template says.
    """

    template = serializers.CharField()
    version = serializers.IntegerField()
    base_version = serializers.IntegerField(allow_null=True, help_text="Applied before; null for never.")
    opened = serializers.CharField(help_text="Sent back when it is applied: 409 if anything has changed since.")
    keeps_bands = serializers.BooleanField(help_text="True where you may not change settings: the bands then stay.")
    items = ItemSerializer(many=True)
    as_of = serializers.DateField(allow_null=True)
    now = TemplateLevelSerializer(allow_null=True)
    after = TemplateLevelSerializer(allow_null=True)
    full_points = serializers.DecimalField(max_digits=13, decimal_places=3, allow_null=True)
    uncounted = serializers.ListField(
        child=serializers.CharField(), help_text="Actions whose new rule has first to be counted."
    )
    problem = serializers.CharField(help_text="Why there are no numbers; empty otherwise.")


class ApplySerializer(WantedSerializer):
    opened = serializers.CharField(help_text="That of the comparison.")
    decisions = serializers.DictField(
        child=serializers.ChoiceField(choices=[(side.value, side.value) for side in Side]),
        required=False,
        default=dict,
        help_text="For every item in conflict, by its id: client or template.",
    )


class ApplicationSerializer(serializers.Serializer[Any]):
    """What applying did. Nothing is published."""

    version = serializers.IntegerField()
    draft = serializers.IntegerField(allow_null=True, help_text="The set that waits; null where no weight changed.")
    actions = serializers.IntegerField(help_text="Actions that were added, changed or archived.")
    segments = serializers.IntegerField(help_text="Segments that were added, changed or archived.")
    bands = serializers.BooleanField()


def item_json(item: Item) -> dict[str, object]:
    """An item with its values as JSON says them elsewhere: weights as decimal text."""
    sides = {"base": item.base, "client": item.client, "template": item.template}
    return {"id": item.id, "state": item.state.value, **{name: _value(item, value) for name, value in sides.items()}}


def _value(item: Item, value: object) -> object:
    if value is ABSENT:
        return {"absent": True}
    if item.is_whole and isinstance(value, dict):
        return {name: _plain(name, field) for name, field in value.items()}
    return _plain(item.path[-1], value)


def _plain(name: str, value: object) -> object:
    if isinstance(value, FullPoints):
        return full_points_json(value)
    if name == "lines" and isinstance(value, tuple):
        lines = bands_json(BandContent(value[0], value[1], ()))
        return {"good": lines["good"], "excellent": lines["excellent"]}
    if name == "weight" and isinstance(value, int):
        return decimal_text(value)
    return list(value) if isinstance(value, tuple) else value
