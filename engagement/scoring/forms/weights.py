"""Forms about weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop

from engagement.errors import RapportError
from engagement.look.locales import spoken
from engagement.look.numbers import short_text
from engagement.look.said import Said
from engagement.scoring.services.steps import STEPS
from engagement.scoring.types import (
    DraftChange,
    FullPointsSuggestion,
    OverrideChange,
    OverrideView,
    WeightChange,
    WeightLine,
    WeightSetView,
)
from tenants.forms import ServiceForm

SOURCE_NAMES: Final = Said(
    {
        "own": gettext_noop("A number of your own"),
        "median": gettext_noop("Median of active customers"),
        "p60": gettext_noop("60th percentile of active customers"),
        "p75": gettext_noop("75th percentile of active customers"),
        "mean": gettext_noop("Mean of active customers"),
    }
)
# The same inside a sentence.
SOURCE_PHRASES: Final = Said(
    {
        "median": gettext_noop("median of active customers"),
        "p60": gettext_noop("60th percentile of active customers"),
        "p75": gettext_noop("75th percentile of active customers"),
        "mean": gettext_noop("mean of active customers"),
    }
)
_NUMBER: Final = {"class": "form-control-n", "inputmode": "numeric"}
_DECIMAL: Final = {"class": "form-control-n", "inputmode": "decimal"}


class OpenedForm(ServiceForm):
    """A form about the draft as somebody opened it: it carries when that draft was last changed."""

    changed_at = forms.CharField(widget=forms.HiddenInput)

    def clean_changed_at(self) -> Any:
        moment = parse_datetime(self.cleaned_data["changed_at"])
        if moment is None or moment.tzinfo is None:
            raise forms.ValidationError(_("This page is not the one we sent. Open the draft again."))
        return moment


class DiscardForm(OpenedForm):
    pass


class StepForm(OpenedForm):
    """A step on the draft: the button that was pressed says which."""

    step = forms.ChoiceField(choices=[(step, step) for step in STEPS])


class LinesForm(OpenedForm):
    """A weight and a cap for each action, in the cells of a table."""

    def add_lines(self, lines: Sequence[WeightLine]) -> None:
        # An action that was added while the page was open is not on it, and keeps what it has.
        self._keys = [
            line.key for line in lines if not self.is_bound or self.add_prefix(f"weight_{line.key}") in self.data
        ]
        for line in lines:
            attrs = {**_DECIMAL, "aria-label": _("Weight of {action}, points").format(action=line.name)}
            self.fields[f"weight_{line.key}"] = forms.DecimalField(
                required=line.key in self._keys, widget=forms.TextInput(attrs=attrs)
            )
            cap = _("Cap of {action}, occurrences").format(action=line.name)
            attrs = {**_NUMBER, "aria-label": cap, "placeholder": _("none")}
            self.fields[f"cap_{line.key}"] = forms.IntegerField(required=False, widget=forms.TextInput(attrs=attrs))

    def lines(self) -> dict[str, WeightChange]:
        """What was typed, by action."""
        data = self.cleaned_data
        return {key: WeightChange(data[f"weight_{key}"], data[f"cap_{key}"]) for key in self._keys}

    def refuse(self, error: RapportError) -> None:
        """A refused weight or cap stands beside its action."""
        for path, texts in error.fields.items():
            part, _dot, rest = path.partition(".")
            key, _dot, what = rest.rpartition(".")
            name = f"{what}_{key}" if part == "weights" and key else path
            self.add_error(name if name in self.fields else None, texts)
        if not error.fields:
            self.add_error(None, error.message)


class OwnWeightsForm(LinesForm):
    """Own weights of a segment: begins with what it has, or with the set's own numbers."""

    full_points = forms.DecimalField(
        label=_lazy("Full points"),
        help_text=_lazy("So many points in the window are a score of 100 for these customers."),
        widget=forms.TextInput(attrs=_DECIMAL),
    )

    def __init__(self, *arguments: Any, draft: WeightSetView, own: OverrideView | None, **settings: Any) -> None:
        lines = own.weights if own else draft.weights
        full_points = own.full_points if own else draft.full_points
        opened = {"changed_at": draft.changed_at.isoformat(), "full_points": full_points}
        settings["initial"] = opened | initial_lines(lines)
        super().__init__(*arguments, **settings)
        self.add_lines(lines)

    def change(self) -> OverrideChange:
        """What was typed."""
        data = self.cleaned_data
        return OverrideChange(weights=self.lines(), full_points=data["full_points"], changed_at=data["changed_at"])


class DraftForm(LinesForm):
    """A weight and a cap for each action, the window, and full points."""

    window_days = forms.IntegerField(label=_lazy("Window, days"), widget=forms.TextInput(attrs=_NUMBER))
    half_life_days = forms.IntegerField(
        label=_lazy("Half-life, days"),
        required=False,
        help_text=_lazy(
            "After so many days an occurrence counts half. Empty: it counts whole until it leaves the window."
        ),
        widget=forms.TextInput(attrs=_NUMBER),
    )
    full_points_from = forms.ChoiceField(label=_lazy("Take from"))
    full_points = forms.DecimalField(label=_lazy("Full points"), required=False, widget=forms.TextInput(attrs=_DECIMAL))
    note = forms.CharField(label=_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *arguments: Any, draft: WeightSetView, **settings: Any) -> None:
        settings["initial"] = _initial(draft)
        super().__init__(*arguments, **settings)
        self.offer(None)
        self.add_lines(draft.weights)

    def offer(self, suggestion: FullPointsSuggestion | None) -> None:
        """Name the values that full points can be taken from."""
        source = self.fields["full_points_from"]
        assert isinstance(source, forms.ChoiceField)
        source.choices = [(name, _source_words(name, suggestion)) for name in SOURCE_NAMES]

    def change(self) -> DraftChange:
        """What was typed."""
        data = self.cleaned_data
        return DraftChange(
            weights=self.lines(),
            window_days=data["window_days"],
            half_life_days=data["half_life_days"],
            full_points=data["full_points"],
            full_points_from=data["full_points_from"],
            note=data["note"],
            changed_at=data["changed_at"],
        )

    def problems(self) -> list[str]:
        """All that is wrong with what was typed, each with the name of its field."""
        found = []
        for name, texts in self.errors.items():
            field = self.fields.get(name)
            label = "" if field is None else field.widget.attrs.get("aria-label") or field.label or name
            found += [f"{label}: {text}" if label else str(text) for text in texts]
        return found


def _source_words(name: str, suggestion: FullPointsSuggestion | None) -> str:
    words = SOURCE_NAMES[name]
    if name == "own":
        return words
    value = suggestion.of(name) if suggestion else None
    if value is None:
        return _("{source}: no data yet").format(source=words)
    return f"{words}: {short_text(value, most=3, locale=spoken())}"


def _initial(draft: WeightSetView) -> dict[str, object]:
    return {
        "changed_at": draft.changed_at.isoformat(),
        "window_days": draft.window_days,
        "half_life_days": draft.half_life_days,
        "full_points_from": draft.full_points_from,
        "full_points": draft.full_points,
        "note": draft.note,
        **initial_lines(draft.weights),
    }


def initial_lines(lines: Sequence[WeightLine]) -> dict[str, object]:
    """Weights and caps as the form shows them."""
    initial: dict[str, object] = {}
    for line in lines:
        initial |= {f"weight_{line.key}": line.weight, f"cap_{line.key}": line.cap}
    return initial
