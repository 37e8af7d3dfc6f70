"""Forms about publishing: note, days, approval, restating."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.scoring.forms.weights import OpenedForm
from engagement.scoring.services.bounds import MAX_NOTE
from tenants.forms import ServiceForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_SHOWN: Final = _lazy("Shown in the history and on charts.")
_DAY: Final = {"type": "date"}


def _note(label: StrOrPromise, help_text: StrOrPromise = _SHOWN, **settings: Any) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, widget=forms.Textarea(attrs={"rows": 2}), **settings)


def _day(label: StrOrPromise, help_text: StrOrPromise) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, help_text=help_text, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )


def _restate_from() -> forms.DateField:
    return _day(
        _lazy("Restate the past from"),
        _lazy(
            "Empty: the past keeps its line. Otherwise finished days from here on are scored again with this set, in "
            "the background; both lines stay available."
        ),
    )


class PublishForm(OpenedForm):
    """`is_first`: there is no past, and nothing to schedule after."""

    note = _note(_lazy("Why this change?"))
    effective_from = _day(
        _lazy("Counts from"),
        _lazy(
            "Empty: at once, from yesterday on. A later day begins at midnight of your time zone; until then it can be "
            "withdrawn."
        ),
    )
    restate_from = _restate_from()

    def __init__(self, *arguments: Any, is_first: bool, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        if is_first:
            del self.fields["effective_from"], self.fields["restate_from"]
            self.fields["note"].label = _lazy("A word about these weights")
            self.initial["note"] = self.initial.get("note") or _("The first weights")


class ApproveForm(OpenedForm):
    pass


class SendBackForm(OpenedForm):
    """A reason for whoever proposed it; who takes back their own needs none."""

    reason = _note(
        _lazy("What should change?"), _lazy("Who proposed it reads this; it stays on record."), max_length=MAX_NOTE
    )

    def __init__(self, *arguments: Any, is_own: bool, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        if is_own:
            self.fields["reason"].required = False
            self.fields["reason"].label = _lazy("Why do you take it back?")


class ReturnForm(ServiceForm):
    note = _note(_lazy("Why return?"))
    restate_from = _restate_from()
    in_force = forms.IntegerField(widget=forms.HiddenInput)


class RestateForm(ServiceForm):
    first_day = forms.DateField(
        label=_lazy("Restate the past from"),
        help_text=_lazy("The first day to score again."),
        widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
    )
