"""JSON to a typed rule; every refusal names the part and says what to do."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from engagement.language import _
from engagement.scoring.formula.weights import BAND_NAMES
from engagement.scoring.numerals import whole
from engagement.scoring.rules.tree import (
    ACTIVITY_DECIMALS,
    ACTIVITY_NAMES,
    ACTIVITY_OPS,
    BAND,
    DAYS,
    LIST_OPS,
    NUMERIC_OPS,
    PRESENCE_OPS,
    TRAIT_OPS,
    ActivityCondition,
    ActivityValue,
    Condition,
    Group,
    MembershipCondition,
    Node,
    Rule,
    TraitCondition,
    TraitValue,
)
from engagement.scoring.rules.values import (
    check_keys,
    is_missing,
    problem,
    read_choice,
    read_list,
    read_required_number,
    read_text,
)

MAX_DEPTH: Final = 4  # groups within groups
MAX_CONDITIONS: Final = 50
MAX_LISTED_VALUES: Final = 1_000
MAX_LISTED_CUSTOMERS: Final = 100_000
_LARGEST_NUMBER: Final = 9 * 10**9  # in points, thousandths with decay stay far below 2^63
_FULL_SCORE: Final = 100
_KEPT_LETTERS: Final = 2_000


def parse_rule(data: object) -> Rule:
    """The rule that JSON `data` says: a group {"all": […]} or {"any": […]}, or one condition.

    Groups nest to four levels and hold at most 50 conditions; {"all": []} alone means all customers.
    Raises InvalidInputError; its `fields` has the path of the first offending part ("all[0].any[2].op").
    """
    rule = Rule(_node(data, path="", depth=1))
    n_conditions = sum(1 for _rest in rule.conditions())
    if n_conditions > MAX_CONDITIONS:
        text = _("Use at most {most} conditions, not {n}: a list (in) replaces several.").format(
            most=MAX_CONDITIONS, n=whole(n_conditions)
        )
        raise problem(path="", text=text)
    return rule


def stored_rule(data: object) -> Rule:
    """`parse_rule` of a stored rule; short ones stay in the process, because every run asks for them."""
    text = json.dumps(data)
    return _kept_rule(text) if len(text) <= _KEPT_LETTERS else parse_rule(data)


@lru_cache(maxsize=4_096)
def _kept_rule(text: str) -> Rule:
    return parse_rule(json.loads(text))


def _node(data: object, *, path: str, depth: int) -> Node:
    if not isinstance(data, dict):
        raise problem(path=path, text=_("Give an object: a group (all, any) or a condition."))
    if "all" in data:
        return _group(data, kind="all", path=path, depth=depth)
    if "any" in data:
        return _group(data, kind="any", path=path, depth=depth)
    return _condition(data, path=path)


def _group(data: dict[str, object], *, kind: Literal["all", "any"], path: str, depth: int) -> Group:
    check_keys(data, path=path, allowed=(kind,))
    here = _join(path, kind)
    if depth > MAX_DEPTH:
        text = _("Groups nest at most {most} levels deep: flatten this one.").format(most=MAX_DEPTH)
        raise problem(path=here, text=text)
    parts = data[kind]
    if not isinstance(parts, list):
        raise problem(path=here, text=_("Give a list of conditions."))
    if len(parts) > MAX_CONDITIONS:
        raise problem(path=here, text=_("Use at most {most} conditions.").format(most=MAX_CONDITIONS))
    if not parts and (kind == "any" or depth > 1):
        text = _("Give at least one condition; {rule} alone means all customers.").format(rule='{"all": []}')
        raise problem(path=here, text=text)
    return Group(kind, tuple(_node(part, path=f"{here}[{i}]", depth=depth + 1) for i, part in enumerate(parts)))


def _condition(data: dict[str, object], *, path: str) -> Condition:
    if "trait" in data:
        return _trait_condition(data, path=path)
    if "activity" in data:
        return _activity_condition(data, path=path)
    if "customers" in data:
        check_keys(data, path=path, allowed=("customers",))
        here = _join(path, "customers")
        listed = read_list(data["customers"], path=here, most=MAX_LISTED_CUSTOMERS)
        ids = (read_text(item, path=f"{here}[{i}]") for i, item in enumerate(listed))
        return MembershipCondition(tuple(dict.fromkeys(ids)))
    raise problem(path=path, text=_("A condition has a trait, an activity or customers; a group has all or any."))


def _trait_condition(data: dict[str, object], *, path: str) -> TraitCondition:
    check_keys(data, path=path, allowed=("trait", "op", "value"))
    trait = read_text(data["trait"], path=_join(path, "trait"))
    op = read_choice(data.get("op"), path=_join(path, "op"), choices=TRAIT_OPS)
    here, given = _join(path, "value"), data.get("value")
    value: TraitValue
    if op in PRESENCE_OPS:
        _refuse_value(given, path=here)
        value = None
    elif op in NUMERIC_OPS:
        value = read_required_number(given, path=here)
    elif op in LIST_OPS:
        listed = read_list(given, path=here, most=MAX_LISTED_VALUES)
        texts = (_known_text(item, path=f"{here}[{i}]") for i, item in enumerate(listed))
        value = tuple(dict.fromkeys(texts))
    else:
        value = _known_text(given, path=here)
    return TraitCondition(trait, op, value)


def _known_text(value: object, *, path: str) -> str:
    """Text that a trait can have; "unknown" is missing data, which no comparison ever finds."""
    if is_missing(value):
        raise problem(path=path, text=_("Empty and “unknown” mean missing: use the operator is_missing or is_set."))
    return read_text(value, path=path)


def _activity_condition(data: dict[str, object], *, path: str) -> ActivityCondition:
    check_keys(data, path=path, allowed=("activity", "op", "value"))
    activity = read_choice(data["activity"], path=_join(path, "activity"), choices=ACTIVITY_NAMES)
    # Only the last action can be missing: every other number is known of every customer.
    ops = (*ACTIVITY_OPS, *PRESENCE_OPS) if activity == DAYS else ACTIVITY_OPS
    op = read_choice(data.get("op"), path=_join(path, "op"), choices=ops)
    here, given = _join(path, "value"), data.get("value")
    value: ActivityValue
    if op in PRESENCE_OPS:
        _refuse_value(given, path=here)
        value = None
    elif op in LIST_OPS:
        listed = list(enumerate(read_list(given, path=here, most=MAX_LISTED_VALUES)))
        if activity == BAND:
            value = tuple(_band(item, path=f"{here}[{i}]") for i, item in listed)
        else:
            value = tuple(_amount(item, activity=activity, path=f"{here}[{i}]") for i, item in listed)
    else:
        value = _band(given, path=here) if activity == BAND else _amount(given, activity=activity, path=here)
    return ActivityCondition(activity, op, value)


def _band(value: object, *, path: str) -> str:
    return read_choice(value, path=path, choices=BAND_NAMES)


def _amount(value: object, *, activity: str, path: str) -> Decimal:
    number = read_required_number(value, path=path)
    decimals = ACTIVITY_DECIMALS[activity]
    if number.copy_abs() > _LARGEST_NUMBER:
        raise problem(path=path, text=_("Give a number up to {most}.").format(most=whole(_LARGEST_NUMBER)))
    if (Fraction(number) * 10**decimals).denominator != 1:
        few = _("Give a number with at most {n} decimals.").format(n=decimals)
        raise problem(path=path, text=few if decimals else _("Give a whole number."))
    if activity != "points" and number < 0:
        raise problem(path=path, text=_("Give a number from 0 on."))
    if activity == "score" and number > _FULL_SCORE:
        raise problem(path=path, text=_("A score lies between 0 and 100."))
    return number


def _refuse_value(value: object, *, path: str) -> None:
    if value is not None:
        raise problem(path=path, text=_("Leave the value out: is_set and is_missing take none."))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
