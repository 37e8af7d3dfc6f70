"""A rule as one sentence a person would say: "Customers whose plan is Pro and who used at least 2 channels"."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from engagement.language import _, noop
from engagement.scoring.numerals import whole
from engagement.scoring.rules.describe import band_word, listed_words, shown_words
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

_LISTED: Final = 3  # longer lists are counted instead of read out
# Every condition as a whole clause: other languages place the number, the verb and "not" otherwise.
_TRAITS: Final = {
    "is": noop("whose {trait} is {value}"),
    "is_not": noop("whose {trait} is not {value}"),
    "in": noop("whose {trait} is one of {value}"),
    "not_in": noop("whose {trait} is none of {value}"),
    "is_set": noop("whose {trait} is known"),
    "is_missing": noop("whose {trait} is not known"),
    "gt": noop("whose {trait} above {value}"),
    "gte": noop("whose {trait} at least {value}"),
    "lt": noop("whose {trait} below {value}"),
    "lte": noop("whose {trait} at most {value}"),
    "contains": noop("whose {trait} contains {value}"),
}
_ACTIVITIES: Final[Mapping[str, Mapping[str, str]]] = {
    "points": {
        "is": noop("with exactly {n} points"),
        "is_not": noop("with not exactly {n} points"),
        "in": noop("with {n} points"),
        "not_in": noop("with none of {n} points"),
        "gt": noop("with more than {n} points"),
        "gte": noop("with at least {n} points"),
        "lt": noop("with less than {n} points"),
        "lte": noop("with at most {n} points"),
    },
    "score": {
        "is": noop("with a score of exactly {n}"),
        "is_not": noop("with a score not exactly {n}"),
        "in": noop("with a score of {n}"),
        "not_in": noop("with a score none of {n}"),
        "gt": noop("with a score above {n}"),
        "gte": noop("with a score of at least {n}"),
        "lt": noop("with a score below {n}"),
        "lte": noop("with a score of at most {n}"),
    },
    "channels": {
        "is": noop("who used exactly {n} channels"),
        "is_not": noop("who used not exactly {n} channels"),
        "in": noop("who used {n} channels"),
        "not_in": noop("who used none of {n} channels"),
        "gt": noop("who used more than {n} channels"),
        "gte": noop("who used at least {n} channels"),
        "lt": noop("who used less than {n} channels"),
        "lte": noop("who used at most {n} channels"),
    },
    "actions": {
        "is": noop("with exactly {n} actions in the window"),
        "is_not": noop("with not exactly {n} actions in the window"),
        "in": noop("with {n} actions in the window"),
        "not_in": noop("with none of {n} actions in the window"),
        "gt": noop("with more than {n} actions in the window"),
        "gte": noop("with at least {n} actions in the window"),
        "lt": noop("with less than {n} actions in the window"),
        "lte": noop("with at most {n} actions in the window"),
    },
    # Who never acted did so longer ago than any number of days: the sentence says so, as the rule counts.
    DAYS: {
        "is": noop("who last acted exactly {n} days ago"),
        "is_not": noop("(who last acted not exactly {n} days ago, or never)"),
        "in": noop("who last acted {n} days ago"),
        "not_in": noop("(who last acted none of {n} days ago, or never)"),
        "gt": noop("(who last acted more than {n} days ago, or never)"),
        "gte": noop("(who last acted at least {n} days ago, or never)"),
        "lt": noop("who last acted less than {n} days ago"),
        "lte": noop("who last acted at most {n} days ago"),
        "is_set": noop("who have acted"),
        "is_missing": noop("who have never acted"),
    },
}


def sentence(rule: Rule, *, band_names: Mapping[str, str] | None = None) -> str:
    """The whole rule as a sentence without its full stop; "All customers" for the empty rule.

    Groups within the rule stand in brackets, so that no "and" is read with the wrong "or". `band_names` are what the
    organisation calls its bands, by code.
    """
    root = rule.root
    if isinstance(root, Group) and not root.parts:
        return _("All customers")
    return _("Customers {who}").format(who=_words(root, band_names or {}, outermost=True))


def _words(node: Node, names: Mapping[str, str], *, outermost: bool) -> str:
    if not isinstance(node, Group):
        return _condition(node, names)
    parts = [_words(part, names, outermost=len(node.parts) == 1 and outermost) for part in node.parts]
    if len(parts) == 1:
        return parts[0]
    pattern = _("{list} and {last}") if node.kind == "all" else _("{list} or {last}")
    joined = pattern.format(list=", ".join(parts[:-1]), last=parts[-1])
    return joined if outermost else f"({joined})"


def _condition(condition: Condition, names: Mapping[str, str]) -> str:
    if isinstance(condition, TraitCondition):
        return _(_TRAITS[condition.op]).format(trait=condition.trait, value=_said(condition.value))
    if isinstance(condition, MembershipCondition):
        n = len(condition.customers)
        if n <= _LISTED:
            return _("who are {customers}").format(customers=listed_words(condition.customers))
        return _("who are on a list of {n}").format(n=whole(n))
    if condition.activity == BAND:
        return _band(condition, names)
    return _(_ACTIVITIES[condition.activity][condition.op]).format(n=_said(condition.value))


def _band(condition: ActivityCondition, names: Mapping[str, str]) -> str:
    value = condition.value
    codes = [str(code) for code in (value if isinstance(value, tuple) else (value,))]
    called = listed_words(tuple(names.get(code) or band_word(code) for code in codes))
    is_not = condition.op in {"is_not", "not_in"}
    return (_("not in the band {bands}") if is_not else _("in the band {bands}")).format(bands=called)


def _said(value: Decimal | str | tuple[Decimal | str, ...] | None) -> str:
    if value is None:
        return ""
    return listed_words(value) if isinstance(value, tuple) else shown_words(value)
