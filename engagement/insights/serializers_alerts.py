"""JSON of alerts and of their rules."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.insights.models import Alert, AlertRule
from engagement.insights.serializers import Answer, ExactField

_KINDS = f"One of {', '.join(AlertRule.Kind.values)}."
_STATES = f"One of {', '.join(Alert.State.values)}."


class AlertSerializer(Answer):
    """Something a rule found on a day."""

    id = serializers.UUIDField()
    kind = serializers.CharField(help_text=_KINDS)
    segment = serializers.CharField(source="segment_key", help_text="The key of a segment; all: all customers.")
    segment_name = serializers.CharField()
    rule = serializers.IntegerField(source="rule_number")
    as_of = serializers.DateField()
    run = serializers.IntegerField(source="run_number")
    sentence = serializers.CharField(help_text="What was found, in words.")
    facts = serializers.DictField(
        child=serializers.CharField(allow_blank=True), help_text="Numbers, as text, as they were on the day."
    )
    fired_at = serializers.DateTimeField()
    state = serializers.CharField(help_text=_STATES)
    note = serializers.CharField(help_text="What came of it.")
    handled_by = serializers.CharField(help_text="Who said so last; empty for nobody and for a program.")
    handled_at = serializers.DateTimeField(allow_null=True)
    over_on = serializers.DateField(allow_null=True, help_text="Since when it does not hold any more.")


class AlertsQuery(serializers.Serializer[Any]):
    """Which alerts."""

    state = serializers.ChoiceField(choices=("open", "all"), default="open", help_text="open: not done with.")
    segment = serializers.SlugField(max_length=60, required=False, help_text="Of this segment only.")


class HandledSerializer(serializers.Serializer[Any]):
    """What became of an alert."""

    state = serializers.CharField(max_length=4, required=False, help_text=_STATES)
    note = serializers.CharField(max_length=280, allow_blank=True, required=False)


class AlertRuleSerializer(Answer):
    """What is looked for, in which segments, and who is told."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    version = serializers.IntegerField()
    kind = serializers.CharField(help_text=_KINDS)
    period = serializers.CharField(help_text="week or month; empty where the kind has none.")
    threshold = ExactField(help_text="A score, a share 0…1 or days, by kind.")
    segments = serializers.ListField(child=serializers.CharField())
    roles = serializers.ListField(child=serializers.CharField())
    people = serializers.ListField(child=serializers.CharField(), help_text="Names of those who have mails.")
    by_webhook = serializers.BooleanField()
    muted_until = serializers.DateField(allow_null=True, help_text="From this day on it finds again.")
    sentence = serializers.CharField()
    set_by = serializers.CharField(help_text="Empty for a program.")
    set_at = serializers.DateTimeField()


class ChangedAlertRuleSerializer(serializers.Serializer[Any]):
    """What a rule is to say; what is left out stays. Its kind stays too: end it, and set another."""

    kind = serializers.CharField(max_length=20, required=False, help_text=_KINDS)
    period = serializers.CharField(
        max_length=5, allow_blank=True, required=False, help_text="week or month; of drop, band and silent only."
    )
    threshold = serializers.DecimalField(
        max_digits=7,
        decimal_places=3,
        required=False,
        help_text="drop: 0.1 to 100 of the score; band: a chance of 0.8 to 0.999; silent: a share of 0.001 to 0.999; "
        "stale: 1 to 365 whole days; target: none.",
    )
    segments = serializers.ListField(
        child=serializers.SlugField(max_length=60),
        source="segment_keys",
        required=False,
        help_text="1 to 100 keys; by default all, all customers.",
    )
    roles = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, help_text="viewer, consultant, admin have mails."
    )
    people = serializers.ListField(
        child=serializers.EmailField(),
        max_length=100,
        required=False,
        help_text="Addresses of members, or your own, who have mails.",
    )
    by_webhook = serializers.BooleanField(required=False, help_text="Webhooks that take alerts have signed messages.")


class NewAlertRuleSerializer(ChangedAlertRuleSerializer):
    """A rule to put in force; a role, a person or webhooks have to be told."""

    kind = serializers.CharField(max_length=20, help_text=_KINDS)


class MutedSerializer(serializers.Serializer[Any]):
    """Until when a rule finds nothing."""

    muted_until = serializers.DateField(allow_null=True, help_text="A day after today; null: it finds again at once.")
