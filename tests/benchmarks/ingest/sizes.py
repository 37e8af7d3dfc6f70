"""How much is sent: a minute's worth by default, more with SIZE=full, or NAME=value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tests.benchmarks.sizes import ArgumentError

PARTS: Final = ("worker", "http")


@dataclass(frozen=True, slots=True)
class Size:
    """`events` a round for the worker and for requests of 1,000; a quarter of them for requests of 100."""

    name: str
    events: int
    customers: int
    rounds: int
    clients: int = 4  # connections that send at once
    seed: int = 1
    only: tuple[str, ...] = PARTS


_SIZES: Final = {
    "small": Size("small", events=40_000, customers=5_000, rounds=3),
    "full": Size("full", events=400_000, customers=100_000, rounds=5),
}
_NUMBERS: Final = ("events", "customers", "rounds", "clients", "seed")


def read_size(*, arguments: Sequence[str], environment: Mapping[str, str]) -> Size:
    """The size that NAME=value arguments ask for, or variables of those names; arguments win. Raises ArgumentError."""
    known = {"SIZE", "ONLY", *(name.upper() for name in _NUMBERS)}
    given = {name: environment[name] for name in known if environment.get(name)}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or name not in known:
            raise ArgumentError(f"“{argument}” is not one of {', '.join(sorted(known))} with =value.")
        given[name] = value
    if given.get("SIZE", "small") not in _SIZES:
        raise ArgumentError(f"SIZE is {' or '.join(_SIZES)}, not “{given['SIZE']}”.")
    size = _SIZES[given.get("SIZE", "small")]
    changes = {name: _number(name, given[name.upper()]) for name in _NUMBERS if name.upper() in given}
    if changes:
        size = replace(size, name="other", **changes)  # type: ignore[arg-type]
    return replace(size, only=_only(given["ONLY"])) if "ONLY" in given else size


def _number(name: str, text: str) -> int:
    least = 1_000 if name == "events" else 1
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ArgumentError(f"{name.upper()} is a whole number from {least}, not “{text}”.")
    return int(text)


def _only(text: str) -> tuple[str, ...]:
    wanted = {name.strip() for name in text.split(",")}
    if not wanted <= set(PARTS):
        raise ArgumentError(f"ONLY names some of {', '.join(PARTS)}, not “{text}”.")
    return tuple(name for name in PARTS if name in wanted)
