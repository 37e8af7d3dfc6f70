"""What people type on this step's pages. Rules that hold everywhere live in services."""

from __future__ import annotations

from django import forms

from engagement.ingest.models import FileImport
from engagement.ingest.services.identity import REASON_LIMIT
from tenants.forms import ServiceForm

_BY_POSITION = "By content and position: repeats within the file are separate events, the same file again adds nothing"
_REPLACE_DAYS = (
    "Replace the days of the file: what earlier files brought for them is taken out first, for exports that overlap"
)


class UploadForm(ServiceForm):
    file = forms.FileField(
        label="File",
        help_text="CSV, plain or packed with gzip, in UTF-8. The first line names the columns.",
        error_messages={"empty": "The file is empty. Its first line must name the columns."},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.gz,text/csv,application/gzip"}),
    )
    kind = forms.ChoiceField(
        label="What is in it?",
        choices=(
            (FileImport.Kind.EVENTS, "Events: who did what, and when"),
            (FileImport.Kind.CUSTOMERS, "Customers: who they are, one row each, every other column a trait"),
        ),
        initial=FileImport.Kind.EVENTS,
        widget=forms.RadioSelect,
    )
    sameness = forms.ChoiceField(
        label="How sameness is decided",
        help_text="For events without an id of their own. A row with an id is that event, wherever it comes from.",
        choices=((FileImport.Sameness.POSITION, _BY_POSITION), (FileImport.Sameness.REPLACE_DAYS, _REPLACE_DAYS)),
        initial=FileImport.Sameness.POSITION,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_sameness(self) -> str:
        return self.cleaned_data["sameness"] or FileImport.Sameness.POSITION


class WriteKeyForm(ServiceForm):
    name = forms.CharField(
        label="What sends with it?", max_length=80, help_text="One key for each sender, for example: web shop."
    )


class TakeApartForm(ServiceForm):
    """The target is sent along: whoever the customer counts for meanwhile is not what was asked about."""

    target = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why?", max_length=REASON_LIMIT, help_text="It stays on record.", widget=forms.Textarea(attrs={"rows": 3})
    )


class MergeAgainForm(ServiceForm):
    reason = forms.CharField(
        label="Why?", max_length=REASON_LIMIT, help_text="It stays on record.", widget=forms.Textarea(attrs={"rows": 3})
    )
