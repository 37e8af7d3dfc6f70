"""What can be asked of the record."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import InvalidInputError
from tenants.models import Organisation
from tenants.record.objects import known_kinds
from tenants.record.reading import Asked, acts, people
from tenants.record.words import act_words, words

_DAY: Final = {"type": "date"}
LARGEST_NUMBER: Final = 2**63 - 1


class RecordFilter(forms.Form):
    """Act, person, kind of object and days; a single object and the place in the list travel along."""

    act = forms.ChoiceField(label=_lazy("Act"), required=False)
    person = forms.ChoiceField(label=_lazy("Person"), required=False)
    object_kind = forms.ChoiceField(label=_lazy("About"), required=False)
    since = forms.DateField(label=_lazy("From"), required=False, widget=forms.DateInput(attrs=_DAY))
    until = forms.DateField(label=_lazy("To"), required=False, widget=forms.DateInput(attrs=_DAY))
    object_id = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, organisation: Organisation) -> None:
        super().__init__(data)
        self._choose("act", _("Every act"), [(act, act_words(act)) for act in acts(organisation=organisation)])
        self._choose("person", _("Everybody"), [_person(*one) for one in people(organisation=organisation)])
        self._choose("object_kind", _("Everything"), [(kind, words(kind)) for kind in sorted(known_kinds())])

    def _choose(self, name: str, all_of_them: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", all_of_them), *choices]

    def asked(self) -> Asked:
        """The question; raises InvalidInputError for one that cannot be asked."""
        before = self.data.get("before", "")
        problems: dict[str, list[str]] = {}
        if not self.is_valid():
            problems = {name: [str(text) for text in texts] for name, texts in self.errors.items()}
        if before and not (before.isascii() and before.isdecimal() and int(before) <= LARGEST_NUMBER):
            problems["before"] = [_("Give the number of an entry.")]
        if problems:
            raise InvalidInputError(fields=problems)
        data: dict[str, Any] = dict(self.cleaned_data)
        data["person"] = UUID(data["person"]) if data["person"] else None
        return Asked(**data, before=int(before) if before else None)


def _person(key: str, name: str) -> tuple[str, str]:
    return key, name or _("Somebody whose account is gone ({key})").format(key=key[-6:])
