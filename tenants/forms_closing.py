"""What is asked before an organisation rests, or is deleted."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from tenants.forms import ServiceForm


class ReasonForm(ServiceForm):
    reason = forms.CharField(
        label=_lazy("Why?"),
        max_length=200,
        help_text=_lazy("It stays on record."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DeletionForm(ReasonForm):
    """The address typed in, so that nobody deletes the wrong one."""

    typed = forms.CharField(
        label=_lazy("Type its address"), max_length=60, help_text=_lazy("The part after /o/ in its links."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
