"""What a look at the stored events of the last days says: by name, and by day, name and source. It counts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

LOOK_DAYS: Final = 90
NAMES_KEPT: Final = 500  # the most frequent; all others stand together
OTHERS: Final = ""
# Sources that are no write key: their names never look like the id of one.
FILES, UNKNOWN = "files", "unknown"
KIND_OF, BROUGHT_BY = "kind:", "connection:"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSeen:
    """One event name in the days looked at; `example` is the key of its latest event, (day, message id)."""

    name: str
    events: int
    customers: int
    first_at: datetime
    last_at: datetime
    example: tuple[date, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """Events of one name from one source on one local day; the name is OTHERS beyond the most frequent ones.

    `source` is the id of a write key, FILES, BROUGHT_BY and the id of a connection, KIND_OF and the kind of a request
    with neither, or UNKNOWN where the request is kept no more.
    """

    day: date
    name: str
    source: str
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All of it, as of one moment, for the local days [first, last]; `cut_*` are what came after the names kept."""

    looked_at: datetime
    first: date
    last: date
    names: tuple[NameSeen, ...]
    days: tuple[DayCount, ...]
    cut_names: int = 0
    cut_events: int = 0

    @property
    def events(self) -> int:
        return sum(one.events for one in self.names) + self.cut_events


def look_of(
    *,
    looked_at: datetime,
    first: date,
    last: date,
    names: Sequence[Sequence[Any]],
    days: Sequence[Sequence[Any]],
) -> Look:
    """The rows of look_names.sql and look_days.sql, put together."""
    seen = tuple(
        NameSeen(
            name=name, events=events, customers=customers, first_at=first_at, last_at=last_at, example=_key(example)
        )
        for name, events, customers, first_at, last_at, example in names
    )
    kept = {one.name for one in seen[:NAMES_KEPT]}
    sums: dict[tuple[date, str, str], int] = {}
    for day, name, events, *origin in days:
        source = _source(*origin)
        at = (day, name if name in kept else OTHERS, source)
        sums[at] = sums.get(at, 0) + events
    counts = tuple(
        DayCount(day=day, name=name, source=source, events=sums[day, name, source])
        for day, name, source in sorted(sums)
    )
    return Look(looked_at=looked_at, first=first, last=last, names=seen, days=counts)


def _source(key_id: object, kind: str | None, from_file: bool, connection_id: object) -> str:
    if from_file:
        return FILES
    if connection_id:
        return f"{BROUGHT_BY}{connection_id}"
    return str(key_id) if key_id else f"{KIND_OF}{kind}" if kind else UNKNOWN


def _key(text: str) -> tuple[date, str]:
    day, _, message_id = text.partition(" ")
    return date.fromisoformat(day), message_id


def to_json(look: Look) -> dict[str, object]:
    """As it is kept; of names beyond those that are kept by day only their number and events stay."""
    cut = look.names[NAMES_KEPT:]
    return {
        "cut": [look.cut_names + len(cut), look.cut_events + sum(one.events for one in cut)],
        "first": look.first.isoformat(),
        "last": look.last.isoformat(),
        "names": [
            [one.name, one.events, one.customers, one.first_at.isoformat(), one.last_at.isoformat(),
             one.example[0].isoformat(), one.example[1]]
            for one in look.names[:NAMES_KEPT]
        ],
        "days": [[one.day.isoformat(), one.name, one.source, one.events] for one in look.days],
    }  # fmt: skip


def from_json(content: Mapping[str, Any], *, looked_at: datetime) -> Look:
    """A kept look read again."""
    cut_names, cut_events = content.get("cut", (0, 0))  # looks of former releases did not say it
    return Look(
        cut_names=cut_names,
        cut_events=cut_events,
        looked_at=looked_at,
        first=date.fromisoformat(content["first"]),
        last=date.fromisoformat(content["last"]),
        names=tuple(
            NameSeen(
                name=name,
                events=events,
                customers=customers,
                first_at=datetime.fromisoformat(first_at),
                last_at=datetime.fromisoformat(last_at),
                example=(date.fromisoformat(day), message_id),
            )
            for name, events, customers, first_at, last_at, day, message_id in content["names"]
        ),
        days=tuple(
            DayCount(day=date.fromisoformat(day), name=name, source=source, events=events)
            for day, name, source, events in content["days"]
        ),
    )
