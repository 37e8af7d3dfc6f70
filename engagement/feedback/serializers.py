"""JSON of feedback, themes and figures of the market."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from engagement.feedback.models import Kind, Theme, Tone
from engagement.feedback.models.items import MAX_TEXT
from engagement.feedback.services.items import MAX_SOURCE
from engagement.feedback.services.themes import MAX_NAME, MAX_NOTE, MAX_PHRASE
from engagement.insights.serializers import Answer, ExactField
from engagement.scoring.serializers import RatioField

MOST_AT_ONCE: Final = 200
JUDGED: Final = [choice for choice in Tone.choices if choice[0] != Tone.UNJUDGED]
_TONE_HELP = "By a word list, not by a person, unless `corrected` says otherwise. unjudged: not English, or not known."


# ── feedback ─────────────────────────────────────────────────────────────────────────────────────────────────


class ThemeOfItemSerializer(Answer):
    number = serializers.IntegerField()
    name = serializers.CharField()


class FeedbackSerializer(Answer):
    """One thing that somebody said."""

    id = serializers.UUIDField()
    day = serializers.DateField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    text = serializers.CharField(help_text="As it came in: never trust it as HTML.")
    language = serializers.CharField(help_text="Empty: not known.")
    customer = serializers.CharField(help_text="The client's own id; empty where nobody is named.")
    segment = serializers.CharField(source="segment_key", help_text="The key, where a group said it; else empty.")
    source = serializers.CharField()  # type: ignore[assignment]  # where it is from
    source_id = serializers.CharField(help_text="What the source calls it; empty where it says nothing.")
    sounds = serializers.ChoiceField(choices=Tone.choices, source="tone", help_text=_TONE_HELP)
    judged = serializers.ChoiceField(choices=Tone.choices, help_text="What the word list says.")
    compound = serializers.DecimalField(
        max_digits=5, decimal_places=4, allow_null=True, help_text="From -1 to 1; ±0.05 is the line."
    )
    model = serializers.CharField(help_text="The word list with its version; empty where it was not asked.")
    corrected = serializers.CharField(help_text="What a person says; empty where nobody did.")
    corrected_by = serializers.CharField()
    themes = ThemeOfItemSerializer(many=True)
    entered_at = serializers.DateTimeField()


class NewFeedbackSerializer(serializers.Serializer[Any]):
    """One thing that somebody said. With an id it is told by source and id, else by what it says."""

    text = serializers.CharField(max_length=MAX_TEXT)
    day = serializers.DateField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    source = serializers.CharField(max_length=MAX_SOURCE)  # type: ignore[assignment]  # where it is from
    id = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    language = serializers.CharField(
        max_length=12, required=False, default="", allow_blank=True, help_text="Empty: English, where yours is."
    )
    customer = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    segment = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class FeedbackListSerializer(serializers.Serializer[Any]):
    """At most 200 at once."""

    items = NewFeedbackSerializer(many=True, help_text="What can be used is kept, the rest is named.")


class RefusedItemSerializer(Answer):
    at = serializers.IntegerField(help_text="The place among those sent, from 0.")
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class AddedSerializer(Answer):
    """What became of what was sent."""

    ids = serializers.ListField(child=serializers.UUIDField(), help_text="Of those that are new, in order.")
    duplicates = serializers.IntegerField(help_text="There already; they stay as they are.")
    refused = RefusedItemSerializer(many=True)


class CorrectionSerializer(serializers.Serializer[Any]):
    """How it sounds to a person; empty: as the word list says."""

    sounds = serializers.ChoiceField(choices=JUDGED, allow_blank=True)


class FeedbackQuery(serializers.Serializer[Any]):
    """Which feedback."""

    kind = serializers.ChoiceField(choices=Kind.choices, required=False, default="")
    sounds = serializers.ChoiceField(choices=Tone.choices, required=False, default="")
    theme = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1)
    segment = serializers.CharField(max_length=80, required=False, default="")
    search = serializers.CharField(max_length=100, required=False, default="")
    first_day = serializers.DateField(required=False, allow_null=True, default=None)
    last_day = serializers.DateField(required=False, allow_null=True, default=None)


# ── themes ───────────────────────────────────────────────────────────────────────────────────────────────────


class ThemeSerializer(Answer):
    """A theme as it stands today."""

    number = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Counted over all themes.")
    name = serializers.CharField()
    phrases = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=Theme.State.choices)
    state_note = serializers.CharField()
    state_on = serializers.DateField()
    state_by = serializers.CharField()
    open_since = serializers.DateField(help_text="The day when it was last set open.")


class NewThemeSerializer(serializers.Serializer[Any]):
    """A name and the words it is told by: whole words, whatever the case."""

    name = serializers.CharField(max_length=MAX_NAME)
    phrases = serializers.ListField(child=serializers.CharField(max_length=MAX_PHRASE), max_length=50)


class ChangedThemeSerializer(serializers.Serializer[Any]):
    """What is to change of a theme; the rest stays. Other words are a new version."""

    name = serializers.CharField(max_length=MAX_NAME, required=False)
    phrases = serializers.ListField(child=serializers.CharField(max_length=MAX_PHRASE), max_length=50, required=False)
    state = serializers.ChoiceField(choices=Theme.State.choices, required=False)
    state_note = serializers.CharField(
        max_length=MAX_NOTE, required=False, allow_blank=True, help_text="An answer says what was done."
    )


class TonesSerializer(Answer):
    """How many sound how."""

    n = serializers.IntegerField()
    judged = serializers.IntegerField()
    negative = serializers.IntegerField()
    neutral = serializers.IntegerField()
    positive = serializers.IntegerField()
    unjudged = serializers.IntegerField()
    negative_share = RatioField(allow_null=True, help_text="Of those that were judged; null where none was.")


class MonthSerializer(Answer):
    month = serializers.DateField(help_text="Its first day.")
    tones = TonesSerializer()


class ThemeCountSerializer(Answer):
    """How often a theme comes up, and how it sounds there."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Theme.State.choices)
    share = RatioField(help_text="Of all feedback of the span; themes overlap.")
    tones = TonesSerializer()
    months = MonthSerializer(many=True)


class ThemeCountsSerializer(Answer):
    """Feedback of a span of days by theme and month."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    segment = serializers.CharField(source="segment_key", allow_null=True)
    tones = TonesSerializer()
    months = MonthSerializer(many=True)
    themes = ThemeCountSerializer(many=True)
    without_theme = serializers.IntegerField()


class ThemeCountsQuery(serializers.Serializer[Any]):
    """Which days; by default the twelve months that end today."""

    first_day = serializers.DateField(required=False, allow_null=True, default=None)
    last_day = serializers.DateField(required=False, allow_null=True, default=None)
    segment = serializers.CharField(max_length=80, required=False, default="")


# ── the market ───────────────────────────────────────────────────────────────────────────────────────────────


class MarketFigureSerializer(Answer):
    """A figure of a competitor or the market, as somebody entered it."""

    id = serializers.UUIDField(help_text="Of this version: a change gives another one.")
    about = serializers.CharField()
    measure = serializers.CharField()
    value = ExactField()
    unit = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]  # where it is from
    link = serializers.CharField()
    note = serializers.CharField()
    entered_by = serializers.CharField()
    entered_at = serializers.DateTimeField()


class NewMarketFigureSerializer(serializers.Serializer[Any]):
    """A figure with where it is from."""

    about = serializers.CharField(max_length=80, help_text="A competitor, or “market”.")
    measure = serializers.CharField(max_length=80)
    value = serializers.DecimalField(max_digits=19, decimal_places=6)
    unit = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    first_day = serializers.DateField()
    last_day = serializers.DateField(required=False, allow_null=True, default=None, help_text="null: the first day.")
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]  # where it is from
    link = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    note = serializers.CharField(max_length=280, required=False, default="", allow_blank=True)
