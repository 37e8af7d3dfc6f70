"""A segment's rule as plain rows in groups: what is looked at, how it is compared, with what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from engagement.errors import InvalidInputError, RapportError
from engagement.scoring.forms.actions import can_be_typed, typed_value, value_text
from engagement.scoring.forms.rule_layout import (
    COLUMNS,
    MAX_GROUPS,
    Layout,
    kind_name,
    layout_text,
    read_layout,
    rows_of,
)
from engagement.scoring.rules import (
    MAX_CONDITIONS,
    Group,
    MembershipCondition,
    Rule,
    TraitCondition,
    parse_rule,
)
from engagement.scoring.rules.describe import OP_WORDS
from engagement.scoring.rules.tree import BAND, PRESENCE_OPS, TRAIT_OPS, Condition, Node
from tenants.forms import ServiceForm

TRAIT: Final = "trait"
_SUBJECTS: Final = (
    (TRAIT, _lazy("Trait")),
    ("points", _lazy("Points")),
    ("score", _lazy("Score")),
    ("band", _lazy("Band: poor, good or excellent")),
    ("days_since_last_action", _lazy("Days since the last action")),
    ("channels", _lazy("Channels used")),
    ("actions", _lazy("Actions in the window")),
)
_OPS: Final = tuple((op, _lazy(OP_WORDS[op])) for op in TRAIT_OPS)
_KINDS: Final = (("all", _lazy("All of these hold")), ("any", _lazy("At least one holds")))
_BETWEEN: Final = (("all", _lazy("Every group holds")), ("any", _lazy("At least one group holds")))
# The place of a condition: in the rule, or in a group of it.
_PATH: Final = re.compile(
    r"(?:all|any)\[(\d+)\](?:\.(?:all|any)\[(\d+)\])?(?:\.(trait|activity|op|value|customers))?(?:\[\d+\])?"
)
_COLUMNS: Final = {TRAIT: "trait", "activity": "subject", "op": "op", "value": "value"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One condition's fields, with its number through all groups."""

    number: int
    cells: tuple[forms.BoundField, ...]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """One group of conditions, from 1, and how they belong together."""

    number: int
    kind: forms.BoundField
    rows: tuple[RuleRow, ...]


class RuleForm(ServiceForm):
    """Conditions in groups and a list of customers; empty rows are passed over, and groups of empty rows."""

    kind = forms.ChoiceField(
        label=_lazy("Conditions"),
        choices=_KINDS,
        initial="all",
        widget=forms.Select(attrs={"aria-label": _lazy("How its conditions belong together")}),
    )
    between = forms.ChoiceField(
        label=_lazy("Between the groups"),
        choices=_BETWEEN,
        required=False,
        initial="all",
        widget=forms.Select(attrs={"aria-label": _lazy("How the groups belong together")}),
    )
    layout = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    customers = forms.CharField(
        label=_lazy("Listed customers"),
        required=False,
        help_text=_lazy("Your own ids, one a line: being on this list counts as one more group."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"}),
    )
    # Fields that are no part of the rule: changing them makes no new version of it.
    beside_the_rule: frozenset[str] = frozenset()

    def __init__(
        self, *arguments: Any, rule: Mapping[str, object] | None = None, focus: str = "", **settings: Any
    ) -> None:
        settings["initial"] = {"layout": "1", **settings.get("initial", {}), **typed_rule(rule)}
        super().__init__(*arguments, **settings)
        self._has_rule = rule is not None
        self._layout = self._read_layout()
        self._filled: dict[tuple[int, int | None], int] = {}
        for group, numbers in enumerate(rows_of(self._layout), start=1):
            if group > 1:
                self.fields[kind_name(group)] = _kind_field(group)
            for row in numbers:
                for name, field in _row_fields(row).items():
                    self.fields[f"{name}_{row}"] = field
        if focus in self.fields:
            self.fields[focus].widget.attrs["autofocus"] = True

    def _read_layout(self) -> Layout:
        return read_layout(self.data.get("layout") if self.is_bound else str(self.initial["layout"]))

    @property
    def groups(self) -> list[RuleGroup]:
        """The groups with their conditions, for the template."""
        return [
            RuleGroup(
                group,
                self[kind_name(group)],
                tuple(RuleRow(row, tuple(self[f"{name}_{row}"] for name in COLUMNS)) for row in numbers),
            )
            for group, numbers in enumerate(rows_of(self._layout), start=1)
        ]

    @property
    def layout_text(self) -> str:
        """How the rows stand, as the page sends it back."""
        return layout_text(self._layout)

    @property
    def shows_between(self) -> bool:
        """Whether it has to be said how groups, and the list, belong together."""
        return len(self._layout) > 1 or bool(str(self["customers"].value() or "").strip())

    @property
    def may_add_row(self) -> bool:
        return sum(self._layout) < MAX_CONDITIONS

    @property
    def may_add_group(self) -> bool:
        return self.may_add_row and len(self._layout) < MAX_GROUPS

    def rule(self) -> dict[str, object] | None:
        """The rule that was typed, without parts when every row is empty.

        A group that says the same as the whole (all within all), and one of a single condition, is no group of its own,
        so that the rule reads as plainly as it can.
        """
        data, self._filled = self.cleaned_data, {}
        groups = [
            (data.get(kind_name(group)) or "all", [row for row in numbers if self._is_filled(row)])
            for group, numbers in enumerate(rows_of(self._layout), start=1)
        ]
        groups = [(kind, rows) for kind, rows in groups if rows]
        listed = [line for line in map(str.strip, data["customers"].splitlines()) if line]
        between = first = groups[0][0] if groups else data["kind"]
        if len(groups) + bool(listed) > 1:
            between = data.get("between") or first
        parts: list[dict[str, object]] = []
        for kind, rows in groups:
            self._add(parts, kind=kind, rows=rows, is_plain=kind == between or len(rows) == 1)
        if listed:
            parts.append({"customers": listed})
        return {between: parts}

    def _add(self, parts: list[dict[str, object]], *, kind: str, rows: list[int], is_plain: bool) -> None:
        for place, row in enumerate(rows):
            self._filled[(len(parts) + place, None) if is_plain else (len(parts), place)] = row
        conditions = [self._condition(row) for row in rows]
        parts.extend(conditions if is_plain else [{kind: conditions}])

    def changed_rule(self) -> dict[str, object] | None:
        """The same, or None when nothing of the rule was changed, so that it stays the version it is."""
        if self._has_rule and not set(self.changed_data) - self.beside_the_rule:
            return None
        return self.rule()

    def read(self) -> Rule | None:
        """The rule that was typed, whatever stands beside it; None, with the error at its field, for a broken one."""
        wrong = set(self.errors) - self.beside_the_rule
        if wrong - {NON_FIELD_ERRORS}:
            return None
        typed = self.rule()
        try:
            return None if typed is None else parse_rule(typed)
        except InvalidInputError as error:
            if not wrong:
                self.refuse(error)
            return None

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
        row = self._filled.get((int(part[1]), int(part[2]) if part[2] else None))
        return "customers" if row is None else f"{_COLUMNS.get(part[3] or 'op', 'op')}_{row}"


def _kind_field(group: int) -> forms.ChoiceField:
    label = _("How the conditions of group {group} belong together").format(group=group)
    named = forms.Select(attrs={"aria-label": label})
    in_group = _("In group {group}").format(group=group)
    return forms.ChoiceField(label=in_group, choices=_KINDS, required=False, widget=named, initial="all")


def _row_fields(row: int) -> dict[str, forms.Field]:
    """The four fields of one row; the row's number is in the labels, for who cannot see it."""

    def named(what: str, **attrs: str) -> dict[str, str]:
        return {"aria-label": what.format(n=row), **attrs}

    return {
        "subject": forms.ChoiceField(
            label=pgettext_lazy("in a rule", "What"),
            choices=_SUBJECTS,
            required=False,
            widget=forms.Select(attrs=named(_("Condition {n}: what is looked at"))),
        ),
        "trait": forms.CharField(
            label=_("Trait"),
            max_length=200,
            required=False,
            widget=forms.TextInput(
                attrs=named(_("Condition {n}: name of the trait"), list="traits", placeholder=_("trait"))
            ),
        ),
        "op": forms.ChoiceField(
            label=_("Comparison"),
            choices=_OPS,
            required=False,
            widget=forms.Select(attrs=named(_("Condition {n}: comparison"))),
        ),
        "value": forms.CharField(
            label=_("Value"),
            max_length=20_000,
            required=False,
            widget=forms.TextInput(attrs=named(_("Condition {n}: value"), placeholder=_("value"))),
        ),
    }


def fits_rows(rule: Mapping[str, object] | None) -> bool:
    """Whether the page can show a rule in its rows: conditions and groups of conditions, and one list at the end."""
    if rule is None:
        return True
    parts = _parts(parse_rule(dict(rule)).root)
    lists = [part for part in parts if isinstance(part, MembershipCondition)]
    if lists and (len(lists) > 1 or parts[-1] is not lists[0]):
        return False
    inside = [one for part in parts if isinstance(part, Group) for one in part.parts]
    if any(isinstance(one, Group | MembershipCondition) for one in inside) or len(_groups(rule)) > MAX_GROUPS:
        return False
    single = [part for part in parts if not isinstance(part, Group)]
    return all(can_be_typed(one.to_json().get("value")) for one in [*single, *inside])


def typed_rule(rule: Mapping[str, object] | None) -> dict[str, object]:
    """A rule that fits, as the initial values of the rows."""
    if rule is None or not fits_rows(rule):
        return {}
    root = parse_rule(dict(rule)).root
    groups = _groups(rule)
    typed: dict[str, object] = {"between": root.kind if isinstance(root, Group) else "all"}
    row = 0
    for group, (kind, conditions) in enumerate(groups, start=1):
        typed[kind_name(group)] = kind
        for condition in conditions:
            row += 1
            typed |= _typed_condition(condition, row)
    listed = [part for part in _parts(root) if isinstance(part, MembershipCondition)]
    if listed:
        typed["customers"] = "\n".join(listed[0].customers)
    return {**typed, "layout": layout_text(tuple(len(conditions) or 1 for _kind, conditions in groups))}


def _parts(root: Node) -> tuple[Node, ...]:
    return root.parts if isinstance(root, Group) else (root,)


def _groups(rule: Mapping[str, object]) -> list[tuple[str, list[Condition]]]:
    """The rule's groups in order; conditions that stand alone beside groups are a group together."""
    root = parse_rule(dict(rule)).root
    outer = root.kind if isinstance(root, Group) else "all"
    groups: list[tuple[str, list[Condition]]] = []
    is_open = False
    for part in _parts(root):
        if isinstance(part, Group):
            groups.append((part.kind, [one for one in part.parts if not isinstance(one, Group)]))
            is_open = False
        elif not isinstance(part, MembershipCondition):
            if not is_open:
                groups.append((outer, []))
            groups[-1][1].append(part)
            is_open = True
    return groups or [(outer, [])]


def _typed_condition(condition: Condition, row: int) -> dict[str, object]:
    is_trait = isinstance(condition, TraitCondition)
    known = condition.to_json()
    return {
        f"subject_{row}": TRAIT if is_trait else known["activity"],
        f"trait_{row}": known["trait"] if is_trait else "",
        f"op_{row}": known["op"],
        f"value_{row}": value_text(known.get("value")),
    }
