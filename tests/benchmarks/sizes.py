"""How large a benchmark is: the small one of every build, the full one, or one of your own by NAME=value."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

FIGURES: Final = ("run", "storage", "history", "tenants", "preview", "memory")
# With ONLY=… alone: a profile slows down what it watches, and the clients of other figures are copies of one, with its
# ids, which a portfolio over all of them would join with each other. Works and pages look at the same client.
_ASKED_FOR: Final = (*FIGURES, "works", "pages", "profile")
_LARGEST_HISTORY_CUSTOMERS: Final = 200_000  # four times their history are as many events as the whole full size
_MOST_ACTIONS: Final = 40
_LEAST_SEGMENTS: Final = 14


@dataclass(frozen=True, slots=True)
class Size:
    """The arguments; `events` fall into `days` days, of which a run looks at the last 90."""

    name: str
    customers: int
    events: int
    days: int
    organisations: int
    rounds: int
    actions: int = 12
    segments: int = 40
    seed: int = 1
    workers: int = os.cpu_count() or 1
    only: tuple[str, ...] = FIGURES

    @property
    def history_customers(self) -> int:
        """Customers of the organisations whose history grows: a fifth."""
        return min(_LARGEST_HISTORY_CUSTOMERS, max(self.customers // 5, 1))

    @property
    def history_events(self) -> int:
        """Their events in one stretch of `days` days: as many for each customer as the whole has."""
        return self.events * self.history_customers // self.customers


SMALL: Final = Size("small", customers=10_000, events=200_000, days=180, organisations=20, rounds=3)
FULL: Final = Size("full", customers=1_000_000, events=20_000_000, days=180, organisations=1_000, rounds=3)
_SIZES: Final = {size.name: size for size in (SMALL, FULL)}
_NUMBERS: Final = tuple(field.name for field in fields(Size) if field.type == "int")


class ArgumentError(ValueError):
    """An argument cannot be used; the message says which, and what can."""


def read_size(*, arguments: Sequence[str], environment: Mapping[str, str]) -> Size:
    """The size that NAME=value arguments ask for, or variables of the same names; arguments win.

    SIZE=small|full is where it starts; CUSTOMERS, EVENTS, DAYS, ORGANISATIONS, ROUNDS, ACTIONS, SEGMENTS, SEED, WORKERS
    change a number, ONLY=run,preview leaves figures out. Raises ArgumentError.
    """
    known = {"SIZE", "ONLY", *(name.upper() for name in _NUMBERS)}
    given = {name: environment[name] for name in known if environment.get(name)}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or name not in known:
            raise ArgumentError(f"“{argument}” is not one of {', '.join(sorted(known))} with =value.")
        given[name] = value
    size = _SIZES.get(given.get("SIZE", SMALL.name))
    if size is None:
        raise ArgumentError(f"SIZE is {' or '.join(_SIZES)}, not “{given['SIZE']}”.")
    changes: dict[str, Any] = {name: _number(name, given[name.upper()]) for name in _NUMBERS if name.upper() in given}
    if "ONLY" in given:
        changes["only"] = _only(given["ONLY"])
    if any(getattr(size, name) != value for name, value in changes.items() if name != "seed"):
        changes["name"] = "other"
    return _checked(replace(size, **changes))


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentError(f"{name.upper()} is a whole number from 1, not “{text}”.")
    return int(text)


def _only(text: str) -> tuple[str, ...]:
    wanted = {name.strip() for name in text.split(",")}
    if not wanted <= set(_ASKED_FOR):
        raise ArgumentError(f"ONLY names some of {', '.join(_ASKED_FOR)}, not “{text}”.")
    return tuple(name for name in _ASKED_FOR if name in wanted)


def _checked(size: Size) -> Size:
    if size.organisations > size.customers:
        raise ArgumentError("There are at least as many CUSTOMERS as ORGANISATIONS.")
    if size.actions > _MOST_ACTIONS:
        raise ArgumentError(f"ACTIONS is at most {_MOST_ACTIONS}.")
    if size.segments < _LEAST_SEGMENTS:
        raise ArgumentError(f"SEGMENTS is at least {_LEAST_SEGMENTS}: everybody and two partitions.")
    return size
