"""A rule as one sentence a person would say: "Customers whose plan is Pro and who used at least 2 channels"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engagement.scoring.rules.describe import OP_WORDS, listed_words, shown_words
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

_LISTED: Final = 3  # longer lists are counted instead of read out
_OPS: Final = {
    "is": "exactly",
    "is_not": "not exactly",
    "in": "",
    "not_in": "none of",
    "gt": "more than",
    "gte": "at least",
    "lt": "less than",
    "lte": "at most",
}
_SCORE_OPS: Final = {
    **_OPS,
    "is": "of exactly",
    "in": "of",
    "gt": "above",
    "gte": "of at least",
    "lt": "below",
    "lte": "of at most",
}
# What stands before and after the number.
_AROUND: Final = {
    "points": ("with", "points"),
    "score": ("with a score", ""),
    "channels": ("who used", "channels"),
    "actions": ("with", "actions in the window"),
}
_OR_NEVER: Final = frozenset({"gt", "gte", "is_not", "not_in"})


def sentence(rule: Rule, *, band_names: Mapping[str, str] | None = None) -> str:
    """The whole rule as a sentence without its full stop; "All customers" for the empty rule.

    Groups within the rule stand in brackets, so that no "and" is read with the wrong "or". `band_names` are what the
    organisation calls its bands, by code.
    """
    root = rule.root
    if isinstance(root, Group) and not root.parts:
        return "All customers"
    return f"Customers {_words(root, band_names or {}, outermost=True)}"


def _words(node: Node, names: Mapping[str, str], *, outermost: bool) -> str:
    if not isinstance(node, Group):
        return _condition(node, names)
    parts = [_words(part, names, outermost=len(node.parts) == 1 and outermost) for part in node.parts]
    if len(parts) == 1:
        return parts[0]
    word = "and" if node.kind == "all" else "or"
    joined = f"{', '.join(parts[:-1])} {word} {parts[-1]}"
    return joined if outermost else f"({joined})"


def _condition(condition: Condition, names: Mapping[str, str]) -> str:
    if isinstance(condition, TraitCondition):
        value = condition.value
        said = "" if value is None else f" {listed_words(value) if isinstance(value, tuple) else shown_words(value)}"
        return f"whose {condition.trait} {OP_WORDS[condition.op]}{said}"
    if isinstance(condition, MembershipCondition):
        n = len(condition.customers)
        return f"who are {listed_words(condition.customers)}" if n <= _LISTED else f"who are on a list of {n:,}"
    if condition.activity == BAND:
        return _band(condition, names)
    return _days(condition) if condition.activity == DAYS else _number(condition)


def _band(condition: ActivityCondition, names: Mapping[str, str]) -> str:
    value = condition.value
    codes = [str(code) for code in (value if isinstance(value, tuple) else (value,))]
    called = listed_words(tuple(names.get(code, code.capitalize()) for code in codes))
    return f"{'not ' if condition.op in {'is_not', 'not_in'} else ''}in the band {called}"


def _days(condition: ActivityCondition) -> str:
    """Who never acted did so longer ago than any number of days: the sentence says so, as the rule counts."""
    if condition.op in {"is_set", "is_missing"}:
        return "who have acted" if condition.op == "is_set" else "who have never acted"
    words = f"who last acted {_OPS[condition.op]} {_amount(condition)} days ago".replace("  ", " ")
    return f"({words}, or never)" if condition.op in _OR_NEVER else words


def _number(condition: ActivityCondition) -> str:
    before, after = _AROUND[condition.activity]
    ops = _SCORE_OPS if condition.activity == "score" else _OPS
    return " ".join(part for part in (before, ops[condition.op], _amount(condition), after) if part)


def _amount(condition: ActivityCondition) -> str:
    value = condition.value
    if isinstance(value, tuple):
        return listed_words(value)
    return value if isinstance(value, str) else number_to_text(value) if value is not None else ""
