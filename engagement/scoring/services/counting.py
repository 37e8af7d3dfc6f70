"""Counting activity from stored events: read in narrow binary columns, matched, added up by local day.

Rules that only ask for a name are counted without a Python object per event. Where a rule looks at properties, the
matcher sees each event of its names, with the properties read by the same decoder that ingest uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.activity_blocks import DayRows, added_up, joined
from engagement.scoring.local_days import local_days
from engagement.scoring.matching import ActionRule, Matcher, parse_action_rule, property_text
from engagement.scoring.models import ActionDefinition

Rules = Mapping[int, ActionRule]  # by the definition's number

_HELD_AT_ONCE: Final = 500_000  # matches of events, before they are added up
_READ_AT_ONCE: Final = 20_000
# What str.strip() takes away, and with it the matcher; the highest of them is U+3000.
BLANKS: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


@dataclass(frozen=True, slots=True)
class EventSpan:
    """Which stored events: days [day_from, day_before) of their keys, and instants [since, to) when they happened."""

    day_from: date = date(1, 1, 1)
    day_before: date = date(9999, 12, 31)
    since: datetime = datetime(1, 1, 1, tzinfo=UTC)
    to: datetime = datetime(9999, 12, 31, tzinfo=UTC)

    def bound(self) -> dict[str, Any]:
        """As the statements take it."""
        return {"day_from": self.day_from, "day_before": self.day_before, "from": self.since, "to": self.to}


@dataclass(frozen=True, eq=False, slots=True)
class _Counted:
    """What some events count for; five columns (n,). `instants` are microseconds since 2000-01-01 UTC."""

    instants: NDArray[np.int64]
    rows: DayRows


def rule_of(definition: ActionDefinition) -> ActionRule:
    """What a definition counts: its rule, less what the machine rules label that it leaves out."""
    return replace(parse_action_rule(definition.rule), left_out=definition.left_out)


def count_events(*, organisation_id: int, zone: ZoneInfo, rules: Rules, span: EventSpan) -> Mapping[date, DayRows]:
    """Stored events of the span under the rules, added up by local day, in the order of days.

    Reads in the transaction at hand. Memory grows with the rows that come out, not with the number of events.
    """
    days: dict[date, DayRows] = {}
    held: list[_Counted] = []
    parts = (
        chain(_by_name(organisation_id, group, span), _by_properties(organisation_id, group, span))
        for group in _by_left_out(rules)
    )
    for part in chain.from_iterable(parts):
        held.append(part)
        if sum(len(one.rows) for one in held) >= _HELD_AT_ONCE:
            _add_up(days, held, zone)
    _add_up(days, held, zone)
    return dict(sorted(days.items()))


def _by_left_out(rules: Rules) -> list[Rules]:
    """The rules in groups of those that leave the same events out."""
    groups: dict[int | None, dict[int, ActionRule]] = {}
    for number, rule in rules.items():
        groups.setdefault(rule.left_out, {})[number] = rule
    return list(groups.values())


def _bound(organisation_id: int, rules: Rules, span: EventSpan, names: Sequence[str]) -> dict[str, Any]:
    """What a statement takes; the rules are of one group."""
    left_out = next(iter(rules.values())).left_out
    bound = {"organisation_id": organisation_id, "blanks": BLANKS, "names": list(names), **span.bound()}
    return bound if left_out is None else {**bound, "left_out": left_out}


def _statement(name: str, bound: Mapping[str, Any]) -> str:
    """The statement that reads every event, or the one that leaves the labelled ones out."""
    return f"{name}_left" if "left_out" in bound else name


def _add_up(days: dict[date, DayRows], held: list[_Counted], zone: ZoneInfo) -> None:
    """Move what is held into the days."""
    if not any(len(part.rows) for part in held):
        return
    instants = np.concatenate([part.instants for part in held])
    rows = joined([part.rows for part in held])
    held.clear()
    ordinals = local_days(instants=instants, zone=zone)
    order = np.argsort(ordinals, kind="stable")
    found, starts = np.unique(ordinals[order], return_index=True)
    for ordinal, places in zip(found, np.split(order, starts[1:]), strict=True):
        day = date.fromordinal(int(ordinal))
        days[day] = added_up([rows.where(places), *([days[day]] if day in days else [])])


@dataclass(frozen=True, eq=False, slots=True)
class Valued:
    """Events that count, by the value of a property; five columns (n,), the value as its place in a list of them."""

    instants: NDArray[np.int64]
    numbers: NDArray[np.int64]
    definitions: NDArray[np.int64]
    occurrences: NDArray[np.int64]
    values: NDArray[np.int64]


def valued_events(
    *, organisation_id: int, rules: Rules, span: EventSpan, path: str, known: dict[str | None, int]
) -> Iterator[Valued]:
    """Stored events of the span under the rules, with the value that a property has in each; `known` grows.

    Reads in the transaction at hand, some 20,000 events at a time.
    """
    for group in _by_left_out(rules):
        yield from _valued_group(organisation_id, group, span, path=path, known=known)


def _valued_group(
    organisation_id: int, rules: Rules, span: EventSpan, *, path: str, known: dict[str | None, int]
) -> Iterator[Valued]:
    matcher = Matcher(rules)
    names = list(dict.fromkeys(name for rule in rules.values() for name in rule.event_names))
    bound = _bound(organisation_id, rules, span, names)
    for events in queries.stream(_statement("events_with_properties", bound), at_once=_READ_AT_ONCE, **bound):
        found = []
        for customer, instant, occurrences, name, text in events:
            properties = msgspec.json.decode(text)
            matches = matcher.match(name=name, properties=properties, occurrences=occurrences).matches
            if matches:
                value = known.setdefault(property_text(path, properties), len(known))
                found += [(instant, customer, match.key, match.occurrences, value) for match in matches]
        if found:
            yield Valued(*(np.array(column, dtype=np.int64) for column in zip(*found, strict=True)))


def _looks_at_properties(rule: ActionRule) -> bool:
    return bool(rule.conditions) or rule.value_property is not None


def _by_name(organisation_id: int, rules: Rules, span: EventSpan) -> Iterator[_Counted]:
    """Occurrences under the rules that ask for nothing but a name."""
    wanted: dict[str, list[int]] = {}
    for number, rule in rules.items():
        if not _looks_at_properties(rule):
            for name in dict.fromkeys(rule.event_names):
                wanted.setdefault(name, []).append(number)
    if not wanted:
        return
    # One row per rule that knows a name, one column per name (from 1, as the statement numbers them); 0: none.
    table = np.zeros((max(map(len, wanted.values())), len(wanted) + 1), dtype=np.int64)
    for place, numbers in enumerate(wanted.values(), start=1):
        table[: len(numbers), place] = numbers
    bound = _bound(organisation_id, rules, span, list(wanted))
    for columns in queries.copy_columns(_statement("plain_events", bound), **bound):
        for definitions in table[:, columns["place"]]:
            known = definitions > 0
            yield _Counted(
                columns["instant"][known],
                DayRows(
                    columns["customer"][known],
                    definitions[known],
                    columns["occurrences"][known],
                    np.zeros(int(known.sum()), dtype=np.int64),
                ),
            )


def _by_properties(organisation_id: int, rules: Rules, span: EventSpan) -> Iterator[_Counted]:
    """Occurrences and values under the rules that look at properties."""
    looking = {number: rule for number, rule in rules.items() if _looks_at_properties(rule)}
    if not looking:
        return
    matcher = Matcher(looking)
    names = list(dict.fromkeys(name for rule in looking.values() for name in rule.event_names))
    bound = _bound(organisation_id, looking, span, names)
    for events in queries.stream(_statement("events_with_properties", bound), at_once=_READ_AT_ONCE, **bound):
        found = [
            (instant, customer, match.key, match.occurrences, match.value)
            for customer, instant, occurrences, name, properties in events
            for match in matcher.match(
                name=name, properties=msgspec.json.decode(properties), occurrences=occurrences
            ).matches
        ]
        if found:
            instants, *columns = (np.array(column, dtype=np.int64) for column in zip(*found, strict=True))
            yield _Counted(instants, DayRows(*columns))
