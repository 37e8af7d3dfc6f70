"""Which events an action counts, and how much: rules by event name and properties, and their matcher."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, Generic, Literal, TypeVar

from engagement.language import _
from engagement.scoring.rules.describe import all_of, any_of, value_words
from engagement.scoring.rules.tree import LIST_OPS, NUMERIC_OPS
from engagement.scoring.rules.values import (
    check_keys,
    number_to_json,
    problem,
    read_choice,
    read_list,
    read_number,
    read_required_number,
    read_text,
)

MAX_EVENT_NAMES: Final = 50
MAX_CONDITIONS: Final = 20
MAX_LISTED_VALUES: Final = 1_000
MAX_VALUE_SCALE: Final = 6  # decimals of the minor unit
# One event's value in minor units (ten thousand million dollars in cents): beyond it the amount is absurd,
# and one such event must not keep a whole organisation from being scored.
MAX_EVENT_VALUE: Final = 10**12
PROPERTY_OPS: Final = ("is", "is_not", "in", "is_set", *NUMERIC_OPS)
CURRENCY_PROPERTY: Final = "currency"
_KEYS: Final = ("event_names", "conditions", "measure", "value_property", "value_scale", "currency")
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_EXACT: Final = Context(prec=100)
_ABSENT: Final = object()

Key = TypeVar("Key", bound=Hashable)
Measure = Literal["count", "sum"]
Scalar = str | Decimal | bool


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one event property; `path` steps into objects with dots ("product.category")."""

    path: str
    op: str
    value: Scalar | tuple[Scalar, ...] | None

    def to_json(self) -> dict[str, object]:
        if self.value is None:
            return {"property": self.path, "op": self.op}
        if isinstance(self.value, tuple):
            return {"property": self.path, "op": self.op, "value": [_scalar_json(v) for v in self.value]}
        return {"property": self.path, "op": self.op, "value": _scalar_json(self.value)}


@dataclass(frozen=True, slots=True)
class ActionRule:
    """Which events are this action, and what is counted: occurrences, or the sum of a property.

    An event matches when its name is one of `event_names` (trimmed, case-sensitive) and all conditions hold.
    With measure "sum" the value is `value_property` in units of 10^−`value_scale` (an amount in cents: 2). `left_out`
    is no part of what people write: the number of the machine rules whose labelled events are not counted (machines/).
    """

    event_names: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    measure: Measure = "count"
    value_property: str | None = None
    value_scale: int = 0
    currency: str | None = None
    left_out: int | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "event_names": list(self.event_names),
            "conditions": [condition.to_json() for condition in self.conditions],
            "measure": self.measure,
            "value_property": self.value_property,
            "value_scale": self.value_scale,
            "currency": self.currency,
        }


@dataclass(frozen=True, slots=True)
class Match(Generic[Key]):
    """One action that counts the event: how many times, and for a sum how many minor units (else 0)."""

    key: Key
    occurrences: int
    value: int


@dataclass(frozen=True, slots=True)
class Flag(Generic[Key]):
    """What was wrong with an event for an action.

    "unreadable": it is counted, with value 0 · "foreign_currency": it is not counted.
    """

    key: Key
    problem: Literal["unreadable", "foreign_currency"]


@dataclass(frozen=True, slots=True)
class Matching(Generic[Key]):
    matches: tuple[Match[Key], ...]
    flags: tuple[Flag[Key], ...]


class Matcher(Generic[Key]):
    """Matches events against many actions at once, looking only at those that know the event's name."""

    def __init__(self, rules: Mapping[Key, ActionRule]) -> None:
        self._by_name: dict[str, list[tuple[Key, ActionRule]]] = {}
        for key, rule in rules.items():
            for name in dict.fromkeys(rule.event_names):
                self._by_name.setdefault(name, []).append((key, rule))

    def plain(self, name: str) -> tuple[Key, ...] | None:
        """The actions that count an event of this name, in the order of the rules, whatever else it says.

        They count its occurrences and no value. None where an action looks at the properties: ask `match`.
        """
        known = self._by_name.get(name.strip(), ())
        if any(rule.conditions or rule.value_property is not None or rule.currency is not None for _key, rule in known):
            return None
        return tuple(key for key, _rule in known)

    def match(self, *, name: str, properties: Mapping[str, object], occurrences: int) -> Matching[Key]:
        """All actions that count this event, in the order of the rules, and what was flagged.

        For a row that stands for several events (`occurrences` > 1) the property is their sum already: the
        value is never multiplied by the occurrences.
        """
        matches: list[Match[Key]] = []
        flags: list[Flag[Key]] = []
        for key, rule in self._by_name.get(name.strip(), ()):
            if not all(_holds(condition, properties) for condition in rule.conditions):
                continue
            if _is_foreign(rule, properties):
                flags.append(Flag(key, "foreign_currency"))
                continue
            value = 0 if rule.value_property is None else _minor_units(rule, properties)
            if value is None:
                flags.append(Flag(key, "unreadable"))
            matches.append(Match(key, occurrences, value or 0))
        return Matching(tuple(matches), tuple(flags))


def parse_action_rule(data: object) -> ActionRule:
    """The rule that JSON `data` says; InvalidInputError with the path of the offending part and a remedy."""
    if not isinstance(data, dict):
        raise problem(path="", text=_("Give an object with event_names."))
    check_keys(data, path="", allowed=_KEYS)
    names = read_list(data.get("event_names"), path="event_names", most=MAX_EVENT_NAMES)
    texts = (read_text(name, path=f"event_names[{i}]") for i, name in enumerate(names))
    measure: Measure = "sum" if _measure(data) == "sum" else "count"
    return ActionRule(
        event_names=tuple(dict.fromkeys(texts)),
        conditions=_conditions(data.get("conditions")),
        measure=measure,
        value_property=_value_property(data.get("value_property"), measure=measure),
        value_scale=_value_scale(data.get("value_scale"), measure=measure),
        currency=_currency(data.get("currency"), measure=measure),
    )


def describe(rule: ActionRule) -> str:
    """The rule in plain words: "purchase or order where amount at least 10; sum of amount in EUR"."""
    events = any_of(rule.event_names)
    if rule.conditions:
        tests = all_of(value_words(subject=c.path, op=c.op, value=c.value) for c in rule.conditions)
        events = _("{events} where {tests}").format(events=events, tests=tests)
    if rule.value_property is None:
        return _("{events}; occurrences counted").format(events=events)
    if not rule.currency:
        return _("{events}; sum of {property}").format(events=events, property=rule.value_property)
    return _("{events}; sum of {property} in {currency}").format(
        events=events, property=rule.value_property, currency=rule.currency
    )


# -- reading JSON


def _measure(data: Mapping[str, object]) -> str:
    return read_choice(data.get("measure", "count"), path="measure", choices=("count", "sum"))


def _value_property(value: object, *, measure: Measure) -> str | None:
    if measure == "sum":
        return read_text(value, path="value_property")
    if value is not None:
        raise problem(path="value_property", text=_("Leave this out, or choose the measure sum."))
    return None


def _value_scale(value: object, *, measure: Measure) -> int:
    scale = 0 if value is None else value
    if not isinstance(scale, int) or isinstance(scale, bool) or not 0 <= scale <= MAX_VALUE_SCALE:
        text = _("Give 0 to {most} decimals, such as 2 for cents.").format(most=MAX_VALUE_SCALE)
        raise problem(path="value_scale", text=text)
    if measure == "count" and scale:
        raise problem(path="value_scale", text=_("Leave this out, or choose the measure sum."))
    return scale


def _currency(value: object, *, measure: Measure) -> str | None:
    if value is None:
        return None
    if measure == "count":
        raise problem(path="currency", text=_("Leave this out, or choose the measure sum."))
    code = read_text(value, path="currency").upper()
    if not _CURRENCY.fullmatch(code):
        raise problem(path="currency", text=_("Give the three letters of the currency, such as EUR."))
    return code


def _conditions(data: object) -> tuple[Condition, ...]:
    if data is None:
        return ()
    if not isinstance(data, list) or len(data) > MAX_CONDITIONS:
        text = _("Give a list of at most {most} conditions.").format(most=MAX_CONDITIONS)
        raise problem(path="conditions", text=text)
    return tuple(_condition(item, path=f"conditions[{i}]") for i, item in enumerate(data))


def _condition(data: object, *, path: str) -> Condition:
    if not isinstance(data, dict):
        raise problem(path=path, text=_("Give an object with property, op and value."))
    check_keys(data, path=path, allowed=("property", "op", "value"))
    name = read_text(data.get("property"), path=f"{path}.property")
    op = read_choice(data.get("op"), path=f"{path}.op", choices=PROPERTY_OPS)
    here, given = f"{path}.value", data.get("value")
    if op == "is_set":
        if given is not None:
            raise problem(path=here, text=_("Leave the value out: is_set takes none."))
        return Condition(name, op, None)
    if op in NUMERIC_OPS:
        return Condition(name, op, read_required_number(given, path=here))
    if op in LIST_OPS:
        listed = enumerate(read_list(given, path=here, most=MAX_LISTED_VALUES))
        return Condition(name, op, tuple(_scalar(item, path=f"{here}[{i}]") for i, item in listed))
    return Condition(name, op, _scalar(given, path=here))


def _scalar(value: object, *, path: str) -> Scalar:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return read_required_number(value, path=path)
    return read_text(value, path=path)


def _scalar_json(value: Scalar) -> str | int | float | bool:
    return number_to_json(value) if isinstance(value, Decimal) else value


# -- testing events

MAX_VALUE: Final = 100  # characters of a property's value that are told apart


def property_text(path: str, properties: Mapping[str, object]) -> str | None:
    """The value of a property in words, trimmed; None where there is none, or a list or an object."""
    given = _lookup(path, properties)
    if given is _ABSENT or isinstance(given, Mapping | list):
        return None
    if isinstance(given, bool):
        return "yes" if given else "no"
    return str(given).strip()[:MAX_VALUE]


def _holds(condition: Condition, properties: Mapping[str, object]) -> bool:
    """Whether the event passes; an absent property (also null or blank) passes nothing, is_not included."""
    given = _lookup(condition.path, properties)
    if given is _ABSENT:
        return False
    wanted = condition.value
    if wanted is None:  # is_set
        return True
    if isinstance(wanted, tuple):
        return any(_equal(given, item) for item in wanted)
    if condition.op in {"is", "is_not"}:
        return _equal(given, wanted) is (condition.op == "is")
    number = read_number(given)
    return number is not None and isinstance(wanted, Decimal) and _compare(condition.op, number, wanted)


def _lookup(path: str, properties: Mapping[str, object]) -> object:
    """The property of that very name, dots and all, else the one the dots lead to."""
    found: object = properties.get(path, _ABSENT)
    if found is _ABSENT and "." in path:
        found = properties
        for step in path.split("."):
            found = found.get(step, _ABSENT) if isinstance(found, Mapping) else _ABSENT
    blank = found is None or (isinstance(found, str) and not found.strip())
    return _ABSENT if blank else found


def _equal(given: object, wanted: Scalar) -> bool:
    """Text as it stands, trimmed ("007" is not "7"); a number with a number or its text; never a list."""
    if isinstance(wanted, bool) or isinstance(given, bool):
        return _boolean(given) is not None and _boolean(given) is _boolean(wanted)
    if isinstance(given, str) and isinstance(wanted, str):
        return given.strip() == wanted
    number = read_number(given)
    return number is not None and number == read_number(wanted)


def _boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def _compare(op: str, number: Decimal, wanted: Decimal) -> bool:
    tests: dict[str, Callable[[Decimal], bool]] = {
        "gt": number.__gt__,
        "gte": number.__ge__,
        "lt": number.__lt__,
        "lte": number.__le__,
    }
    return tests[op](wanted)


def _is_foreign(rule: ActionRule, properties: Mapping[str, object]) -> bool:
    """Whether the event names another currency; one that names none is taken to be in the rule's."""
    given = _lookup(CURRENCY_PROPERTY, properties)
    if rule.currency is None or given is _ABSENT:
        return False
    return not isinstance(given, str) or given.strip().upper() != rule.currency


def _minor_units(rule: ActionRule, properties: Mapping[str, object]) -> int | None:
    """The value in minor units, ties away from zero (a refund undoes its purchase); None if unreadable.

    Unreadable: absent, not a number, NaN, infinite, or beyond `MAX_EVENT_VALUE` minor units.
    """
    number = read_number(_lookup(rule.value_property or "", properties))
    if number is None or number.adjusted() > len(str(MAX_EVENT_VALUE)):
        return None
    units = int(number.scaleb(rule.value_scale, _EXACT).to_integral_value(ROUND_HALF_UP))
    return units if abs(units) <= MAX_EVENT_VALUE else None
