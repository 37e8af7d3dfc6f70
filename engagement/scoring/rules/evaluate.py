"""Which customers a rule matches: one boolean per customer, each distinct trait value tested once."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.weights import BAND_NAMES
from engagement.scoring.rules.tree import (
    ACTIVITY_DECIMALS,
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
from engagement.scoring.rules.values import is_missing, read_number

Mask = NDArray[np.bool_]
ObjectArray = NDArray[np.object_]

_COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_NEVER: Final = -1


@dataclass(frozen=True, eq=False, slots=True)
class CodedTexts:
    """Text or None per customer, as (n,) places in the (m,) values that occur."""

    values: ObjectArray
    codes: NDArray[np.int64]


class Columns(Protocol):
    """The customers of one chunk, column by column; every array has `n` entries in the same order."""

    @property
    def n(self) -> int: ...

    def trait(self, name: str) -> ObjectArray | CodedTexts:
        """Text or None per customer."""

    def activity(self, name: str) -> NDArray[np.int64]:
        """points: thousandths; score: millionths; band: code; days: −1 for never; the others: counts."""

    def external_ids(self) -> ObjectArray:
        """Text per customer, None for the unidentified."""


def evaluate(*, rule: Rule, columns: Columns, known: Mapping[Condition, Mask] | None = None) -> Mask:
    """One boolean per customer of `columns`: whether the rule matches.

    `known` says of conditions for whom they hold, where the columns need not be asked.

    A missing trait (null, blank, "unknown") matches is_missing alone: unknown is neither equal nor different,
    so is_not and not_in do not match it. Text is compared trimmed and case-sensitively, `contains` in any
    case; gt, gte, lt, lte match only text that is a plain number, and compare exactly. A customer who never
    acted acted longer ago than any number of days: gt, gte, is_not and not_in match, the others do not.
    """
    return _mask(rule.root, columns, known or {})


def _mask(node: Node, columns: Columns, known: Mapping[Condition, Mask]) -> Mask:
    if isinstance(node, Group):
        mask = np.full(columns.n, node.kind == "all", dtype=np.bool_)
        for part in node.parts:
            found = _mask(part, columns, known)
            mask = mask & found if node.kind == "all" else mask | found
        return mask
    if node in known:
        return known[node]
    if isinstance(node, TraitCondition):
        return _by_value(columns.trait(node.trait), _trait_test(node))
    if isinstance(node, MembershipCondition):
        listed = frozenset(node.customers)
        return _by_value(columns.external_ids(), lambda value: value in listed)
    return _activity_mask(node, columns.activity(node.activity))


def _by_value(values: ObjectArray | CodedTexts, test: Callable[[str | None], bool]) -> Mask:
    """Test each distinct value once, then look every customer's up."""
    if isinstance(values, CodedTexts):
        found: Mask = _by_value(values.values, test)[values.codes]
        return found
    listed = values.tolist()
    verdicts = {value: test(value) for value in set(listed)}
    return np.fromiter((verdicts[value] for value in listed), dtype=np.bool_, count=len(listed))


def _trait_test(condition: TraitCondition) -> Callable[[str | None], bool]:
    if condition.op == "is_missing":
        return is_missing
    known = _known_trait_test(condition)
    return lambda value: value is not None and not is_missing(value) and known(value.strip())


def _known_trait_test(condition: TraitCondition) -> Callable[[str], bool]:
    wanted = condition.value
    if isinstance(wanted, Decimal):
        compare = _COMPARISONS[condition.op]
        return lambda text: (number := read_number(text)) is not None and bool(compare(number, wanted))
    if isinstance(wanted, tuple):
        listed, inside = frozenset(wanted), condition.op == "in"
        return lambda text: (text in listed) is inside
    if wanted is None:  # is_set
        return _any_text
    if condition.op == "contains":
        part = wanted.casefold()
        return lambda text: part in text.casefold()
    equal = condition.op == "is"
    return lambda text: (text == wanted) is equal


def _any_text(_text: str) -> bool:
    return True


def _activity_mask(condition: ActivityCondition, column: NDArray[np.int64]) -> Mask:
    if condition.activity != DAYS:
        return _compared(condition, column)
    never: Mask = column == _NEVER
    if condition.op in {"is_missing", "is_set"}:
        return never if condition.op == "is_missing" else ~never
    # Never is infinitely long ago, which no number in the column can say.
    if condition.op in {"gt", "gte", "is_not", "not_in"}:
        return _compared(condition, column) | never
    return _compared(condition, column) & ~never


def _compared(condition: ActivityCondition, column: NDArray[np.int64]) -> Mask:
    value = condition.value
    if isinstance(value, tuple):
        listed = np.array([_units(condition.activity, item) for item in value], dtype=np.int64)
        return np.isin(column, listed, invert=condition.op == "not_in")
    if value is None:
        raise ValueError(f"{condition.activity} {condition.op} needs a value")
    compare = _COMPARISONS[condition.op]
    return np.asarray(compare(column, _units(condition.activity, value)), dtype=np.bool_)


def _units(activity: str, value: Decimal | str) -> int:
    """A value as the column holds it: thousandths of a point, millionths of a score, a band's code."""
    if activity == BAND:
        return BAND_NAMES.index(str(value))
    return int(Fraction(value) * 10 ** ACTIVITY_DECIMALS[activity])
