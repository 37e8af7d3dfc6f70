"""JSON of customers at risk and of outreach: scores to six decimals, as text."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from engagement.insights.models import Outreach, RiskRule
from engagement.insights.risk_types import State
from engagement.insights.serializers import Answer, ExactField
from engagement.scoring.serializers import RatioField

STATES = tuple(state.value for state in State)
_PER_PAGE = 100


class RiskQuery(serializers.Serializer[Any]):
    """What of the list is wanted."""

    state = serializers.ChoiceField(choices=STATES, default="")
    owner = serializers.CharField(max_length=254, default="", help_text="An address, or “nobody”.")
    segment = serializers.SlugField(max_length=60, required=False)
    page = serializers.IntegerField(min_value=1, max_value=10_000_000, default=1)

    def asked(self) -> dict[str, Any]:
        """As the selector takes it."""
        data = self.validated_data
        named = {name: data[name] for name in ("state", "owner", "page")}
        return {**named, "segment_key": data.get("segment"), "per_page": _PER_PAGE}


class FallRuleSerializer(Answer):
    """When a customer is at risk; number 0 is what every organisation begins with."""

    number = serializers.IntegerField()
    fall = ExactField(help_text="So much below the own baseline, or more.")
    least = ExactField(help_text="From a baseline of so much, or more.")
    by = serializers.ChoiceField(choices=RiskRule.Baseline.choices, source="by.value")
    runs = serializers.IntegerField(help_text="The baseline is the median of so many finished periods before.")
    set_at = serializers.DateTimeField(allow_null=True)


class NewFallRuleSerializer(serializers.Serializer[Any]):
    """A rule to put in force."""

    fall = serializers.DecimalField(max_digits=6, decimal_places=3)
    least = serializers.DecimalField(max_digits=6, decimal_places=3)
    by = serializers.ChoiceField(choices=RiskRule.Baseline.choices, default=RiskRule.Baseline.MONTH)
    runs = serializers.IntegerField(min_value=2, max_value=12, default=3)


class OutreachSerializer(Answer):
    """One outreach to one customer."""

    id = serializers.UUIDField()
    customer = serializers.IntegerField(source="customer_number")
    state = serializers.ChoiceField(choices=STATES, source="state.value")
    owner = serializers.CharField(source="owner_name", help_text="The owner’s name; empty without one.")
    how = serializers.CharField(help_text="call, mail, visit, offer or other; empty before a contact.")
    contacted_on = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    return_on = serializers.DateField(allow_null=True)
    outcome = serializers.CharField(help_text="came_back, said_no, no_answer, wrong_address, other; empty while open.")
    closed_on = serializers.DateField(allow_null=True)
    baseline = RatioField(allow_null=True, help_text="Then; null for a customer who was not on the list.")


class ContactSerializer(serializers.Serializer[Any]):
    """What is noted; an outcome closes the outreach."""

    owner = serializers.EmailField(required=False, allow_null=True, help_text="The address of a member, or your own.")
    how = serializers.ChoiceField(choices=Outreach.How.choices, required=False, allow_blank=True)
    contacted_on = serializers.DateField(required=False, allow_null=True, help_text="Up to today.")
    note = serializers.CharField(max_length=280, required=False, allow_blank=True)
    return_on = serializers.DateField(required=False, allow_null=True)
    outcome = serializers.ChoiceField(choices=Outreach.Outcome.choices, required=False, allow_blank=True)


class NewOutreachSerializer(ContactSerializer):
    """The same about up to 100 customers; open outreach goes on with it."""

    customers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=100
    )


class RiskLineSerializer(Answer):
    number = serializers.IntegerField()
    external_id = serializers.CharField()
    baseline = RatioField()
    score = RatioField()
    fall = RatioField()
    days_since_last_action = serializers.IntegerField(allow_null=True, help_text="Null: nothing in the window.")
    state = serializers.ChoiceField(choices=STATES, source="state.value")
    outreach = OutreachSerializer(allow_null=True)


class SaidField(serializers.CharField):
    """Words that the step before gives in English, said in the language that is on."""

    def to_representation(self, value: str) -> str:
        return _(value)


class BaseSerializer(Answer):
    as_of = serializers.DateField()
    run = serializers.IntegerField(source="run_number", allow_null=True)
    why_not = SaidField(help_text="Why it is no part of the baseline; empty where it is.")


class BackSerializer(Answer):
    """Of so many customers so many are back; null where they are too few to say."""

    customers = serializers.IntegerField(source="of")
    back = serializers.IntegerField(allow_null=True)
    share = RatioField(allow_null=True)
    low_95 = RatioField(source="low", allow_null=True)
    high_95 = RatioField(source="high", allow_null=True)


class BecameSerializer(Answer):
    """At least 30 days later. Somebody chose whom to contact: a difference is an association, not an effect."""

    contacted = BackSerializer()
    others = BackSerializer(help_text="On the same lists, contacted by nobody.")
    not_comparable = serializers.IntegerField()
    outcomes = serializers.DictField(child=serializers.IntegerField())


class RiskPageSerializer(Answer):
    """Customers at risk on the latest finished day, the largest fall first, 100 a page."""

    as_of = serializers.DateField(source="run.as_of", allow_null=True, default=None)
    run = serializers.IntegerField(source="run.number", allow_null=True, default=None)
    rule = FallRuleSerializer()
    baseline = BaseSerializer(source="bases", many=True)
    has_baseline = serializers.BooleanField()
    at_risk = serializers.IntegerField()
    newly_silent = serializers.IntegerField(source="silent")
    listed = serializers.IntegerField(source="kept", help_text="The largest falls, 10,000 at most.")
    without_baseline = serializers.IntegerField(source="unknown")
    fitting = serializers.IntegerField(source="total")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    customers = RiskLineSerializer(source="lines", many=True)
