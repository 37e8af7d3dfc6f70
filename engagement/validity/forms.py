"""What people type on this step's pages. Rules that hold everywhere live in services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _lazy

from engagement.validity.models import Outcome
from engagement.validity.selectors.outcomes import action_options, usual_action_keys
from engagement.validity.types import USUAL_DAYS, OutcomeLine
from tenants.forms import ServiceForm


class OutcomeForm(ServiceForm):
    """What scores are held against."""

    shown_as: ClassVar[Mapping[str, str]] = {}

    kind = forms.ChoiceField(
        label=_lazy("Outcome"),
        choices=Outcome.Kind.choices,
        widget=forms.RadioSelect,
        help_text=_lazy("Churn asks everybody who was active in the window, no repeat those who did the action in it."),
    )
    actions = forms.MultipleChoiceField(
        label=_lazy("Actions that say somebody stayed"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("They leave the score for the check. None, for churn: every counted action."),
    )
    days = forms.IntegerField(
        label=_lazy("Days after the score"),
        help_text=_lazy("7 to 365: long enough that somebody who stays would have come again."),
    )
    is_monthly = forms.BooleanField(
        label=_lazy("Check every month by itself"),
        required=False,
        help_text=_lazy("For the end of the latest month that is so many days ago."),
    )

    def __init__(self, data: QueryDict | None, *, outcome: OutcomeLine | None) -> None:
        super().__init__(data, initial=_initial(outcome))
        field = self.fields["actions"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = action_options()

    def said(self) -> dict[str, Any]:
        """As the service takes it."""
        names = {"kind": "kind", "actions": "action_keys", "days": "days", "is_monthly": "is_monthly"}
        return {wanted: self.cleaned_data[name] for name, wanted in names.items()}


def _initial(outcome: OutcomeLine | None) -> dict[str, Any]:
    if outcome is None:
        keys = usual_action_keys()
        kind = Outcome.Kind.NO_REPEAT if keys else Outcome.Kind.SILENT
        return {"kind": kind.value, "actions": keys, "days": USUAL_DAYS, "is_monthly": True}
    return {
        "kind": outcome.kind,
        "actions": list(outcome.action_keys),
        "days": outcome.days,
        "is_monthly": outcome.is_monthly,
    }


class DraftForm(ServiceForm):
    """Whether an open draft gives way."""

    replaces = forms.BooleanField(label=_lazy("Replace the draft that is open; what it holds is lost"), required=False)
