"""Forms about segments, their sets, and who is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from engagement.scoring.forms.rules import RuleForm
from engagement.scoring.services.exclusions import MAX_NOTE
from engagement.scoring.services.numbering import MAX_NAME
from engagement.scoring.types import SegmentSetLine
from tenants.forms import ServiceForm

_MISSING_HELP = _lazy("Shown last and in grey, never ranked: these are customers of whom something is not known.")


class SegmentForm(RuleForm):
    """A new segment."""

    name = forms.CharField(label=_lazy("Name"), max_length=MAX_NAME)
    set = forms.ChoiceField(label=pgettext_lazy("of segments", "Set"))
    is_missing_data = forms.BooleanField(label=_lazy("This is missing data"), required=False, help_text=_MISSING_HELP)
    field_order = ("set", "name", "kind", "customers", "is_missing_data")
    beside_the_rule = frozenset({"name", "set", "is_missing_data"})

    def __init__(self, *arguments: Any, sets: Sequence[SegmentSetLine], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        choice = self.fields["set"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(line.key, line.name) for line in sets]


class ChangedSegmentForm(RuleForm):
    """A segment that is there; it stays in its set."""

    name = forms.CharField(label=_lazy("Name"), max_length=MAX_NAME)
    is_missing_data = forms.BooleanField(label=_lazy("This is missing data"), required=False, help_text=_MISSING_HELP)
    beside_the_rule = frozenset({"name", "is_missing_data"})


class SegmentNameForm(ServiceForm):
    """For a rule that is richer than the rows of the page, or that always stays."""

    name = forms.CharField(label=_lazy("Name"), max_length=MAX_NAME)
    is_missing_data = forms.BooleanField(label=_lazy("This is missing data"), required=False, help_text=_MISSING_HELP)

    def changed_rule(self) -> None:
        """The rule stays."""


class SegmentSetForm(ServiceForm):
    name = forms.CharField(
        label=_lazy("Name"), max_length=MAX_NAME, help_text=_lazy("What its segments have in common, such as Age.")
    )
    is_partition = forms.BooleanField(
        label=_lazy("Every customer is in exactly one of its segments"),
        required=False,
        help_text=_lazy("Only then do the segments add up to the total. This is checked against your customers."),
    )


class TraitForm(ServiceForm):
    """Stands beside SegmentSetForm on one page, hence ids of its own."""

    trait = forms.CharField(label=_lazy("Trait"), max_length=200, widget=forms.TextInput(attrs={"list": "traits"}))
    name = forms.CharField(label=_lazy("Name of the set"), max_length=MAX_NAME)

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **{**settings, "auto_id": "id_from_%s"})


class ExclusionForm(RuleForm):
    """Who is not scored; all rows empty: nobody is left out by a rule."""

    note = forms.CharField(label=_lazy("Why?"), max_length=MAX_NOTE, required=False)
    beside_the_rule = frozenset({"note"})

    def rule(self) -> dict[str, object] | None:
        """The rule that was typed; None when every row is empty."""
        typed = super().rule()
        return typed if typed and any(typed.values()) else None
