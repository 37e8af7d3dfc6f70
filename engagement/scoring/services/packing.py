"""Packing closed days: what does not change any more, or seldom, moves from rows into blocks."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from engagement.scoring import queries
from engagement.scoring.activity_blocks import DayRows, added_up, occurrences_by_definition, pack_day, unpack_day
from engagement.scoring.blocks import CHUNK_BITS
from tenants.models import Organisation
from tenants.scope import organisation_scope

Progress = Callable[[int, int], None]


def open_from(*, organisation: Organisation, now: datetime) -> date:
    """The first local day that stays open: today less the days that late events are waited for."""
    return organisation.today(now) - timedelta(days=organisation.late_days)


def pack_closed_days(*, organisation_id: int, now: datetime, progress: Progress | None = None) -> int:
    """Pack every closed day with open activity, each in a transaction of its own; returns how many days.

    What came late for a day that is packed already is merged into its blocks. Storing waits while one day is packed,
    a fraction of a second for a hundred thousand rows. Doing it again right away does nothing.
    """
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        first_open = open_from(organisation=organisation, now=now)
        days = [
            day for (day,) in queries.fetch("closed_open_days", organisation_id=organisation_id, open_from=first_open)
        ]
    for done, day in enumerate(days):
        with organisation_scope(organisation_id):
            queries.fetch("lock_counting", organisation_id=organisation_id)
            _pack_day(organisation_id=organisation_id, day=day, now=now)
        if progress is not None:
            progress(done + 1, len(days))
    return len(days)


def _pack_day(*, organisation_id: int, day: date, now: datetime) -> None:
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
    queries.run("delete_days", organisation_id=organisation_id, days=sorted(days))
    queries.run("delete_block_days", organisation_id=organisation_id, days=sorted(days))


def delete_definitions(*, organisation_id: int, definitions: Collection[int], now: datetime) -> None:
    """All activity counted under some definitions is gone, packed or not; the caller holds the counting lock."""
    queries.run("delete_definitions", organisation_id=organisation_id, definitions=sorted(definitions))
    keys = [str(definition) for definition in definitions]
    for day, chunk in queries.fetch("blocks_with_definitions", organisation_id=organisation_id, definitions=keys):
        bound: dict[str, Any] = {"organisation_id": organisation_id, "day": day}
        ((_, packed),) = queries.fetch_packed("day_blocks", chunks=[chunk], **bound)
        rows = unpack_day(packed, chunk=chunk)
        left = rows.where(~np.isin(rows.definitions, np.array(sorted(definitions), dtype=np.int64)))
        if len(left):
            _put(chunk=chunk, rows=left, now=now, **bound)
        else:
            queries.run("delete_day_block", chunk=chunk, **bound)


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
