"""Which event properties points are divided by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.services.breakdowns import LONGEST_NAME, MOST_PROPERTIES
from tenants.forms import ServiceForm

_NTH = (_lazy("First property"), _lazy("Second property"), _lazy("Third property"))


class BreakdownsForm(ServiceForm):
    """Three names, any of them empty."""

    def __init__(self, data: QueryDict | Mapping[str, str] | None, *, names: Sequence[str]) -> None:
        super().__init__(data)
        for at in range(MOST_PROPERTIES):
            self.fields[f"name_{at + 1}"] = forms.CharField(
                label=_NTH[at],
                help_text=_("Its name as events carry it, such as campaign or utm.campaign.") if at == 0 else "",
                max_length=LONGEST_NAME,
                required=False,
                initial=names[at] if at < len(names) else "",
            )

    def names(self) -> list[str]:
        """As the service takes them."""
        return [self.cleaned_data[f"name_{at + 1}"] for at in range(MOST_PROPERTIES)]
