"""What people type about feedback and the market: how a field looks. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.feedback.models import Kind, Theme, Tone
from engagement.feedback.models.items import MAX_TEXT
from engagement.feedback.services.items import MAX_SOURCE
from engagement.feedback.services.themes import MAX_NAME, MAX_NOTE
from engagement.feedback.types import ItemFilter, ItemLine, MarketLine, MarketWords, Said, ThemeLine
from engagement.insights.forms import segment_options
from engagement.insights.note_types import EVERYBODY
from tenants.forms import ServiceForm

_DAY = {"type": "date"}
_LANGUAGE_HELP = _lazy("Two letters, like en or de. Only English is judged by the word list.")


def _language() -> forms.CharField:
    return forms.CharField(label=_lazy("Language"), max_length=12, required=False, help_text=_LANGUAGE_HELP)


def _source() -> forms.CharField:
    return forms.CharField(
        label=_lazy("Where it is from"),
        max_length=MAX_SOURCE,
        help_text=_lazy("Such as “Spring survey 2026” or a web site."),
    )


class FeedbackForm(ServiceForm):
    """One thing that was said."""

    text = forms.CharField(
        label=_lazy("What was said"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MAX_TEXT}),
        help_text=_lazy("In their own words. Leave names and addresses of people out."),
    )
    day = forms.DateField(label=_lazy("Day"), widget=forms.DateInput(attrs=_DAY))
    kind = forms.ChoiceField(label=_lazy("Kind"), choices=Kind.choices)
    source = _source()
    language = _language()
    customer = forms.CharField(
        label=_lazy("Customer"), max_length=200, required=False, help_text=_lazy("Your own id of whoever said it.")
    )
    segment = forms.ChoiceField(
        label=_lazy("Segment"), required=False, help_text=_lazy("For a group, whose members are not named.")
    )

    def __init__(self, data: QueryDict | None, *, today: date) -> None:
        super().__init__(data, initial={"day": today.isoformat(), "segment": EVERYBODY})
        _offer_segments(self.fields["segment"])

    def said(self) -> Said:
        return Said(**self.cleaned_data)


def _offer_segments(field: forms.Field) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = segment_options() or [(EVERYBODY, _("All customers"))]


class FilterForm(forms.Form):
    """Which feedback is shown; what cannot be read asks nothing."""

    segment = forms.ChoiceField(label=_lazy("Segment"), required=False)
    kind = forms.ChoiceField(label=_lazy("Kind"), required=False)
    theme = forms.ChoiceField(label=_lazy("Theme"), required=False)
    tone = forms.ChoiceField(label=_lazy("Sounds"), required=False)
    q = forms.CharField(label=_lazy("Words"), required=False, max_length=100)

    def __init__(self, data: QueryDict, *, themes: Mapping[int, str]) -> None:
        super().__init__(data)
        every = [("", _("All"))]
        choices: dict[str, list[Any]] = {
            "kind": [*every, *Kind.choices],
            "theme": [*every, *((str(number), name) for number, name in themes.items())],
            "tone": [*every, *Tone.choices],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered
        _offer_segments(self.fields["segment"])

    def asked(self, *, first_day: date | None = None) -> ItemFilter:
        """The filter as selectors take it."""
        self.is_valid()
        data = self.cleaned_data
        segment, theme = data.get("segment", ""), data.get("theme", "")
        return ItemFilter(
            kind=data.get("kind", ""),
            tone=data.get("tone", ""),
            theme=int(theme) if theme else None,
            segment="" if segment == EVERYBODY else segment,
            search=data.get("q", ""),
            first_day=first_day,
        )


class ToneForm(ServiceForm):
    """How it sounds to a person."""

    tone = forms.ChoiceField(label=_lazy("How it sounds to you"), required=False, widget=forms.RadioSelect)

    def __init__(self, data: QueryDict | None, *, item: ItemLine) -> None:
        super().__init__(data, initial={"tone": item.corrected})
        field = self.fields["tone"]
        assert isinstance(field, forms.ChoiceField)
        judged = [choice for choice in Tone.choices if choice[0] != Tone.UNJUDGED]
        field.choices = [*judged, ("", _("Leave it to the word list"))]


class FeedbackFileForm(ServiceForm):
    """A file to look at."""

    file = forms.FileField(
        label=_lazy("File"),
        help_text=_lazy("CSV, plain or packed with gzip, in UTF-8. The first line names the columns."),
        error_messages={"empty": _lazy("The file is empty. Its first line must name the columns.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.gz,text/csv,application/gzip"}),
    )
    kind = forms.ChoiceField(
        label=_lazy("Kind"), choices=Kind.choices, help_text=_lazy("Of rows that do not say it themselves.")
    )
    source = _source()
    language = _language()


class ThemeForm(ServiceForm):
    """How a theme is called and found."""

    name = forms.CharField(label=_lazy("Name"), max_length=MAX_NAME)
    phrases = forms.CharField(
        label=_lazy("Words and phrases"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_lazy("One a line, such as “slow” or “never came”. Whole words count, capital letters do not."),
    )

    @classmethod
    def of(cls, data: QueryDict | None, *, theme: ThemeLine) -> ThemeForm:
        return cls(data, initial={"name": theme.name, "phrases": "\n".join(theme.phrases)}, prefix="words")

    def words(self) -> dict[str, Any]:
        """The theme as the service takes it."""
        return {"name": self.cleaned_data["name"], "phrases": self.cleaned_data["phrases"].splitlines()}


class StateForm(ServiceForm):
    """What became of a theme."""

    state = forms.ChoiceField(label=_lazy("State"), choices=Theme.State.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_lazy("What was done"),
        max_length=MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_NOTE}),
        help_text=_lazy("An answer says it in a sentence; customers do not see it."),
    )

    @classmethod
    def of(cls, data: QueryDict | None, *, theme: ThemeLine) -> StateForm:
        return cls(data, initial={"state": theme.state, "note": theme.state_note}, prefix="state")


class MarketForm(ServiceForm):
    """A figure of a competitor or the market."""

    about = forms.CharField(
        label=_lazy("Who"), max_length=80, help_text=_lazy("A competitor as you call them, or “market”.")
    )
    measure = forms.CharField(
        label=_lazy("Measure"), max_length=80, help_text=_lazy("Such as “Market share”. The same words draw one line.")
    )
    value = forms.DecimalField(label=_lazy("Value"), max_digits=19, decimal_places=6)
    unit = forms.CharField(
        label=_lazy("Unit"),
        max_length=40,
        required=False,
        help_text=_lazy("Such as “%” or “EUR”. A figure in “score” (0 to 100) stands beside your own score."),
    )
    first_day = forms.DateField(label=_lazy("Day"), widget=forms.DateInput(attrs=_DAY))
    last_day = forms.DateField(
        label=_lazy("Last day"), required=False, widget=forms.DateInput(attrs=_DAY), help_text=_lazy("For a period.")
    )
    source = forms.CharField(label=_lazy("Source"), max_length=200, help_text=_lazy("Who says so, and where."))
    link = forms.URLField(label=_lazy("Link"), max_length=500, required=False, assume_scheme="https")
    note = forms.CharField(
        label=_lazy("Note"), max_length=280, required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 280})
    )

    @classmethod
    def of(cls, data: QueryDict | None, *, figure: MarketLine) -> MarketForm:
        """A figure as it stands."""
        names = ("about", "measure", "unit", "source", "link", "note")
        last = figure.last_day.isoformat() if figure.last_day != figure.first_day else ""
        days = {"first_day": figure.first_day.isoformat(), "last_day": last}
        said = {name: getattr(figure, name) for name in names}
        return cls(data, initial={**said, **days, "value": plain(figure.value)})

    def words(self) -> MarketWords:
        return MarketWords(**self.cleaned_data)


def plain(value: Decimal) -> str:
    """A value as a person types it: 70, 12.5; Decimal's own short form of 70 would be 7E+1."""
    return f"{value.normalize():f}"
