"""What people type on the pages about API tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tenants.actor import Reach
from tenants.forms import ServiceForm
from tenants.permissions import READING_PERMISSIONS, Permission
from tenants.selectors_tokens import permission_words
from tenants.tokens import DEFAULT_DAYS, LONGEST_DAYS

READ, EVERYTHING, CHOSEN, ALL = "read", "everything", "chosen", "all"


class OrganisationTokenForm(ServiceForm):
    """What a token is for, how long it lives, and what it may; `offered` is what whoever makes it may themselves."""

    name = forms.CharField(
        label=_lazy("What is it for?"), max_length=80, help_text=_lazy("For example: nightly export.")
    )
    days = forms.IntegerField(
        label=_lazy("Runs out after"),
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=DEFAULT_DAYS,
        help_text=format_lazy(
            _lazy("Days, at most {longest_days}. A new one can be made at any time."), longest_days=LONGEST_DAYS
        ),
    )
    scope = forms.ChoiceField(
        label=_lazy("What may it do?"),
        choices=(
            (READ, _lazy("Read only")),
            (EVERYTHING, _lazy("Everything I may")),
            (CHOSEN, _lazy("What is ticked below")),
        ),
        initial=READ,
        widget=forms.RadioSelect,
    )
    permissions = forms.MultipleChoiceField(label=_lazy("Ticked"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: QueryDict | None, *, offered: Iterable[Permission]) -> None:
        super().__init__(data)
        self.offered = tuple(offered)
        choices = [(permission.value, permission_words(permission=permission)) for permission in self.offered]
        self.fields["permissions"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("permissions") and data.get("scope") in {READ, EVERYTHING}:
            self.add_error("permissions", _("Choose “What is ticked below” above, or untick these."))
        return data

    def permission_codes(self) -> list[str] | None:
        """What the service takes; None for everything."""
        scope = self.cleaned_data["scope"]
        if scope == CHOSEN:
            return list(self.cleaned_data["permissions"])
        return [one.value for one in self.offered if one in READING_PERMISSIONS] if scope == READ else None


class TokenForm(OrganisationTokenForm):
    """A personal token is limited by place as well."""

    where = forms.ChoiceField(
        label=_lazy("Where?"),
        choices=((ALL, _lazy("Wherever I have access, also later")), (CHOSEN, _lazy("Only in what is ticked below"))),
        initial=ALL,
        widget=forms.RadioSelect,
    )
    organisations = forms.MultipleChoiceField(
        label=_lazy("Organisations"),
        required=False,
        help_text=_lazy("A firm stands for all its clients."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: QueryDict | None, *, offered: Iterable[Permission], reaches: Iterable[Reach]) -> None:
        super().__init__(data, offered=offered)
        self.fields["organisations"].choices = [(reach.slug, reach.name) for reach in reaches]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("organisations") and data.get("where") == ALL:
            self.add_error("organisations", _("Choose “Only in what is ticked below” above, or untick these."))
        return data

    def slugs(self) -> list[str] | None:
        """What the service takes; None for everywhere."""
        return list(self.cleaned_data["organisations"]) if self.cleaned_data["where"] == CHOSEN else None
