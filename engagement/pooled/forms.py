"""The one form of this step: agreeing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from tenants.forms import ServiceForm


class ConsentForm(ServiceForm):
    """Agreeing to the text that stood on the page."""

    agreed = forms.BooleanField(
        label=_lazy("I have read this and agree for the organisation"),
        error_messages={"required": _lazy("Tick this to agree. Without it nothing is shared.")},
    )
    text_version = forms.IntegerField(min_value=1, max_value=1000, widget=forms.HiddenInput)
