"""Which column means what: found by its header, whatever the case, spaces, underscores or the synonym."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.values import NAME_LIMIT, shown
from engagement.ingest.files.numbers import POINT, Numbers

EVENT_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "customer": ("customer_id", "customer", "user_id", "user", "client_id", "household_key", "email"),
        "event": ("event", "event_type", "event_name", "action", "action_type", "type"),
        "time": ("occurred_at", "timestamp", "datetime", "date_time", "time", "date", "day"),
        "id": ("event_id", "message_id", "id"),
        "count": ("count", "occurrences", "n"),
    }
)
"""Role to accepted names, the surest first; where two columns fit, the surer one counts, the other is a
property.
"""

CUSTOMER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"customer": (*EVENT_COLUMNS["customer"][:-1], "id", "email")}
)

_MANY = 20  # headers shown in an error message


@dataclass(frozen=True, slots=True)
class Columns:
    """`roles` gives the place (from 0) of each role found, `others` the name and place of the rest that is kept.

    `constants` are texts that stand for a role in every row.
    """

    count: int
    roles: Mapping[str, int]
    clock: int | None  # a column `time` that only completes a column `date` or `day`
    others: tuple[tuple[str, int], ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] | None = None  # of what rows say beyond the columns; None: all
    numbers: Numbers = POINT  # how texts in the cells write numbers


def find_columns(header: Sequence[str], *, names: Mapping[str, tuple[str, ...]], required: Sequence[str]) -> Columns:
    """The meaning of each column; raises InvalidInputError naming what is missing, what is there and what
    would do.

    A column without a name is left out. Two columns that differ in case, spaces or underscores only are
    refused.
    """
    titles = [title.strip() for title in header]
    roles, clock = find_roles(titles, names=names)
    for role in required:
        if role not in roles:
            raise missing_column(role, titles=titles, synonyms=names[role])
    used = {*roles.values(), clock}
    others = tuple((title, place) for place, title in enumerate(titles) if title and place not in used)
    return Columns(count=len(titles), roles=roles, clock=clock, others=others)


def find_roles(titles: Sequence[str], *, names: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, int], int | None]:
    """The place of each role whose column goes by one of its names, and that of a time of day beside its day."""
    places = places_of(titles)
    roles = {
        role: places[plain(name)]
        for role, synonyms in names.items()
        if (name := next((name for name in synonyms if plain(name) in places), None))
    }
    return roles, _split_time(places, roles) if "time" in roles else None


def places_of(titles: Sequence[str]) -> dict[str, int]:
    """The place of each column by its plain name; raises InvalidInputError for names that cannot be told apart."""
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        if "\0" in title or len(title) > NAME_LIMIT:
            raise InvalidInputError(f"The name of column {place + 1} is not usable. Write a short name without U+0000.")
        name = plain(title)
        if name in places:
            raise InvalidInputError(f"The column {shown(title)} is there twice. Rename or remove one of the two.")
        if name:
            places[name] = place
    return places


def _split_time(places: Mapping[str, int], roles: dict[str, int]) -> int | None:
    """A file with the columns `date` (or `day`) and `time` gives the time of day apart from the day."""
    day = places.get("date", places.get("day"))
    if day is None or roles["time"] != places.get("time"):
        return None
    roles["time"], clock = day, roles["time"]
    return clock


def plain(title: str) -> str:
    """The name of a column without what people write differently: case, spaces, underscores, dashes."""
    return "".join(mark for mark in title.casefold() if mark not in " _-\t")


def missing_column(role: str, *, titles: Sequence[str], synonyms: Sequence[str]) -> InvalidInputError:
    """The error for a role without a column: what is there, and what would do."""
    found = ", ".join(shown(title) for title in titles[:_MANY] if title) or "nothing"
    message = (
        f"The file has no column for the {role}. Its first line names {found}. "
        f"Name the column one of: {', '.join(synonyms)}."
    )
    return InvalidInputError(message, fields={role: [f"No column named {' or '.join(synonyms)}."]})
