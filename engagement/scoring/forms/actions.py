"""Forms about actions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import RapportError
from engagement.scoring.matching import MAX_VALUE_SCALE, PROPERTY_OPS, parse_action_rule
from engagement.scoring.models import Channel
from engagement.scoring.rules.describe import OP_WORDS
from engagement.scoring.rules.tree import LIST_OPS, PRESENCE_OPS
from engagement.scoring.services.numbering import MAX_NAME
from tenants.forms import ServiceForm

N_CONDITIONS: Final = 3
_OPS: Final = tuple((op, _lazy(OP_WORDS[op])) for op in PROPERTY_OPS)
_MEASURES: Final = (
    ("count", _lazy("How often it happened")),
    ("sum", _lazy("A property added up, such as an amount")),
)
_CONDITION_PATH: Final = re.compile(r"conditions\[(\d+)\](?:\.(property|op|value))?")


def value_text(value: object) -> str:
    """A rule's value as it is typed: a list by commas."""
    if isinstance(value, list | tuple):
        return ", ".join(value_text(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def typed_value(*, op: str, text: str) -> object:
    """What was typed as a rule's value: a list by commas for the operators that take one, none where none is taken."""
    if op in LIST_OPS:
        return [part for part in (part.strip() for part in text.split(",")) if part]
    return None if op in PRESENCE_OPS and not text.strip() else text


def can_be_typed(value: object) -> bool:
    """Whether a value survives being shown and typed: a listed text with a comma does not."""
    return not (isinstance(value, list) and any("," in str(item) or str(item) != str(item).strip() for item in value))


class ActionForm(ServiceForm):
    """Name and channel, and in plain rows which events the action counts and what of them."""

    name = forms.CharField(label=_lazy("Name"), max_length=MAX_NAME)
    channel = forms.ChoiceField(label=_lazy("Channel"), choices=Channel.choices)
    event_names = forms.CharField(
        label=_lazy("Names of the events"),
        help_text=_lazy("One a line, exactly as they are sent: capital letters matter."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
    )
    measure = forms.ChoiceField(
        label=_lazy("What is counted?"), choices=_MEASURES, widget=forms.RadioSelect, initial="count"
    )
    value_property = forms.CharField(label=_lazy("Property to add up"), max_length=200, required=False)
    value_scale = forms.IntegerField(
        label=_lazy("Decimals"),
        min_value=0,
        max_value=MAX_VALUE_SCALE,
        required=False,
        help_text=_lazy("2 for an amount in cents: its weight is then given for each cent."),
        widget=forms.NumberInput(attrs={"class": "form-control-n"}),
    )
    currency = forms.CharField(
        label=_lazy("Currency"),
        max_length=3,
        required=False,
        help_text=_lazy("Three letters. Events that name another currency are not counted."),
        widget=forms.TextInput(attrs={"class": "form-control-n"}),
    )

    def __init__(self, *arguments: Any, rule: Mapping[str, object] | None = None, **settings: Any) -> None:
        settings["initial"] = {**settings.get("initial", {}), **_typed_rule(rule)}
        super().__init__(*arguments, **settings)
        self._filled: list[int] = []
        for row in range(1, N_CONDITIONS + 1):
            attrs = {"aria-label": _("Condition {n}: property").format(n=row)}
            self.fields[f"property_{row}"] = forms.CharField(
                label=_("Property"), max_length=200, required=False, widget=forms.TextInput(attrs=attrs)
            )
            attrs = {"aria-label": _("Condition {n}: comparison").format(n=row)}
            self.fields[f"op_{row}"] = forms.ChoiceField(
                label=_("Comparison"), choices=_OPS, required=False, widget=forms.Select(attrs=attrs)
            )
            attrs = {"aria-label": _("Condition {n}: value").format(n=row)}
            self.fields[f"value_{row}"] = forms.CharField(
                label=_("Value"), max_length=2000, required=False, widget=forms.TextInput(attrs=attrs)
            )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """The conditions, for the template."""
        numbers = range(1, N_CONDITIONS + 1)
        return [(self[f"property_{row}"], self[f"op_{row}"], self[f"value_{row}"]) for row in numbers]

    def rule(self) -> dict[str, object] | None:
        """The rule that was typed; None when nothing of it was changed, so that it stays the version it is."""
        if self.initial.get("event_names") and not set(self.changed_data) - {"name", "channel"}:
            return None
        data = self.cleaned_data
        is_sum = data["measure"] == "sum"
        return {
            "event_names": [line for line in map(str.strip, data["event_names"].splitlines()) if line],
            "conditions": self._conditions(),
            "measure": data["measure"],
            "value_property": (data["value_property"] or None) if is_sum else None,
            "value_scale": (data["value_scale"] or 0) if is_sum else 0,
            "currency": (data["currency"] or None) if is_sum else None,
        }

    def _conditions(self) -> list[dict[str, object]]:
        data = self.cleaned_data
        self._filled = [
            row for row in range(1, N_CONDITIONS + 1) if data[f"property_{row}"].strip() or data[f"value_{row}"].strip()
        ]
        return [
            {
                "property": data[f"property_{row}"],
                "op": data[f"op_{row}"] or "is",
                "value": typed_value(op=data[f"op_{row}"] or "is", text=data[f"value_{row}"]),
            }
            for row in self._filled
        ]

    def refuse(self, error: RapportError) -> None:
        """What the rule refuses stands beside the field that its path leads to."""
        for path, texts in error.fields.items():
            self.add_error(self._field_of(path), texts)
        if not error.fields:
            self.add_error(None, error.message)

    def _field_of(self, path: str) -> str | None:
        condition = _CONDITION_PATH.match(path)
        if condition and int(condition[1]) < len(self._filled):
            return f"{condition[2] or 'property'}_{self._filled[int(condition[1])]}"
        name = path.partition("[")[0]
        return name if name in self.fields else None


class NameAndChannelForm(ServiceForm):
    """For an action whose rule is richer than the rows of the page: it is changed through the API."""

    name = forms.CharField(label=_lazy("Name"), max_length=MAX_NAME)
    channel = forms.ChoiceField(label=_lazy("Channel"), choices=Channel.choices)

    def rule(self) -> None:
        """The rule stays."""


def fits_rows(rule: Mapping[str, object]) -> bool:
    """Whether the page can show a rule in its rows."""
    conditions: Sequence[Any] = parse_action_rule(dict(rule)).to_json()["conditions"]  # type: ignore[assignment]
    return len(conditions) <= N_CONDITIONS and all(can_be_typed(condition.get("value")) for condition in conditions)


def _typed_rule(rule: Mapping[str, object] | None) -> dict[str, object]:
    if rule is None:
        return {}
    parsed = parse_action_rule(dict(rule))
    typed: dict[str, object] = {
        "event_names": "\n".join(parsed.event_names),
        "measure": parsed.measure,
        "value_property": parsed.value_property or "",
        "value_scale": parsed.value_scale if parsed.measure == "sum" else None,
        "currency": parsed.currency or "",
    }
    for row, condition in enumerate(parsed.conditions, start=1):
        as_json = condition.to_json()
        typed |= {
            f"property_{row}": condition.path,
            f"op_{row}": condition.op,
            f"value_{row}": value_text(as_json.get("value")),
        }
    return typed
