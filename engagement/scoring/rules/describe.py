"""A rule in plain words, as a page prints it beside the segment."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engagement.scoring.rules.tree import (
    BAND,
    DAYS,
    ActivityCondition,
    Condition,
    Group,
    MembershipCondition,
    Node,
    Rule,
    TraitCondition,
)
from engagement.scoring.rules.values import number_to_text

_LISTED = 3  # longer lists are counted instead of read out
OP_WORDS: Final = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "is_set": "is known",
    "is_missing": "is not known",
    "gt": "above",
    "gte": "at least",
    "lt": "below",
    "lte": "at most",
    "contains": "contains",
}


def describe(rule: Rule) -> str:
    """The rule as a phrase: "age is 45-54 and points at least 60"; "all customers" for the empty rule."""
    if isinstance(rule.root, Group) and not rule.root.parts:
        return "all customers"
    return _node_words(rule.root, outermost=True)


def _node_words(node: Node, *, outermost: bool) -> str:
    if not isinstance(node, Group):
        return _condition_words(node)
    word = " and " if node.kind == "all" else " or "
    joined = word.join(_node_words(part, outermost=len(node.parts) == 1 and outermost) for part in node.parts)
    return joined if outermost or len(node.parts) == 1 else f"({joined})"


def _condition_words(condition: Condition) -> str:
    if isinstance(condition, TraitCondition):
        return value_words(subject=condition.trait, op=condition.op, value=condition.value)
    if isinstance(condition, MembershipCondition):
        n = len(condition.customers)
        if n <= _LISTED:
            return f"customer is {listed_words(condition.customers)}"
        return f"customer is on a list of {n:,}"
    return _activity_words(condition)


def _activity_words(condition: ActivityCondition) -> str:
    if condition.activity == BAND:
        value = condition.value
        bands = tuple(str(v).capitalize() for v in (value if isinstance(value, tuple) else (value,)))
        return value_words(subject=BAND, op=condition.op, value=bands if isinstance(value, tuple) else bands[0])
    if condition.activity != DAYS:
        return value_words(subject=condition.activity, op=condition.op, value=condition.value)
    if condition.op in {"is_set", "is_missing"}:
        return "has acted" if condition.op == "is_set" else "has never acted"
    words = value_words(subject="days since last action", op=condition.op, value=condition.value)
    return f"({words} or never acted)" if condition.op in {"gt", "gte", "is_not", "not_in"} else words


def value_words(*, subject: str, op: str, value: Decimal | str | bool | tuple[Decimal | str | bool, ...] | None) -> str:
    """One comparison as a phrase, for any condition with the operators above."""
    if value is None:
        return f"{subject} {OP_WORDS[op]}"
    shown = listed_words(value) if isinstance(value, tuple) else shown_words(value)
    return f"{subject} {OP_WORDS[op]} {shown}"


def listed_words(values: tuple[Decimal | str | bool, ...]) -> str:
    """Several values as a sentence lists them: "Pro, Team or Free"."""
    shown = [shown_words(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def shown_words(value: Decimal | str | bool) -> str:
    """One value as a sentence has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_to_text(value) if isinstance(value, Decimal) else value
