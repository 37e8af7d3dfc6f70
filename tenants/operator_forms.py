"""What an operator is asked before they act for an organisation."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from tenants.forms import ServiceForm
from tenants.models import SHORTEST_REASON, Role
from tenants.services import Errand

_LENGTHS = (
    (15, _lazy("15 minutes")),
    (30, _lazy("30 minutes")),
    (60, _lazy("1 hour")),
    (120, _lazy("2 hours")),
    (240, _lazy("4 hours")),
)


class OperateForm(ServiceForm):
    """An address, not a search: operators do not browse organisations."""

    slug = forms.CharField(
        label=_lazy("Organisation"), max_length=60, help_text=_lazy("The part after /o/ in its address, exactly."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_lazy("Why"),
        min_length=SHORTEST_REASON,
        max_length=300,
        help_text=_lazy("The client’s admins read this sentence."),
    )
    ticket = forms.CharField(label=_lazy("Ticket"), max_length=40, required=False)
    role = forms.ChoiceField(
        label=_lazy("Act as"),
        choices=Role.choices,
        initial=Role.VIEWER,
        help_text=_lazy("No more than the errand needs."),
    )
    minutes = forms.TypedChoiceField(label=_lazy("For"), choices=_LENGTHS, coerce=int, initial=30)

    def errand(self) -> Errand:
        return Errand(**self.cleaned_data)
