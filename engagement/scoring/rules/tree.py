"""The typed tree of a segment rule, and its JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from engagement.scoring.rules.values import number_to_json

NUMERIC_OPS: Final = ("gt", "gte", "lt", "lte")
LIST_OPS: Final = ("in", "not_in")
PRESENCE_OPS: Final = ("is_set", "is_missing")
TRAIT_OPS: Final = ("is", "is_not", *LIST_OPS, *PRESENCE_OPS, *NUMERIC_OPS, "contains")
ACTIVITY_OPS: Final = ("is", "is_not", *LIST_OPS, *NUMERIC_OPS)
DAYS: Final = "days_since_last_action"
BAND: Final = "band"
# Per activity the decimals a value may have: the column holds value · 10^decimals as int64.
ACTIVITY_DECIMALS: Final = {"points": 3, "score": 6, BAND: 0, DAYS: 0, "channels": 0, "actions": 0}
ACTIVITY_NAMES: Final = tuple(ACTIVITY_DECIMALS)

TraitValue = str | Decimal | tuple[str, ...] | None
ActivityValue = Decimal | str | tuple[Decimal, ...] | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class TraitCondition:
    """A test of one trait. `value`: text (is, is_not, contains), texts (in, not_in), a number, or None."""

    trait: str
    op: str
    value: TraitValue

    def to_json(self) -> dict[str, object]:
        return {"trait": self.trait, "op": self.op, **_value_json(self.value)}


@dataclass(frozen=True, slots=True)
class ActivityCondition:
    """A test of points, score, band, days since the last action, channels or actions in the window.

    `value` is a number in the unit a person writes (points, score 0…100, days), or a band's name.
    """

    activity: str
    op: str
    value: ActivityValue

    def to_json(self) -> dict[str, object]:
        return {"activity": self.activity, "op": self.op, **_value_json(self.value)}


@dataclass(frozen=True, slots=True)
class MembershipCondition:
    """A list of external ids."""

    customers: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        return {"customers": list(self.customers)}


@dataclass(frozen=True, slots=True)
class Group:
    """All or any of its parts; `all` of nothing, which only a whole rule may be, is every customer."""

    kind: Literal["all", "any"]
    parts: tuple[Node, ...]

    def to_json(self) -> dict[str, object]:
        return {self.kind: [part.to_json() for part in self.parts]}


Condition = TraitCondition | ActivityCondition | MembershipCondition
Node = Group | Condition


@dataclass(frozen=True, slots=True)
class Rule:
    """A whole rule, as `parse_rule` makes it; `parse_rule(rule.to_json()) == rule`."""

    root: Node

    def to_json(self) -> dict[str, object]:
        return self.root.to_json()

    def conditions(self) -> Iterator[Condition]:
        return _conditions(self.root)

    def traits(self) -> tuple[str, ...]:
        """Names of the traits to load, each once, sorted."""
        return tuple(sorted({c.trait for c in self.conditions() if isinstance(c, TraitCondition)}))

    def activities(self) -> tuple[str, ...]:
        """Names of the activity columns to load, each once, sorted."""
        return tuple(sorted({c.activity for c in self.conditions() if isinstance(c, ActivityCondition)}))

    def needs_external_ids(self) -> bool:
        return any(isinstance(condition, MembershipCondition) for condition in self.conditions())


def _conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Group):
        for part in node.parts:
            yield from _conditions(part)
    else:
        yield node


def _value_json(value: TraitValue | ActivityValue) -> dict[str, object]:
    if value is None:
        return {}
    if isinstance(value, tuple):
        return {"value": [_scalar_json(item) for item in value]}
    return {"value": _scalar_json(value)}


def _scalar_json(value: str | Decimal) -> str | int | float:
    return number_to_json(value) if isinstance(value, Decimal) else value
