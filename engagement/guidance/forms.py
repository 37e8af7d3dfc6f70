"""What people type on this step's pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _lazy

from engagement.guidance.evidence.speaking import names
from engagement.guidance.services.entries import MAX_KEYWORDS, MAX_NOTE, MAX_QUESTION, MAX_TEXT
from engagement.guidance.texts import files
from engagement.guidance.types import Entry, EntryWords
from tenants.forms import LANGUAGES, ServiceForm

_LONGEST_SEARCH = 200


class SearchForm(forms.Form):
    """What somebody wants to know."""

    q = forms.CharField(
        label=_lazy("Your question, or a word of it"),
        max_length=_LONGEST_SEARCH,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "enterkeyhint": "search"}),
    )

    @property
    def text(self) -> str:
        """What to look for; nothing where it cannot be looked for, and the field says why."""
        return str(self.cleaned_data["q"]).strip() if self.is_valid() else ""


class EntryForm(ServiceForm):
    """A question with its answer."""

    question = forms.CharField(label=_lazy("Question"), max_length=MAX_QUESTION)
    text = forms.CharField(
        label=_lazy("Answer"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 16, "maxlength": MAX_TEXT, "spellcheck": "true"}),
        help_text=_lazy(
            "In Markdown: an empty line between paragraphs, “- ” begins an item, **two stars** make words bold,"
            " [words](https://…) a link. Mark-up of other kinds is shown as it is typed; images are not shown. Name no"
            " customer."
        ),
    )
    language = forms.ChoiceField(label=_lazy("Language"), choices=LANGUAGES)
    explains = forms.MultipleChoiceField(
        label=_lazy("Explains"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Its link then stands on the cards of these measures."),
    )  # fmt: skip
    evidence = forms.MultipleChoiceField(
        label=_lazy("What your data says to it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    keywords = forms.CharField(label=_lazy("Other words by which it is found"), max_length=MAX_KEYWORDS, required=False)
    note = forms.CharField(
        label=_lazy("Why this version"), max_length=MAX_NOTE, required=False,
        help_text=format_lazy(_lazy("For the list of versions; at most {most} characters."), most=MAX_NOTE),
    )  # fmt: skip
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 2)

    def __init__(self, data: QueryDict | None, *, initial: Mapping[str, Any], is_new: bool) -> None:
        super().__init__(data, initial=dict(initial))
        cards = files.cards(files.language_read()).values()
        self.fields["explains"].choices = [(card.key, card.name) for card in cards]  # type: ignore[attr-defined]
        self.fields["evidence"].choices = list(names().items())  # type: ignore[attr-defined]
        if not is_new:
            self.fields["language"].widget = forms.HiddenInput()

    @classmethod
    def new(cls, data: QueryDict | None) -> EntryForm:
        """An empty one, in the reader's language."""
        return cls(data, initial={"language": files.language_read(), "based_on": 0}, is_new=True)

    @classmethod
    def of(cls, data: QueryDict | None, *, entry: Entry, based_on: int, words: Mapping[str, str]) -> EntryForm:
        """An entry as it counts, with question and text of an earlier version where one is taken up again."""
        initial = {name: getattr(entry, name) for name in ("question", "text", "language", "keywords")}
        initial |= {"explains": list(entry.explains), "evidence": list(entry.evidence), "based_on": based_on}
        return cls(data, initial={**initial, **words}, is_new=False)

    @property
    def previewed(self) -> str:
        """The text to show beside the form, where that is what was asked for."""
        return str(self.data.get("text", ""))[:MAX_TEXT] if "preview" in self.data else ""

    def words(self, *, key: str = "") -> EntryWords:
        """The entry as the service takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "based_on"}
        explains, evidence = (tuple(data.pop(name)) for name in ("explains", "evidence"))
        return EntryWords(key=key, explains=explains, evidence=evidence, **data)


class AcceptForm(ServiceForm):
    """Why a pitfall may stay."""

    reason = forms.CharField(
        label=_lazy("Why may it stay?"),
        max_length=280,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy("It stands beside the pitfall and on record; the grade is then without it."),
    )
