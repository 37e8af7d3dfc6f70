"""What may stand behind the question mark of an address of the API."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from engagement.insights.calendars import By
from engagement.insights.history import LINES, RESTATED

_SPAN_DAYS = 366


class DayQuery(serializers.Serializer[Any]):
    """What may stand behind the question mark."""

    as_of = serializers.DateField(required=False, help_text="A scored day; by default the latest finished one.")
    run = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="A published run, also one that counts no more."
    )


class ViewQuery(DayQuery):
    """A day or a run, and by which periods it is compared."""

    by = serializers.ChoiceField(
        choices=[by.value for by in By],
        required=False,
        help_text="By default month. When asked for, the day is by default the end of the latest finished period.",
    )

    def view(self) -> dict[str, Any]:
        """The question as selectors take it."""
        asked = self.validated_data
        by = By(asked["by"]) if "by" in asked else None
        return {"as_of": asked.get("as_of"), "by": by, "run_number": asked.get("run")}


class TrendQuery(ViewQuery):
    """The same, with the line that the trend follows."""

    line = serializers.ChoiceField(
        choices=LINES,
        default=RESTATED,
        help_text="Of trend and points: as restated since, or each day as it was before.",
    )

    def view(self) -> dict[str, Any]:
        return {**super().view(), "line": self.validated_data["line"]}


class ScorecardQuery(TrendQuery):
    """`from` and `to` ask for every scored day between two days, both included."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        ends = {
            "from": serializers.DateField(required=False, help_text="By default a year before `to`."),
            "to": serializers.DateField(required=False, help_text="By default today."),
        }
        return {**super().get_fields(), **ends}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "from" in attrs and "to" in attrs and attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"to": [_("This day is before `from`.")]})
        return attrs

    def span(self, *, today: date) -> tuple[date, date] | None:
        """The days asked for; None when neither end is."""
        asked = self.validated_data
        if "from" not in asked and "to" not in asked:
            return None
        last = asked.get("to") or max(today, asked["from"])
        return asked.get("from") or last - timedelta(days=_SPAN_DAYS), last


class CustomerListQuery(DayQuery):
    """Conditions that all hold, as the page's filters; `CustomerFilter` reads and checks them."""

    search = serializers.CharField(required=False, help_text="How an id begins, or a whole e-mail address.")
    segment = serializers.CharField(required=False)
    band = serializers.ChoiceField(choices=["poor", "good", "excellent"], required=False)
    done = serializers.CharField(required=False, help_text="Key of an action done in the window.")
    not_done = serializers.CharField(required=False, help_text="Key of an action not done in the window.")
    channel = serializers.CharField(required=False)
    least_days = serializers.IntegerField(required=False, help_text="Since the last action; the silent count as older.")
    most_days = serializers.IntegerField(required=False)
    least_score = serializers.DecimalField(required=False, max_digits=9, decimal_places=6)
    most_score = serializers.DecimalField(required=False, max_digits=9, decimal_places=6)
    trait = serializers.CharField(required=False)
    value = serializers.CharField(required=False)
    newly_silent = serializers.BooleanField(required=False)
    order = serializers.CharField(required=False, help_text="points, score, last_action or number; - reverses.")
    page = serializers.IntegerField(required=False, min_value=1)
