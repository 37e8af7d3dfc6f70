"""JSON of cards, entries and what a client's data says to them; numbers are exact decimals, as text."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engagement.guidance.services.entries import MAX_KEYWORDS, MAX_NOTE, MAX_QUESTION, MAX_TEXT
from engagement.insights.serializers import Answer, ExactField
from tenants.forms import LANGUAGES

_SOURCES = ("ours", "firm", "own")
_LANGUAGE_HELP = "By default that of Accept-Language."


class GuidanceQuery(serializers.Serializer[Any]):
    """What of the guidance is wanted."""

    q = serializers.CharField(max_length=200, default="", help_text="A question; without one, everything there is.")
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, help_text=_LANGUAGE_HELP)


class SegmentQuery(serializers.Serializer[Any]):
    """About which segment evidence is wanted."""

    segment = serializers.SlugField(max_length=80, default="", help_text="By default all customers.")
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, help_text=_LANGUAGE_HELP)


class LanguageQuery(serializers.Serializer[Any]):
    """Whose words are meant."""

    language = serializers.ChoiceField(choices=LANGUAGES, required=False, help_text=_LANGUAGE_HELP)


class HitSerializer(Answer):
    """A card or an entry in a list, the best first where something was asked."""

    kind = serializers.ChoiceField(choices=("measure", "entry"))
    key = serializers.CharField()
    title = serializers.CharField()
    short = serializers.CharField(help_text="Of a measure, one sentence.")
    whose = serializers.ChoiceField(
        source="source", choices=_SOURCES, help_text="Whose words: the program's, the firm's, your own."
    )


class KnownFigureSerializer(Answer):
    """One number behind a sentence."""

    name = serializers.CharField()
    value = ExactField(allow_null=True)


class EvidenceSerializer(Answer):
    """What the client's data says; is_known false: nothing yet, and the text says why."""

    key = serializers.CharField()
    text = serializers.CharField()
    is_known = serializers.BooleanField()
    figures = KnownFigureSerializer(many=True)


class EntrySerializer(Answer):
    """A question with its answer, as it counts."""

    key = serializers.CharField()
    language = serializers.CharField()
    question = serializers.CharField()
    text = serializers.CharField(help_text="Markdown.")
    html = serializers.CharField(help_text="The same, cleaned: safe to put into a page.")
    keywords = serializers.CharField()
    explains = serializers.ListField(child=serializers.CharField(), help_text="Keys of measures.")
    whose = serializers.ChoiceField(source="source", choices=_SOURCES)
    overrides = serializers.CharField(help_text="What would stand here without it: ours, firm, or empty.")
    number = serializers.IntegerField(allow_null=True, help_text="The version, of words that are not the program's.")
    based_on = serializers.IntegerField(help_text="What a change has to name: the number of your own latest version.")
    written_by = serializers.CharField()
    written_at = serializers.DateTimeField(allow_null=True)
    evidence = EvidenceSerializer(many=True)


class _WordsSerializer(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=MAX_QUESTION)
    text = serializers.CharField(max_length=MAX_TEXT, help_text="Markdown; other mark-up is shown as it is typed.")
    keywords = serializers.CharField(max_length=MAX_KEYWORDS, default="", allow_blank=True)
    explains = serializers.ListField(child=serializers.CharField(max_length=60), default=list, max_length=20)
    evidence = serializers.ListField(child=serializers.CharField(max_length=60), default=list, max_length=20)
    note = serializers.CharField(max_length=MAX_NOTE, default="", allow_blank=True)
    language = serializers.ChoiceField(choices=LANGUAGES, default="en")


class NewEntrySerializer(_WordsSerializer):
    """An entry that there is not yet; its question gives it a key."""


class ChangedEntrySerializer(_WordsSerializer):
    """A new version of your own words; one of the program's or the firm's is overridden by the first."""

    based_on = serializers.IntegerField(min_value=0, max_value=2**31 - 2, help_text="The number that you saw.")


class SectionSerializer(Answer):
    """One attribute of a measure."""

    key = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField(help_text="Markdown.")


class LineSerializer(Answer):
    """A name with its value, as printed."""

    name = serializers.CharField()
    value = serializers.CharField()
    base = serializers.CharField()


class StandingSerializer(Answer):
    """The client's own figure; without one, why, and how to begin."""

    value = serializers.CharField()
    exact = ExactField(allow_null=True, help_text="To six decimals; shares are 0 to 1.")
    band = serializers.CharField(source="band_code", allow_null=True)
    lines = LineSerializer(many=True)
    formula = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    begin = serializers.CharField()


class CardSerializer(Answer):
    """A measure's card."""

    key = serializers.CharField()
    name = serializers.CharField()
    short = serializers.CharField()
    related = serializers.ListField(child=serializers.CharField())
    sections = SectionSerializer(many=True)
    standing = StandingSerializer()
