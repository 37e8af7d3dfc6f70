"""JSON of rules for machine-like activity, and of what they label."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from rest_framework import serializers

from engagement.scoring.models import MachineRuleSet
from engagement.scoring.services.machines import MAX_NOTE

ACTS: Final = ("add", "remove", "discard", "label")
_RULE: Final = (
    "One of {kind: soon_after, first, then, seconds, same}, {kind: burst, name, more_than, seconds} and "
    "{kind: property, property, op: is or contains, values, name}; what is refused is named by its path."
)


class MachineRuleSerializer(serializers.Serializer[Any]):
    """One rule, and what it labelled among the events of the last days; the instants are null where nothing."""

    rule = serializers.SerializerMethodField()
    words = serializers.CharField()
    events = serializers.IntegerField()
    customers = serializers.IntegerField()
    first_at = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)

    def get_rule(self, line: Any) -> dict[str, Any]:
        return asdict(line.rule)


class MachineRuleSetSerializer(serializers.Serializer[Any]):
    """A numbered version; never changed once it is published."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=MachineRuleSet.State.choices)
    rules = MachineRuleSerializer(many=True)
    note = serializers.CharField()
    published_by = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    labelled_at = serializers.DateTimeField(allow_null=True, help_text="Null until all stored events were looked at.")


class ShareLabelledSerializer(serializers.Serializer[Any]):
    event = serializers.CharField(source="name")
    value = serializers.CharField(allow_null=True, help_text="Of the property that `by` names; null without one.")
    labelled = serializers.IntegerField()
    events = serializers.IntegerField()


class MachinesSerializer(serializers.Serializer[Any]):
    """The rules in force and the draft, what is labelled, and whether it is left out of the scores."""

    current = MachineRuleSetSerializer(allow_null=True)
    draft = MachineRuleSetSerializer(allow_null=True, help_text="Labels nothing before it is published.")
    former = MachineRuleSetSerializer(many=True)
    left_out = serializers.IntegerField(
        allow_null=True, help_text="The set whose labelled events no action counts; null: every event counts."
    )
    days = serializers.IntegerField(help_text="How many days the counts look back.")
    by = serializers.CharField(help_text="The property of the shares.")
    shares = ShareLabelledSerializer(many=True, help_text="The fifty with the most labelled events.")
    is_busy = serializers.BooleanField(help_text="A worker is labelling.")
    has_failed = serializers.BooleanField()


class MachineActSerializer(serializers.Serializer[Any]):
    """A rule into the draft or out of it, the draft let go, or new events labelled now."""

    act = serializers.ChoiceField(choices=ACTS)
    rule = serializers.DictField(required=False, help_text=_RULE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["act"] in ("add", "remove") and "rule" not in attrs:
            raise serializers.ValidationError({"rule": ["Say which rule."]})
        return attrs


class MachineReasonSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=MAX_NOTE, help_text="Why; it stands on the record.")


class LeftOutSerializer(MachineReasonSerializer):
    number = serializers.IntegerField(
        allow_null=True, min_value=1, max_value=2**31 - 1, help_text="The set in force; null: every event counts again."
    )
    score_from = serializers.DateField(
        required=False, allow_null=True, default=None,
        help_text="Every scored day from this one on is scored again, with the weights it had.",
    )  # fmt: skip
