"""What people type when they note a day, ask about a number, or answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.forms import segment_options
from engagement.insights.note_types import EVERYBODY, NoteLine
from engagement.insights.services.notes import MAX_TEXT as NOTE_LENGTH
from engagement.insights.services.notes import NoteWords
from engagement.insights.services.questions import MAX_TEXT as QUESTION_LENGTH
from tenants.forms import ServiceForm

_LONGEST_KEY = 80


def _about(field: forms.Field, *, keys: Collection[str] | None) -> None:
    """Offer the segments that may be spoken of; with a limit only these."""
    assert isinstance(field, forms.ChoiceField)
    groups = segment_options()
    if keys is not None:
        inside = [(name, [one for one in found if one[0] in keys]) for name, found in groups if isinstance(found, list)]
        groups = [(name, found) for name, found in inside if found]
    field.choices = groups


def _day(text: str) -> str:
    """A day from an address as a date field takes it; empty for what is none."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


class NoteForm(ServiceForm):
    """What happened, when, and to whom."""

    shown_as: ClassVar[Mapping[str, str]] = {"segment_key": "segment"}

    first_day = forms.DateField(label=_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_lazy("For a span of days."),
    )
    text = forms.CharField(
        label=_lazy("What happened"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": NOTE_LENGTH}),
        help_text=format_lazy(
            _lazy("Such as “Spring campaign”; at most {most} characters. Name no customer."), most=NOTE_LENGTH
        ),
    )
    segment = forms.ChoiceField(label=_lazy("About"))
    in_reports = forms.BooleanField(label=_lazy("Also in reports"), required=False)

    def __init__(
        self, data: QueryDict | None, *, keys: Collection[str] | None, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        _about(self.fields["segment"], keys=keys)

    @classmethod
    def asked(cls, data: QueryDict | None, *, keys: Collection[str] | None, query: QueryDict) -> NoteForm:
        """An empty form, about the segment and day of an address."""
        initial = {"segment": query.get("segment", EVERYBODY), "first_day": _day(query.get("day", ""))}
        return cls(data, keys=keys, initial=initial)

    @classmethod
    def of(cls, data: QueryDict | None, *, keys: Collection[str] | None, note: NoteLine) -> NoteForm:
        """A note as it stands."""
        last = note.last_day.isoformat() if note.last_day != note.first_day else ""
        return cls(
            data,
            keys=keys,
            initial={
                "first_day": note.first_day.isoformat(),
                "last_day": last,
                "text": note.text,
                "segment": note.segment_key,
                "in_reports": note.in_reports,
            },
        )

    def words(self) -> NoteWords:
        """The note as the service takes it."""
        data = dict(self.cleaned_data)
        return NoteWords(segment_key=data.pop("segment"), **data)


class _Text(ServiceForm):
    """Words of one's own."""

    text = forms.CharField(
        label=_lazy("Your words"),
        max_length=QUESTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": QUESTION_LENGTH}),
    )


class AnswerForm(_Text):
    """What is answered."""

    text = forms.CharField(
        label=_lazy("Your answer"),
        max_length=QUESTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": QUESTION_LENGTH}),
        help_text=_lazy("Whoever asked gets a mail that you answered."),
    )


class FurtherForm(_Text):
    """What is asked again."""

    text = forms.CharField(
        label=_lazy("Your further question"),
        max_length=QUESTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": QUESTION_LENGTH}),
    )


class QuestionForm(ServiceForm):
    """A question about a number; the day or run that the page showed travels along."""

    shown_as: ClassVar[Mapping[str, str]] = {"segment_key": "segment", "run_number": "run"}

    segment = forms.ChoiceField(label=_lazy("About"))
    text = forms.CharField(
        label=_lazy("Your question"),
        max_length=QUESTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": QUESTION_LENGTH}),
        help_text=_lazy("Such as “Why did it fall in March?” Name no customer."),
    )
    as_of = forms.DateField(required=False, widget=forms.HiddenInput)
    run = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, keys: Collection[str] | None, query: QueryDict) -> None:
        initial = {
            "segment": query.get("segment", EVERYBODY)[:_LONGEST_KEY],
            "as_of": _day(query.get("as_of", "")),
            "run": query.get("run", ""),
        }
        super().__init__(data, initial=initial)
        _about(self.fields["segment"], keys=keys)

    def question(self) -> dict[str, Any]:
        """The question as the service takes it."""
        data = dict(self.cleaned_data)
        return {"segment_key": data.pop("segment"), "run_number": data.pop("run"), **data}
