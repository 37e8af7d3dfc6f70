"""What crosses the border when a client begins: names that arrived, what they are to count as, traits to group by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engagement.scoring.starting.guessing import Guess


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedName:
    """A name among the latest events: how often (occurrences), its first and last UTC day there, what it counts as.

    `counted_as` are the names of the actions whose rule takes it; `guess` is only there while no action does.
    """

    name: str
    times: int
    first_day: date
    last_day: date
    counted_as: tuple[str, ...]
    guess: Guess | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The most frequent names among the latest events. `is_all`: these were all events there are."""

    names: tuple[ArrivedName, ...]
    is_all: bool

    @property
    def unmapped(self) -> tuple[ArrivedName, ...]:
        return tuple(line for line in self.names if not line.counted_as)

    @property
    def last_day(self) -> date | None:
        return max((line.last_day for line in self.names), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What a person confirmed about one name of events: the action it counts as, by its name, and its channel."""

    event_name: str
    action: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitShare:
    """A trait with few values, which would make a set of segments; both counts are among the customers looked at."""

    name: str
    values: int
    known: int
    of: int
    segment_set: str  # the name of a set that one of its values is a segment of, "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedFrom:
    """The draft's weights beside those of an industry: by action, what it has and what it would have."""

    key: str
    name: str
    channel_name: str
    now: Decimal
    proposed: Decimal
