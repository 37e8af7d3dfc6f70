"""A segment's rule as plain rows: what is looked at, how it is compared, with what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django import forms

from engagement.errors import RapportError
from engagement.scoring.forms.actions import can_be_typed, typed_value, value_text
from engagement.scoring.rules import Group, MembershipCondition, TraitCondition, parse_rule
from engagement.scoring.rules.describe import OP_WORDS
from engagement.scoring.rules.tree import BAND, PRESENCE_OPS, TRAIT_OPS
from tenants.forms import ServiceForm

N_ROWS: Final = 6
TRAIT: Final = "trait"
_SUBJECTS: Final = (
    (TRAIT, "Trait"),
    ("points", "Points"),
    ("score", "Score"),
    ("band", "Band: poor, good or excellent"),
    ("days_since_last_action", "Days since the last action"),
    ("channels", "Channels used"),
    ("actions", "Actions in the window"),
)
_OPS: Final = tuple((op, OP_WORDS[op]) for op in TRAIT_OPS)
_KINDS: Final = (("all", "All of these hold"), ("any", "At least one holds"))
_PATH: Final = re.compile(r"(?:all|any)\[(\d+)\](?:\.(trait|activity|op|value|customers))?")
_COLUMNS: Final = {TRAIT: "trait", "activity": "subject", "op": "op", "value": "value"}


class RuleForm(ServiceForm):
    """Up to six conditions and a list of customers; empty rows are passed over."""

    kind = forms.ChoiceField(label="Who belongs", choices=_KINDS, widget=forms.RadioSelect, initial="all")
    customers = forms.CharField(
        label="Listed customers",
        required=False,
        help_text="Your own ids, one a line: being on this list is one more condition.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"}),
    )
    # Fields that are no part of the rule: changing them makes no new version of it.
    beside_the_rule: frozenset[str] = frozenset()

    def __init__(self, *arguments: Any, rule: Mapping[str, object] | None = None, **settings: Any) -> None:
        settings["initial"] = {**settings.get("initial", {}), **typed_rule(rule)}
        super().__init__(*arguments, **settings)
        self._has_rule = rule is not None
        self._filled: list[int] = []
        for row in range(1, N_ROWS + 1):
            for name, field in _row_fields(row).items():
                self.fields[f"{name}_{row}"] = field

    @property
    def rows(self) -> list[tuple[forms.BoundField, ...]]:
        """The conditions, for the template."""
        return [
            tuple(self[f"{name}_{row}"] for name in ("subject", "trait", "op", "value")) for row in range(1, N_ROWS + 1)
        ]

    def rule(self) -> dict[str, object] | None:
        """The rule that was typed, without parts when every row is empty."""
        data = self.cleaned_data
        self._filled = [row for row in range(1, N_ROWS + 1) if self._is_filled(row)]
        parts: list[dict[str, object]] = [self._condition(row) for row in self._filled]
        listed = [line for line in map(str.strip, data["customers"].splitlines()) if line]
        if listed:
            parts.append({"customers": listed})
        return {data["kind"]: parts}

    def changed_rule(self) -> dict[str, object] | None:
        """The same, or None when nothing of the rule was changed, so that it stays the version it is."""
        if self._has_rule and not set(self.changed_data) - self.beside_the_rule:
            return None
        return self.rule()

    def _is_filled(self, row: int) -> bool:
        data = self.cleaned_data
        return bool(
            data[f"trait_{row}"].strip()
            or data[f"value_{row}"].strip()
            or (data[f"op_{row}"] in PRESENCE_OPS and data[f"subject_{row}"] != TRAIT)
        )

    def _condition(self, row: int) -> dict[str, object]:
        data = self.cleaned_data
        subject, op = data[f"subject_{row}"] or TRAIT, data[f"op_{row}"] or "is"
        text = data[f"value_{row}"]
        value = typed_value(op=op, text=text.casefold() if subject == BAND else text)
        found: dict[str, object] = {"trait": data[f"trait_{row}"]} if subject == TRAIT else {"activity": subject}
        return {**found, "op": op} if value is None else {**found, "op": op, "value": value}

    def refuse(self, error: RapportError) -> None:
        """What the rule refuses stands beside the field that its path leads to."""
        for path, texts in error.fields.items():
            self.add_error(self._field_of(path), texts)
        if not error.fields:
            self.add_error(None, error.message)

    def _field_of(self, path: str) -> str | None:
        part = _PATH.match(path)
        if part is None:
            return path if path in self.fields else None
        place = int(part[1])
        if place >= len(self._filled):
            return "customers"
        return f"{_COLUMNS.get(part[2] or 'op', 'op')}_{self._filled[place]}"


def _row_fields(row: int) -> dict[str, forms.Field]:
    """The four fields of one row; the row's number is in the labels, for who cannot see it."""

    def named(what: str, **attrs: str) -> dict[str, str]:
        return {"aria-label": f"Condition {row}: {what}", **attrs}

    return {
        "subject": forms.ChoiceField(
            label="What", choices=_SUBJECTS, required=False, widget=forms.Select(attrs=named("what is looked at"))
        ),
        "trait": forms.CharField(
            label="Trait",
            max_length=200,
            required=False,
            widget=forms.TextInput(attrs=named("name of the trait", list="traits")),
        ),
        "op": forms.ChoiceField(
            label="Comparison", choices=_OPS, required=False, widget=forms.Select(attrs=named("comparison"))
        ),
        "value": forms.CharField(
            label="Value", max_length=20_000, required=False, widget=forms.TextInput(attrs=named("value"))
        ),
    }


def fits_rows(rule: Mapping[str, object] | None) -> bool:
    """Whether the page can show a rule in its rows: one group, without groups in it."""
    if rule is None:
        return True
    root = parse_rule(dict(rule)).root
    parts = root.parts if isinstance(root, Group) else (root,)
    lists = [part for part in parts if isinstance(part, MembershipCondition)]
    if any(isinstance(part, Group) for part in parts) or len(lists) > 1 or len(parts) - len(lists) > N_ROWS:
        return False
    is_last = not lists or parts[-1] is lists[0]
    return is_last and all(can_be_typed(part.to_json().get("value")) for part in parts)


def typed_rule(rule: Mapping[str, object] | None) -> dict[str, object]:
    """A rule that fits, as the initial values of the rows."""
    if rule is None or not fits_rows(rule):
        return {}
    root = parse_rule(dict(rule)).root
    typed: dict[str, object] = {"kind": root.kind if isinstance(root, Group) else "all"}
    row = 0
    for part in root.parts if isinstance(root, Group) else (root,):
        if isinstance(part, MembershipCondition):
            typed["customers"] = "\n".join(part.customers)
        elif not isinstance(part, Group):
            row += 1
            typed |= {
                f"subject_{row}": TRAIT if isinstance(part, TraitCondition) else part.activity,
                f"trait_{row}": part.trait if isinstance(part, TraitCondition) else "",
                f"op_{row}": part.op,
                f"value_{row}": value_text(part.to_json().get("value")),
            }
    return typed
