"""Whether an organisation's record is what was written: every link computed anew, the first broken one named.

What a chain can show: an entry changed, taken out, put in or moved. What only a hash kept elsewhere can show:
everything from some entry on written anew, the end included. So the end is printed and logged, and `expected` compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tenants.audit import genesis, link
from tenants.scope import organisation_scope
from tenants.statements import Statements

_sql = Statements(Path(__file__).parent.parent / "sql")
AT_ONCE: Final = 1_000  # entries in memory at a time; an entry is under a kilobyte as a rule
_BEFORE_ALL: Final = (-(2**63), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry as it lies in the table."""

    number: int
    at: datetime
    content: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends."""

    number: int
    hash: bytes


class Wrong(StrEnum):
    CHANGED = "changed"
    REHASHED = "rehashed"
    MOVED = "moved"
    MISSING = "missing"
    DOUBLED = "doubled"
    CUT_OFF = "cut_off"
    ADDED = "added"
    END_DIFFERS = "end_differs"
    END_MISSING = "end_missing"
    NOT_AS_NOTED = "not_as_noted"


@dataclass(frozen=True, slots=True)
class Break:
    """The first link that does not hold: the entry's number, what is wrong in a word, and in a sentence."""

    number: int
    wrong: Wrong
    text: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How far the chain holds: the entries up to there, the last of them, and the break where there is one."""

    entries: int
    end: End | None
    broken: Break | None = None


def verify_record(*, organisation_id: int, expected: Mapping[int, bytes] | None = None) -> Verified:
    """Walk the chain of one organisation, as of one moment, a batch at a time; called outside any scope.

    `expected` are hashes by number that were kept elsewhere.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with organisation_scope(organisation_id, write=False):
            found = _sql.fetch("record_end", organisation_id=organisation_id)
            return walk(
                organisation_id=organisation_id,
                entries=lambda: _entries(organisation_id),
                end=End(int(found[0][0]), bytes(found[0][1])) if found else None,
                expected=expected or {},
            )


def _entries(organisation_id: int) -> Iterator[Stored]:
    """All entries in the order of their numbers; two with one number come one after the other."""
    number, row_id = _BEFORE_ALL
    while True:
        rows = _sql.fetch("record_batch", organisation_id=organisation_id, number=number, id=row_id, rows=AT_ONCE)
        for number, row_id, at, content, digest in rows:  # noqa: B007  where the next batch begins
            yield Stored(int(number), at, content, bytes(digest))
        if len(rows) < AT_ONCE:
            return


def walk(
    *,
    organisation_id: int,
    entries: Callable[[], Iterable[Stored]],
    end: End | None,
    expected: Mapping[int, bytes],
) -> Verified:
    """Follow the links from the first entry to the end. `entries` may be asked for again: where something is wrong."""
    at = End(0, genesis(organisation_id))
    for entry in entries():
        broken = _number_problem(entry.number, after=at.number) or _hash_problem(organisation_id, entry, at, entries)
        if broken is None and expected.get(entry.number, entry.hash) != entry.hash:
            text = _("Its hash is another than the one that was kept: up to here the record was written anew.")
            broken = Break(entry.number, Wrong.NOT_AS_NOTED, text)
        if broken is not None:
            return Verified(at.number, at if at.number else None, broken)
        at = End(entry.number, entry.hash)
    return Verified(at.number, at if at.number else None, _end_problem(at, end=end, expected=expected))


def _number_problem(number: int, *, after: int) -> Break | None:
    if number == after + 1:
        return None
    if number == after:
        return Break(number, Wrong.DOUBLED, _("There are two entries with this number."))
    if number < after:
        return Break(number, Wrong.ADDED, _("Numbers begin with 1."))
    gone = number - after - 1
    text = (
        _("This entry is missing.")
        if gone == 1
        else _("Entries {after} to {number} are missing.").format(after=after + 1, number=number - 1)
    )
    return Break(after + 1, Wrong.MISSING, text)


def _hash_problem(
    organisation_id: int, entry: Stored, before: End, entries: Callable[[], Iterable[Stored]]
) -> Break | None:
    computed = _link(before.hash, entry, number=entry.number)
    if computed == entry.hash:
        return None
    place, following = _looked_up(organisation_id, entry, entries)
    if place is not None:
        return Break(entry.number, Wrong.MOVED, _("What stands here was entry {place}.").format(place=place))
    if following is not None and _link(computed, following, number=following.number) == following.hash:
        text = _("Its hash is not its own; content and time are what the next entry rests on.")
        return Break(entry.number, Wrong.REHASHED, text)
    return Break(entry.number, Wrong.CHANGED, _("Its content, its time or its hash is not what was written."))


def _looked_up(
    organisation_id: int, entry: Stored, entries: Callable[[], Iterable[Stored]]
) -> tuple[int | None, Stored | None]:
    """The number under which this entry's hash would be right, if there is one, and the entry after it.

    It rested on some hash: of the entry that stands before that place, or has itself been moved to it.
    """
    if _link(genesis(organisation_id), entry, number=1) == entry.hash:
        return 1, None
    following = None
    for other in entries():
        for place in (other.number + 1, other.number):
            if _link(other.hash, entry, number=place) == entry.hash:
                return place, None
        if following is None and other.number == entry.number + 1:
            following = other
    return None, following


def _link(before: bytes, entry: Stored, *, number: int) -> bytes:
    return link(before, number=number, at=entry.at, content=entry.content)


def _end_problem(at: End, *, end: End | None, expected: Mapping[int, bytes]) -> Break | None:
    """All entries hold; what is wrong with where they end, if anything is."""
    noted = max(expected, default=0)
    last = max(noted, end.number if end else 0)
    if last > at.number:
        text = _("The record goes on to entry {last}, and what comes after entry {number} was cut off.").format(
            last=last, number=at.number
        )
        return Break(at.number + 1, Wrong.CUT_OFF, text)
    if end is None:
        return (
            Break(at.number, Wrong.END_MISSING, _("Where the record ends is not kept any more.")) if at.number else None
        )
    if end.number < at.number:
        text = _("The record ends with entry {number}: what comes after it was not put there by an act.").format(
            number=end.number
        )
        return Break(end.number + 1, Wrong.ADDED, text)
    if end.hash != at.hash:
        text = _("The record ends with another hash: entries up to here were written anew, or the end was.")
        return Break(at.number, Wrong.END_DIFFERS, text)
    return None
