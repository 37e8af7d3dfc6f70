"""What people type on this step's pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.calendars import By, period_name
from engagement.insights.note_types import EVERYBODY, EVERYBODY_NAME
from engagement.insights.selectors.known_segments import known_segments
from engagement.reports.selectors.drafts import ends_to_report
from engagement.reports.services.branding import LARGEST_LOGO
from engagement.reports.services.sharing import DEFAULT_DAYS, LONGEST_DAYS
from engagement.reports.types import Subject
from tenants.forms import ServiceForm


class NewReportForm(ServiceForm):
    """A finished period that has been scored, and a segment."""

    period = forms.ChoiceField(label=_lazy("Period"), help_text=_lazy("Finished months and quarters that are scored."))
    segment = forms.ChoiceField(label=_lazy("About"))

    def __init__(self, data: QueryDict | None, *, today: date) -> None:
        super().__init__(data)
        ends = ends_to_report(today=today)
        self.fields["period"].choices = [(f"{by}:{day}", period_name(day, by=by)) for by, day in ends]  # type: ignore[attr-defined]
        known = [one for one in known_segments() if one.segment_set_id is not None and one.archived_at is None]
        everybody = [(EVERYBODY, _(EVERYBODY_NAME))]
        self.fields["segment"].choices = [*everybody, *((one.key, one.name) for one in known)]  # type: ignore[attr-defined]

    def subject(self) -> Subject:
        """What the report is to be about."""
        by, _colon, day = self.cleaned_data["period"].partition(":")
        return Subject(By(by), date.fromisoformat(day), self.cleaned_data["segment"])


class TextForm(ServiceForm):
    """A text of a draft and the version it was made from; it may be empty."""

    text = forms.CharField(required=False, strip=False, max_length=100_000)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class ShareForm(ServiceForm):
    whom = forms.CharField(
        label=_lazy("For whom"), max_length=120, required=False, help_text=_lazy("For your own list.")
    )
    days = forms.IntegerField(
        label=_lazy("Days until it runs out"), min_value=1, max_value=LONGEST_DAYS, initial=DEFAULT_DAYS
    )


class BrandingForm(ServiceForm):
    """Who makes the reports, a colour and a logo."""

    made_by = forms.CharField(
        label=_lazy("Made by"), max_length=120, required=False, help_text=_lazy("Stands at the head of each page.")
    )
    colour = forms.CharField(
        label=_lazy("Colour"),
        max_length=7,
        required=False,
        help_text=_lazy("Of the line at the head, such as #1f4e79."),
    )
    logo = forms.FileField(label=_lazy("Logo"), required=False, help_text=_lazy("A PNG file of at most 200 kB."))
    no_logo = forms.BooleanField(label=_lazy("Without a logo"), required=False)

    def content(self) -> bytes | None:
        """The file that was sent, read no further than what is allowed and one byte."""
        found: Any = self.cleaned_data.get("logo")
        return found.read(LARGEST_LOGO + 1) if found else None
