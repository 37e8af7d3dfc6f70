"""A rule in plain words, as a page prints it beside the segment."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from typing import Final

from engagement.language import _, noop
from engagement.look.locales import spoken
from engagement.scoring.numerals import whole
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
# How operators are called where one is chosen; as the rest here to be said in the language that is on.
OP_WORDS: Final = {
    "is": noop("is"),
    "is_not": noop("is not"),
    "in": noop("is one of"),
    "not_in": noop("is none of"),
    "is_set": noop("is known"),
    "is_missing": noop("is not known"),
    "gt": noop("above"),
    "gte": noop("at least"),
    "lt": noop("below"),
    "lte": noop("at most"),
    "contains": noop("contains"),
}
_COMPARED: Final = {
    "is": noop("{subject} is {value}"),
    "is_not": noop("{subject} is not {value}"),
    "in": noop("{subject} is one of {value}"),
    "not_in": noop("{subject} is none of {value}"),
    "is_set": noop("{subject} is known"),
    "is_missing": noop("{subject} is not known"),
    "gt": noop("{subject} above {value}"),
    "gte": noop("{subject} at least {value}"),
    "lt": noop("{subject} below {value}"),
    "lte": noop("{subject} at most {value}"),
    "contains": noop("{subject} contains {value}"),
}
_SUBJECTS: Final = {
    "points": noop("points"),
    "score": noop("score"),
    BAND: noop("band"),
    DAYS: noop("days since last action"),
    "channels": noop("channels"),
    "actions": noop("actions"),
}
_BANDS: Final = {"poor": noop("Poor"), "good": noop("Good"), "excellent": noop("Excellent")}


def describe(rule: Rule) -> str:
    """The rule as a phrase: "age is 45-54 and points at least 60"; "all customers" for the empty rule."""
    if isinstance(rule.root, Group) and not rule.root.parts:
        return _("all customers")
    return _node_words(rule.root, outermost=True)


def _node_words(node: Node, *, outermost: bool) -> str:
    if not isinstance(node, Group):
        return _condition_words(node)
    parts = [_node_words(part, outermost=len(node.parts) == 1 and outermost) for part in node.parts]
    joined = all_of(parts) if node.kind == "all" else any_of(parts)
    return joined if outermost or len(node.parts) == 1 else f"({joined})"


def _condition_words(condition: Condition) -> str:
    if isinstance(condition, TraitCondition):
        return value_words(subject=condition.trait, op=condition.op, value=condition.value)
    if isinstance(condition, MembershipCondition):
        n = len(condition.customers)
        if n <= _LISTED:
            return _("customer is {customers}").format(customers=listed_words(condition.customers))
        return _("customer is on a list of {n}").format(n=whole(n))
    return _activity_words(condition)


def _activity_words(condition: ActivityCondition) -> str:
    subject, value = _(_SUBJECTS[condition.activity]), condition.value
    if condition.activity == BAND:
        bands = tuple(band_word(str(v)) for v in (value if isinstance(value, tuple) else (value,)))
        return value_words(subject=subject, op=condition.op, value=bands if isinstance(value, tuple) else bands[0])
    if condition.activity == DAYS and condition.op in {"is_set", "is_missing"}:
        return _("has acted") if condition.op == "is_set" else _("has never acted")
    words = value_words(subject=subject, op=condition.op, value=value)
    if condition.activity == DAYS and condition.op in {"gt", "gte", "is_not", "not_in"}:
        return _("({words} or never acted)").format(words=words)
    return words


def band_word(code: str) -> str:
    """What a band is called where the organisation has no word of its own."""
    return _(_BANDS[code])


def value_words(*, subject: str, op: str, value: Decimal | str | bool | tuple[Decimal | str | bool, ...] | None) -> str:
    """One comparison as a phrase, for any condition with the operators above."""
    shown = "" if value is None else listed_words(value) if isinstance(value, tuple) else shown_words(value)
    return _(_COMPARED[op]).format(subject=subject, value=shown)


def all_of(parts: Iterable[str]) -> str:
    """Phrases that hold together: "this and that and more"; at least one."""
    return reduce(lambda one, other: _("{one} and {other}").format(one=one, other=other), parts)


def any_of(parts: Iterable[str]) -> str:
    """Phrases of which one holds: "this or that or more"; at least one."""
    return reduce(lambda one, other: _("{one} or {other}").format(one=one, other=other), parts)


def listed_words(values: tuple[Decimal | str | bool, ...]) -> str:
    """Several values as a sentence lists them: "Pro, Team or Free"."""
    shown = [shown_words(value) for value in values]
    return shown[0] if len(shown) == 1 else _("{list} or {last}").format(list=", ".join(shown[:-1]), last=shown[-1])


def shown_words(value: Decimal | str | bool) -> str:
    """One value as a sentence has it."""
    if isinstance(value, bool):
        return _("true") if value else _("false")
    return number_to_text(value).replace(".", spoken().decimal) if isinstance(value, Decimal) else value
