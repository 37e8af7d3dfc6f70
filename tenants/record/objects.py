"""What an entry of the record is about, as it is called and found today: each step says so for its own kinds.

The record itself holds ids only; what is gone meanwhile keeps its id and has neither name nor link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tenants.actor import Reach
from tenants.permissions import Permission


@dataclass(frozen=True, slots=True)
class Found:
    """What an object is called today, and its page; "" where it has none."""

    name: str
    url: str = ""


Ids = Collection[str]
Finder = Callable[[str, Ids], Mapping[str, Found]]  # the organisation's slug and ids; those that exist, by id
_ROW_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER: Final = re.compile("[0-9]{1,9}")
_finders: dict[str, tuple[Finder, Permission]] = {}


def knows(kind: str, finder: Finder, *, page: Permission = Permission.VIEW) -> None:
    """Say how objects of a kind are found, and what their page asks for; saying it again changes nothing."""
    _finders[kind] = finder, page


def known_kinds() -> frozenset[str]:
    return frozenset(_finders)


def uuids(ids: Ids) -> list[UUID]:
    """Those that are ids of rows; an entry may hold anything."""
    return [UUID(text) for text in ids if _ROW_ID.fullmatch(text)]


def numbers(ids: Ids) -> list[int]:
    """Those that are numbers a column can hold."""
    return [int(text) for text in ids if _NUMBER.fullmatch(text)]


def find(*, reach: Reach, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Found]:
    """What each (kind, id) is called today, one question a kind; no link to a page that the reader may not open."""
    by_kind: dict[str, set[str]] = {}
    for kind, object_id in wanted:
        if kind in _finders and object_id:
            by_kind.setdefault(kind, set()).add(object_id)
    found: dict[tuple[str, str], Found] = {}
    for kind, ids in by_kind.items():
        finder, permission = _finders[kind]
        for object_id, one in finder(reach.slug, ids).items():
            found[kind, object_id] = one if reach.may(permission) else Found(one.name)
    return found
