"""Packing closed days: what does not change any more, or seldom, moves from rows into blocks."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.activity_blocks import DayRows, added_up, occurrences_by_definition, pack_day, unpack_day
from engagement.scoring.blocks import CHUNK_BITS
from engagement.scoring.models import ActivityState
from engagement.scoring.services.touching import touch_chunks, touch_every_chunk
from tenants.models import Organisation
from tenants.scope import organisation_scope

Progress = Callable[[int, int], None]

WORTH_PACKING: Final = 7  # days; the night packs what a day or two brings


def open_from(*, organisation: Organisation, now: datetime) -> date:
    """The first local day that stays open: today less the days that late events are waited for."""
    return organisation.today(now) - timedelta(days=organisation.late_days)


def pack_closed_days(
    *, organisation_id: int, now: datetime, in_background: bool = False, progress: Progress | None = None
) -> int:
    """Pack every closed day with open activity, each in a transaction of its own; returns how many days.

    What came late for a day that is packed already is merged into its blocks. Storing waits while one day is packed,
    a fraction of a second for a hundred thousand rows. Doing it again right away does nothing. In the background it
    leaves off where somebody else packs or rolls up.
    """
    days = _unpacked_days(organisation_id=organisation_id, now=now)
    for done, day in enumerate(days):
        with organisation_scope(organisation_id):
            if not lock_counting(organisation_id=organisation_id, in_background=in_background):
                return done
            pack_open_day(organisation_id=organisation_id, day=day, now=now)
        if progress is not None:
            progress(done + 1, len(days))
    _note_packed(organisation_id=organisation_id, now=now)
    return len(days)


def pack_before_run(*, organisation_id: int, now: datetime) -> int:
    """Pack first where a run would otherwise read many days row by row: after an import, say; returns how many days."""
    days = _unpacked_days(organisation_id=organisation_id, now=now)
    return pack_closed_days(organisation_id=organisation_id, now=now) if len(days) > WORTH_PACKING else 0


def lock_counting(*, organisation_id: int, in_background: bool = False) -> bool:
    """Hold the counting lock until the transaction ends: nothing is stored meanwhile.

    In the background only one works for an organisation at a time: False, and no lock, where somebody else does.
    """
    if in_background:
        ((is_alone,),) = queries.fetch("try_upkeep", organisation_id=organisation_id)
        if not is_alone:
            return False
    queries.fetch("lock_counting", organisation_id=organisation_id)
    return True


def _unpacked_days(*, organisation_id: int, now: datetime) -> list[date]:
    with organisation_scope(organisation_id, write=False):
        organisation = Organisation.objects.get(pk=organisation_id)
        found = queries.fetch(
            "closed_open_days", organisation_id=organisation_id, open_from=open_from(organisation=organisation, now=now)
        )
    return [day for (day,) in found]


def _note_packed(*, organisation_id: int, now: datetime) -> None:
    """By the real calendar: the day of a sample stands still, and its late events wait for no other."""
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        today = now.astimezone(organisation.zone).date()
        ActivityState.objects.update_or_create(organisation_id=organisation_id, defaults={"packed_on": today})


def pack_open_day(*, organisation_id: int, day: date, now: datetime) -> None:
    """Move what is open of one local day into its blocks; the caller holds the counting lock."""
    taken = queries.fetch_packed("take_open_day", organisation_id=organisation_id, day=day)
    if taken:
        put_rows(organisation_id=organisation_id, day=day, rows=queries.day_rows(taken[0]), now=now)


def put_rows(*, organisation_id: int, day: date, rows: DayRows, now: datetime) -> None:
    """Merge rows of one day into its blocks, in the transaction at hand; the caller holds the counting lock."""
    of_row = rows.numbers >> CHUNK_BITS
    chunks = [int(chunk) for chunk in np.unique(of_row)]
    bound: dict[str, Any] = {"organisation_id": organisation_id, "day": day}
    there = {
        chunk: unpack_day(packed, chunk=chunk)
        for chunk, packed in queries.fetch_packed("day_blocks", chunks=chunks, **bound)
    }
    for chunk in chunks:
        parts = [rows.where(of_row == chunk), *([there[chunk]] if chunk in there else [])]
        whole = added_up(parts)
        _put(chunk=chunk, rows=whole, now=now, **bound)


def delete_days(*, organisation_id: int, days: Collection[date]) -> None:
    """All activity of some local days, packed or not, is gone; the caller holds the counting lock."""
    touch_every_chunk(organisation_id=organisation_id)
    queries.run("delete_days", organisation_id=organisation_id, days=sorted(days))
    queries.run("delete_block_days", organisation_id=organisation_id, days=sorted(days))


def delete_since(*, organisation_id: int, first: date) -> None:
    """All activity of a local day and every later one is gone; the caller holds the counting lock."""
    touch_every_chunk(organisation_id=organisation_id)
    queries.run("delete_open_since", organisation_id=organisation_id, first=first)
    queries.run("delete_blocks_since", organisation_id=organisation_id, first=first)


def delete_definitions(*, organisation_id: int, definitions: Collection[int], first: date, now: datetime) -> None:
    """All activity counted under some definitions on a local day and later is gone; the caller holds the lock."""
    since: dict[str, Any] = {"organisation_id": organisation_id, "first": first}
    touch_every_chunk(organisation_id=organisation_id)
    queries.run("delete_definitions", definitions=sorted(definitions), **since)
    keys = [str(definition) for definition in definitions]
    gone = np.array(sorted(definitions), dtype=np.int64)
    for day, chunk in queries.fetch("blocks_with_definitions", definitions=keys, **since):
        rewrite_block(
            organisation_id=organisation_id,
            day=day,
            chunk=chunk,
            keep=lambda rows: ~np.isin(rows.definitions, gone),
            now=now,
        )


def rewrite_block(
    *, organisation_id: int, day: date, chunk: int, keep: Callable[[DayRows], NDArray[np.bool_]], now: datetime
) -> bool:
    """Leave only some rows in a block; True if any went. Without rows it goes too. The caller holds the lock."""
    bound: dict[str, Any] = {"organisation_id": organisation_id, "day": day}
    found = queries.fetch_packed("day_blocks", chunks=[chunk], **bound)
    if not found:
        return False
    rows = unpack_day(found[0][1], chunk=chunk)
    left = rows.where(keep(rows))
    if len(left) == len(rows):
        return False
    touch_chunks(organisation_id=organisation_id, chunks=[chunk])
    if len(left):
        _put(chunk=chunk, rows=left, now=now, **bound)
    else:
        queries.run("delete_day_block", chunk=chunk, **bound)
    return True


def _put(*, organisation_id: int, day: date, chunk: int, rows: DayRows, now: datetime) -> None:
    queries.run(
        "put_day_block",
        organisation_id=organisation_id,
        day=day,
        chunk=chunk,
        n_rows=len(rows),
        now=now,
        totals=json.dumps(occurrences_by_definition(rows)),
        packed=pack_day(rows),
    )
