"""What people type on this step's pages. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from engagement.ingest.models import FileImport
from engagement.ingest.services.identity import REASON_LIMIT
from tenants.forms import ServiceForm

_BY_POSITION = _lazy(
    "By content and position: repeats within the file are separate events, the same file again adds nothing"
)
_REPLACE_DAYS = _lazy(
    "Replace the days of the file: what earlier files brought for them is taken out first, for exports that overlap"
)


class UploadForm(ServiceForm):
    file = forms.FileField(
        label=_lazy("File"),
        help_text=_lazy(
            "CSV, TSV or JSON lines in UTF-8, plain or packed with gzip, Parquet, or a spreadsheet (.xlsx). "
            "The first line names the columns; days are written 2025-12-31 or 31.12.2025."
        ),
        error_messages={"empty": _lazy("The file is empty. Its first line must name the columns.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.jsonl,.ndjson,.gz,.parquet,.xlsx,text/csv"}),
    )
    kind = forms.ChoiceField(
        label=_lazy("What is in it?"),
        choices=(
            (FileImport.Kind.EVENTS, _lazy("Events: who did what, and when")),
            (FileImport.Kind.CUSTOMERS, _lazy("Customers: who they are, one row each, every other column a trait")),
            (FileImport.Kind.AGGREGATES, _lazy("Counts by day: how often a customer did something on a day")),
            (FileImport.Kind.ANSWERS, _lazy("Survey answers: NPS or CSAT, whose and when")),
        ),
        initial=FileImport.Kind.EVENTS,
        widget=forms.RadioSelect,
    )
    sameness = forms.ChoiceField(
        label=_lazy("How sameness is decided"),
        help_text=_lazy(
            "For events without an id of their own. A row with an id is that event, wherever it comes from."
        ),
        choices=((FileImport.Sameness.POSITION, _BY_POSITION), (FileImport.Sameness.REPLACE_DAYS, _REPLACE_DAYS)),
        initial=FileImport.Sameness.POSITION,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_sameness(self) -> str:
        return self.cleaned_data["sameness"] or FileImport.Sameness.POSITION


class WriteKeyForm(ServiceForm):
    name = forms.CharField(
        label=_lazy("What sends with it?"),
        max_length=80,
        help_text=_lazy("One key for each sender, for example: web shop."),
    )


class RotateKeyForm(ServiceForm):
    """Until when the old key is taken beside its successor."""

    hours = forms.TypedChoiceField(
        label=_lazy("Take the old key for"),
        choices=((1, _lazy("an hour")), (24, _lazy("a day")), (24 * 7, _lazy("a week")), (24 * 30, _lazy("30 days"))),
        initial=24,
        coerce=int,
        help_text=_lazy("By then, everything that sends with it should have the new one."),
        widget=forms.RadioSelect,
    )
    shown_as: ClassVar[Mapping[str, str]] = {"ends_at": "hours"}

    def ends_at(self, now: datetime) -> datetime:
        return now + timedelta(hours=self.cleaned_data["hours"])


class TakeApartForm(ServiceForm):
    """The target is sent along: whoever the customer counts for meanwhile is not what was asked about."""

    target = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_lazy("Why?"),
        max_length=REASON_LIMIT,
        help_text=_lazy("It stays on record."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MergeAgainForm(ServiceForm):
    reason = forms.CharField(
        label=_lazy("Why?"),
        max_length=REASON_LIMIT,
        help_text=_lazy("It stays on record."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ErasureForm(ServiceForm):
    reason = forms.CharField(
        label=_lazy("Why?"),
        max_length=REASON_LIMIT,
        help_text=_lazy("It stays on record: no names or addresses. “Asked by letter of 3 March”, say."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ContactForm(ServiceForm):
    privacy_contact = forms.CharField(
        label=_lazy("Whom customers ask about their data"),
        max_length=200,
        required=False,
        help_text=_lazy("An address or telephone number; it stands on the page that explains a score."),
    )
