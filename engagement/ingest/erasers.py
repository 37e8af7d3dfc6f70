"""Who can make somebody vanish from what they keep: each step registers its erasers, and says which columns they free.

A test reads the database's own catalogue and fails for a column that could hold a customer's number, id or traits and
that no eraser names (tests/ingest/test_erasers.py): so whoever adds a table, a cache or a report adds its eraser here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engagement.ingest.services.customers import Identity


class NotYetError(Exception):
    """Something that began before the erasure is still under way: the eraser is called again a little later."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is erased: the numbers of everybody they are, the ids they came under, and their addresses, case folded."""

    organisation_id: int
    numbers: tuple[int, ...]
    ids: frozenset[Identity]
    emails: frozenset[str]
    erased_at: datetime


class Erase(Protocol):
    """Called outside any scope; works in short transactions, and may be called again. Returns what it took away."""

    def __call__(self, *, person: Person, now: datetime) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Eraser:
    """`columns` are "table.column": what it frees of the person."""

    name: str
    erase: Erase = field(compare=False)
    columns: frozenset[str] = frozenset()
    # Called when no other has to wait: what is made of what the others free (an export, a rejected row) names the
    # person until then.
    comes_last: bool = False


_registered: dict[str, Eraser] = {}


def register_eraser(eraser: Eraser) -> None:
    """Called when the app is ready; erasers are called in the order of registering. Doing it again changes nothing."""
    _registered[eraser.name] = eraser


def erasers() -> tuple[Eraser, ...]:
    return tuple(_registered.values())
