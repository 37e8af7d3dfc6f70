"""What people type to send a segment to a list. Rules live in services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.forms import segment_options
from tenants.forms import ServiceForm


class ListSegmentForm(forms.Form):
    """Which segment is looked at before it is sent."""

    segment = forms.ChoiceField(label=_lazy("Segment"))

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(initial={"segment": asked.get("segment", "")})
        self.fields["segment"].choices = segment_options()  # type: ignore[attr-defined]


class ListForm(ServiceForm):
    """Which list it is sent to: a new one by its name, or one that there is by its number."""

    shown_as: ClassVar[Mapping[str, str]] = {"segment_key": "segment"}

    segment = forms.CharField(max_length=200, widget=forms.HiddenInput)
    list_name = forms.CharField(
        label=_lazy("Name of a new list"), max_length=100, required=False,
        help_text=_lazy("It is made there, as a static list of contacts."),
    )  # fmt: skip
    list_id = forms.CharField(
        label=_lazy("Or the number of a list that there is"), max_length=20, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_lazy("It stands in the list’s address. Whoever is in it and not in the segment is taken out."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, segment: str) -> None:
        super().__init__(data, initial={"segment": segment})
