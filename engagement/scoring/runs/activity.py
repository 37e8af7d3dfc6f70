"""The activity a run counts: packed days and what has come since, of the customers of one chunk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.activity_blocks import DayRows, unpack_day
from engagement.scoring.blocks import CHUNK_BITS
from engagement.scoring.runs.merges import Merges


@dataclass(frozen=True, eq=False, slots=True)
class Activity:
    """Rows of activity in no particular order; five columns (n,). `days` are proleptic ordinals of local days.

    A customer, definition and day may stand in several rows, which add up.
    """

    numbers: NDArray[np.int64]
    definitions: NDArray[np.int64]
    days: NDArray[np.int64]
    occurrences: NDArray[np.int64]
    values: NDArray[np.int64]

    def where(self, keep: NDArray[np.bool_]) -> Activity:
        if keep.all():
            return self
        return Activity(
            self.numbers[keep], self.definitions[keep], self.days[keep], self.occurrences[keep], self.values[keep]
        )

    def counting_for(self, numbers: NDArray[np.int64]) -> Activity:
        """The same rows, counted for other customers."""
        return Activity(numbers, self.definitions, self.days, self.occurrences, self.values)


def chunk_activity(*, organisation_id: int, chunk: int, first: date, as_of: date, others: Merges) -> Activity:
    """All activity of a chunk's customers on the local days [first, as_of], every definition.

    `others` are customers merged into one of the chunk (Merges.into): the rows of those who lie in another chunk come
    too, under their own numbers. Each chunk they lie in is read for them. Raises BlockError for a damaged block.
    """
    parts = list(_days(organisation_id, chunk, first, as_of))
    elsewhere = others.numbers[others.numbers >> CHUNK_BITS != chunk]
    for other in np.unique(elsewhere >> CHUNK_BITS):
        found = _days(organisation_id, int(other), first, as_of)
        parts += [(day, rows.where(np.isin(rows.numbers, elsewhere))) for day, rows in found]
    return _together(parts)


def activity_of(*, organisation_id: int, numbers: Collection[int], first: date, as_of: date) -> Activity:
    """All activity of a few customers on the local days [first, as_of], under their own numbers, every definition.

    Each chunk they lie in is read whole, two statements a chunk; of a day only their rows are kept. Raises BlockError
    for a damaged block.
    """
    wanted = np.array(sorted(numbers), dtype=np.int64)
    parts = [
        (day, rows.where(np.isin(rows.numbers, wanted)))
        for chunk in np.unique(wanted >> CHUNK_BITS)
        for day, rows in _days(organisation_id, int(chunk), first, as_of)
    ]
    return _together(parts)


def first_kept_day(*, organisation_id: int) -> date | None:
    """The first local day with activity of anybody, packed or open; None without any."""
    packed, opened = (
        queries.fetch(name, organisation_id=organisation_id)[0][0] for name in ("first_activity_day", "first_open_day")
    )
    return min((day for day in (packed, opened) if day is not None), default=None)


def _days(organisation_id: int, chunk: int, first: date, as_of: date) -> Iterator[tuple[date, DayRows]]:
    bound = {"organisation_id": organisation_id, "first": first, "as_of": as_of}
    for day, packed in queries.fetch_packed("activity_blocks", chunk=chunk, **bound):
        yield day, unpack_day(packed, chunk=chunk)
    low, high = chunk << CHUNK_BITS, (chunk + 1) << CHUNK_BITS
    for day, *columns in queries.fetch_packed("open_activity", low=low, high=high, **bound):
        yield day, queries.day_rows(columns)


def _together(parts: list[tuple[date, DayRows]]) -> Activity:
    if not parts:
        empty = DayRows.empty()
        return Activity(empty.numbers, empty.definitions, empty.numbers, empty.occurrences, empty.values)
    lengths = [len(rows) for _, rows in parts]
    return Activity(
        np.concatenate([rows.numbers for _, rows in parts]),
        np.concatenate([rows.definitions for _, rows in parts]),
        np.repeat(np.array([day.toordinal() for day, _ in parts], dtype=np.int64), lengths),
        np.concatenate([rows.occurrences for _, rows in parts]),
        np.concatenate([rows.values for _, rows in parts]),
    )
