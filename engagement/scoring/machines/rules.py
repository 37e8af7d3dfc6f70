"""The three kinds of rules, as JSON and in words.

A rule looks at the events of one person: what an anonymous visitor did stands with what the customer did who they
turned out to be, for as long as the two are merged. Events are held against those of the same UTC day of their keys and
of the days beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from engagement.language import _
from engagement.scoring.rules.describe import any_of
from engagement.scoring.rules.values import check_keys, problem, read_choice, read_list, read_text

MOST_RULES: Final = 20
MOST_VALUES: Final = 200
MOST_SECONDS: Final = 86_400  # a day: the days beside are looked at, and no more
MOST_EVENTS: Final = 10_000
LONGEST: Final = 200
KINDS: Final = ("soon_after", "burst", "property")
# What known crawlers and checkers write into their user agent, in small letters: a beginning, to be changed at will.
KNOWN_BOTS: Final = (
    "googlebot", "bingbot", "yandexbot", "baiduspider", "duckduckbot", "slurp", "applebot", "facebookexternalhit",
    "twitterbot", "linkedinbot", "pinterestbot", "ahrefsbot", "semrushbot", "mj12bot", "dotbot", "petalbot", "gptbot",
    "ccbot", "bytespider", "headlesschrome", "phantomjs", "uptimerobot", "pingdom", "googleimageproxy",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SoonAfter:
    """An event `then` at most `seconds` after an event `first` of the same customer, and at its very instant.

    With `same` both have to carry that property with the same value, not blank.
    """

    first: str
    then: str
    seconds: int
    same: str = ""
    kind: Literal["soon_after"] = "soon_after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Every event `name` of a customer that lies with more than `more_than` of them within `seconds`, both ends in."""

    name: str
    more_than: int
    seconds: int
    kind: Literal["burst"] = "burst"


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyIs:
    """An event, of one name or of any, whose property is one of the values or contains one; capitals do not matter."""

    property: str
    op: Literal["is", "contains"]
    values: tuple[str, ...]
    name: str = ""
    kind: Literal["property"] = "property"


MachineRule = SoonAfter | Burst | PropertyIs


def to_json(rules: Sequence[MachineRule]) -> list[dict[str, object]]:
    """As they are kept."""
    return [asdict(rule) for rule in rules]


def parse_rules(data: object) -> tuple[MachineRule, ...]:
    """The rules that JSON says; InvalidInputError with the path of the offending part and a remedy."""
    if not isinstance(data, list) or len(data) > MOST_RULES:
        raise problem(path="rules", text=_("Give a list of at most {most} rules.").format(most=MOST_RULES))
    return tuple(parse_rule(item, path=f"rules[{at}]") for at, item in enumerate(data))


def parse_rule(data: object, *, path: str = "") -> MachineRule:
    """One rule; the path of what is wrong begins with `path`."""
    if not isinstance(data, dict):
        raise problem(path=path, text=_("Give an object with kind."))
    kind = read_choice(data.get("kind"), path=_at(path, "kind"), choices=KINDS)
    if kind == "soon_after":
        return _soon_after(data, path)
    return _burst(data, path) if kind == "burst" else _property(data, path)


def describe(rule: MachineRule) -> str:
    """A rule in plain words: "“opened” at most 5 s after “sent”, with the same campaign"."""
    if isinstance(rule, SoonAfter):
        said = _("“{then}” at most {seconds} s after “{first}”")
        said = said.format(then=rule.then, seconds=rule.seconds, first=rule.first)
        return _("{rule}, with the same {property}").format(rule=said, property=rule.same) if rule.same else said
    if isinstance(rule, Burst):
        said = _("more than {n} “{name}” of one customer within {seconds} s")
        return said.format(n=rule.more_than, name=rule.name, seconds=rule.seconds)
    shown = any_of(rule.values[:5]) + ("…" if len(rule.values) > len(rule.values[:5]) else "")
    said = _("{property} is {values}") if rule.op == "is" else _("{property} contains {values}")
    said = said.format(property=rule.property, values=shown)
    return _("“{name}” where {rule}").format(name=rule.name, rule=said) if rule.name else said


def _soon_after(data: dict[str, object], path: str) -> SoonAfter:
    check_keys(data, path=path, allowed=("kind", "first", "then", "seconds", "same"))
    first, then = _text(data, "first", path), _text(data, "then", path)
    if first == then:
        raise problem(path=_at(path, "then"), text=_("Name another event than the first; for repeats use a burst."))
    return SoonAfter(
        first=first,
        then=then,
        seconds=_whole(data, "seconds", path, least=0, most=MOST_SECONDS),
        same=_text(data, "same", path) if data.get("same") else "",
    )


def _burst(data: dict[str, object], path: str) -> Burst:
    check_keys(data, path=path, allowed=("kind", "name", "more_than", "seconds"))
    return Burst(
        name=_text(data, "name", path),
        more_than=_whole(data, "more_than", path, least=1, most=MOST_EVENTS),
        seconds=_whole(data, "seconds", path, least=0, most=MOST_SECONDS),
    )


def _property(data: dict[str, object], path: str) -> PropertyIs:
    check_keys(data, path=path, allowed=("kind", "name", "property", "op", "values"))
    op = read_choice(data.get("op"), path=_at(path, "op"), choices=("is", "contains"))
    listed = read_list(data.get("values"), path=_at(path, "values"), most=MOST_VALUES)
    values = (read_text(value, path=f"{_at(path, 'values')}[{at}]").lower() for at, value in enumerate(listed))
    return PropertyIs(
        property=_text(data, "property", path),
        op="contains" if op == "contains" else "is",
        values=tuple(dict.fromkeys(values)),
        name=_text(data, "name", path) if data.get("name") else "",
    )


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _text(data: Mapping[str, object], key: str, path: str) -> str:
    text = read_text(data.get(key), path=_at(path, key))
    if len(text) > LONGEST:
        raise problem(path=_at(path, key), text=_("Use at most {most} characters.").format(most=LONGEST))
    return text


def _whole(data: Mapping[str, object], key: str, path: str, *, least: int, most: int) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        text = _("Give a whole number from {least} to {most}.").format(least=least, most=most)
        raise problem(path=_at(path, key), text=text)
    return value
