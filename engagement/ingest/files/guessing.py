"""What the columns of a file most likely are: by their names, then by what stands in the first rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from engagement.ingest.contracts import instants
from engagement.ingest.files.cells import shown_text
from engagement.ingest.files.columns import find_roles
from engagement.ingest.files.days import in_iso_order
from engagement.ingest.files.kinds import kind_of
from engagement.ingest.files.mappings import CLOCK, Mapping
from engagement.ingest.files.numbers import ROLES

_PERSON: Final = re.compile(r"cust|user|client|kunde|member|person|contact|distinct_id", re.IGNORECASE)
# The whole name, for “transaction” and “event location” are something else.
_DOING: Final = re.compile(r"(?:activity|aktion|aktivität|ereignis|vorgang|what|was)", re.IGNORECASE)
_MOMENT: Final = re.compile(r"time|date|when|datum|zeit|_ts$|_at$", re.IGNORECASE)
_MILLISECONDS: Final = re.compile(r"[0-9]{12,13}")
_ID: Final = re.compile(r"[\w.@+:-]{1,200}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def guess_mapping(kind: str, columns: Sequence[str], sample_rows: Sequence[Sequence[object]]) -> Mapping:
    """What the columns most likely are; roles that nothing speaks for are left out, and nothing is refused for that.

    `sample_rows` are the cells of the first rows. Raises InvalidInputError where names of columns cannot be told apart.
    """
    found = kind_of(kind)
    places, clock = find_roles(columns, names=found.columns)
    roles = {role: columns[place] for role, place in places.items()}
    if clock is not None:
        roles[CLOCK] = columns[clock]
    free = [place for place, title in enumerate(columns) if title and title not in roles.values()]
    if "time" in found.columns and "time" not in roles:
        _add(roles, "time", columns, _time_place(columns, free, sample_rows))
    if "customer" not in roles:
        free = [place for place in free if columns[place] not in roles.values()]
        _add(roles, "customer", columns, _customer_place(columns, free, sample_rows))
    if "event" in found.columns and "event" not in roles:
        free = [place for place in free if columns[place] not in roles.values()]
        named = [place for place in free if _DOING.fullmatch(columns[place].strip())]
        _add(roles, "event", columns, _looking_like(_is_name, named, sample_rows))
    return Mapping(roles=roles)


def places_of_numbers(kind: str, mapping: Mapping, columns: Sequence[str]) -> list[int]:
    """The places of the columns in which this kind of file reads numbers, as the mapping says what they are."""
    found = kind_of(kind)
    named = {name: role for role, name in mapping.roles.items()}
    kept = (columns if mapping.kept is None else mapping.kept) if found.has_properties else ()
    return [
        place
        for place, name in enumerate(columns)
        if name and (named[name] in ROLES if name in named else name in kept)
    ]


def _add(roles: dict[str, str], role: str, columns: Sequence[str], place: int | None) -> None:
    if place is not None:
        roles[role] = columns[place]


def _time_place(columns: Sequence[str], free: Sequence[int], rows: Sequence[Sequence[object]]) -> int | None:
    """A column of days or times, else one of milliseconds whose name speaks of time: other numbers look like them."""
    named = [place for place in free if _MOMENT.search(columns[place])]
    found = _looking_like(_is_time, free, rows)
    return _looking_like(_is_milliseconds, named, rows) if found is None else found


def _customer_place(columns: Sequence[str], free: Sequence[int], rows: Sequence[Sequence[object]]) -> int | None:
    """A column of e-mail addresses, else one whose name speaks of a person and whose cells could be ids."""
    named = [place for place in free if _PERSON.search(columns[place])]
    found = _looking_like(_is_email, free, rows)
    return _looking_like(_is_id, named, rows) if found is None else found


def _looking_like(judge: Callable[[str], bool], places: Sequence[int], rows: Sequence[Sequence[object]]) -> int | None:
    """The first of some columns whose filled cells all look so, of which there is one at least."""
    for place in places:
        texts = [text for row in rows if place < len(row) and (text := shown_text(row[place]))]
        if texts and all(map(judge, texts)):
            return place
    return None


def _is_time(text: str) -> bool:
    try:
        instants.moment_of(in_iso_order(text))
    except ValueError:
        return False
    return True


def _is_name(text: str) -> bool:
    """A name of events has a letter in it: what has none is a number or a time."""
    return any(mark.isalpha() for mark in text)


def _is_milliseconds(text: str) -> bool:
    return _MILLISECONDS.fullmatch(text) is not None


def _is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None
