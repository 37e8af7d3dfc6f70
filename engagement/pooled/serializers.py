"""JSON of pooled figures and of a client's consent."""

from __future__ import annotations

from typing import Final

from rest_framework import serializers

from engagement.cases.models import Lever
from engagement.insights.serializers import Answer
from engagement.pooled.rules import Outcome

OUTCOMES: Final = tuple((one.value, one.value) for one in Outcome)


class PooledFigureSerializer(Answer):
    """Points of the score, to a tenth; ends of intervals are rounded outwards. An association, no proof."""

    industry = serializers.CharField(help_text="Empty: all organisations.")
    last_day = serializers.DateField(help_text="The last day of the quarter it was published for.")
    organisations = serializers.IntegerField()
    read_outs = serializers.IntegerField()
    effect = serializers.DecimalField(max_digits=10, decimal_places=1)
    low = serializers.DecimalField(max_digits=10, decimal_places=1, help_text="95 % interval of the mean.")
    high = serializers.DecimalField(max_digits=10, decimal_places=1)
    prediction_low = serializers.DecimalField(
        max_digits=10, decimal_places=1, help_text="Where the effect at one further organisation would lie."
    )
    prediction_high = serializers.DecimalField(max_digits=10, decimal_places=1)
    i_squared_percent = serializers.IntegerField(help_text="The share of the spread that is no chance.")
    above_percent = serializers.IntegerField(help_text="Organisations whose own interval lies above 0.")


class LeverEvidenceSerializer(Answer):
    """A lever; `figure` null: there is none, and `outcome` of the last quarter says why."""

    lever = serializers.ChoiceField(choices=Lever.choices)
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    hidden = serializers.BooleanField(help_text="There was a figure; fewer than five stand behind it now.")
    figure = PooledFigureSerializer(allow_null=True)
    industries = PooledFigureSerializer(many=True)


class PooledEvidenceSerializer(Answer):
    agreed = serializers.IntegerField(help_text="Clients that agree now; 5 for five and more.")
    last_day = serializers.DateField(allow_null=True, help_text="Of the last quarter that was worked out.")
    next_day = serializers.DateField(help_text="The last day of the running quarter.")
    levers = LeverEvidenceSerializer(many=True)


class ConsentSerializer(Answer):
    """Whether the client agrees to the text as it is now; agreeing and withdrawing is done on the page, by a person."""

    in_force = serializers.BooleanField()
    text_version = serializers.IntegerField()
    given_at = serializers.DateTimeField(allow_null=True)
    by_firm = serializers.BooleanField(help_text="An admin of the firm agreed, because the client had none.")
