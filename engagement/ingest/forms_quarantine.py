"""What people ask and write on the pages of the quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from engagement.ingest.selectors.quarantine import DAYS, Among, SourceChoice
from engagement.ingest.services.fixing import FIELD_LIMIT, Fix, FixKind
from engagement.ingest.services.quarantine import MESSAGE_LIMIT
from tenants.forms import ServiceForm

_AGES = ((1, _lazy("the last day")), (7, _lazy("the last 7 days")), (30, _lazy("the last 30 days")))


class AmongForm(forms.Form):
    """Which of it: an unknown source or age is all."""

    source = forms.ChoiceField(label=_lazy("From"), required=False)
    days = forms.TypedChoiceField(label=_lazy("Received in"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, sources: Sequence[SourceChoice], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", _lazy("every source")), ("files", _lazy("files")), *((one.id, one.name) for one in sources)]
        self.fields["source"].choices = choices  # type: ignore[attr-defined]
        self.fields["days"].choices = [("", _lazy("all the time kept")), *_AGES]  # type: ignore[attr-defined]

    def among(self) -> Among:
        """What is asked for; what cannot be read asks for everything."""
        self.is_valid()
        source = self.cleaned_data.get("source", "")
        days = self.cleaned_data.get("days") or 0
        return Among(source=source, days=days if days in DAYS else 0)


class FixForm(ServiceForm):
    fix = forms.ChoiceField(
        label=_lazy("Before they are sent"),
        choices=(
            (FixKind.AS_IT_CAME, _lazy("change nothing: the cause is gone")),
            (FixKind.EVENT_FROM, _lazy("take the event’s name from the field")),
            (FixKind.RECEIPT_TIME, _lazy("use the time of receipt as the time")),
            (FixKind.DAY_FIRST, _lazy("read the time with the day first: 31.12.2025")),
            (FixKind.MONTH_FIRST, _lazy("read the time with the month first: 12/31/2025")),
            (FixKind.RENAME, _lazy("rename the field")),
            (FixKind.SET, _lazy("give the field the same value everywhere")),
        ),
        initial=FixKind.AS_IT_CAME,
    )
    field = forms.CharField(
        label=_lazy("Field"),
        required=False,
        max_length=FIELD_LIMIT,
        help_text=_lazy("A name, or properties.title for one inside properties; of a file the name of a column."),
    )
    to = forms.CharField(label=_lazy("New name, or the value"), required=False, max_length=FIELD_LIMIT)

    def fix_asked(self) -> Fix:
        said = self.cleaned_data
        return Fix(kind=said["fix"], field=said["field"], to=said["to"])


class ReplayForm(FixForm):
    """Sends what was shown: just so many, or none."""

    expected = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class MessageForm(ServiceForm):
    message = forms.CharField(
        label=_lazy("The message as it is sent again"),
        max_length=MESSAGE_LIMIT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "class": "code", "spellcheck": "false"}),
    )


class DiscardForm(ServiceForm):
    discard = forms.BooleanField(
        label=_lazy("Yes, nothing will become of what waits here"),
        error_messages={"required": _lazy("Say that you mean it.")},
    )
