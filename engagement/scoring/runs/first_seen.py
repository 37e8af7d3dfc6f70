"""In which month each customer was first seen: by the first day of activity that is kept, or by the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.activity_blocks import unpack_day
from engagement.scoring.blocks import unpack
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.cache import RunCache
from engagement.scoring.runs.rows import run_rows
from engagement.scoring.runs.store import packed_blocks

NEVER_SEEN: Final = np.iinfo(np.int64).max
_EPOCH: Final = date(1970, 1, 1).toordinal()
_EVERYBODY: Final = 2**62
_SPANS: Final = 8  # so many reads of packed days, however long the history


def first_months(run: ScoreRun, *, numbers: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Months since January 1970 in which these customers were first seen, (n,); NEVER_SEEN up to the run's day.

    The earlier of two: the first local day up to the run's day on which they, or whoever was merged with them by then,
    did something that is kept, and the local month in which their record began, where that was before the window's end.
    Reads every packed day once, a dozen queries in all, and keeps what it found for this run in the process; `numbers`
    are of the run.
    """
    kept = CACHE.of(run, lambda: _Months(zone, _first_months(run, zone=zone)))
    months = kept.months if kept.zone == zone else _first_months(run, zone=zone)
    found: NDArray[np.int64] = months[numbers]
    return found


@dataclass(frozen=True, eq=False, slots=True)
class _Months:
    """By customer number, for one time zone."""

    zone: str
    months: NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        return int(self.months.nbytes)


CACHE: Final[RunCache[_Months]] = RunCache(lambda: int(settings.ROWS_CACHE_BYTES))


def _first_months(run: ScoreRun, *, zone: str) -> NDArray[np.int64]:
    merged, roots = _merged(run)
    size = max(int(run_rows(run).numbers.max(initial=0)), int(merged.max(initial=0))) + 1
    days = np.full(size, NEVER_SEEN, dtype=np.int64)
    for day, seen in _seen(run):
        here = seen[seen < size]
        days[here] = np.minimum(days[here], day.toordinal() - _EPOCH)
    known = roots < size
    np.minimum.at(days, roots[known], days[merged[known]])
    months = np.where(days == NEVER_SEEN, NEVER_SEEN, _month_of(np.where(days == NEVER_SEEN, 0, days)))
    bound = {"organisation_id": run.organisation_id, "zone": zone, "before": run.window_to}
    for first, packed in queries.fetch_packed("customers_by_month", **bound):
        here = queries.wide_array(packed)
        here = here[here < size]
        months[here] = np.minimum(months[here], (first.year - 1970) * 12 + first.month - 1)
    return months


def _merged(run: ScoreRun) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who counted for somebody else in the run, and for whom."""
    none = np.zeros(0, dtype=np.int64)
    found = [unpack(packed) for _, packed in packed_blocks(table="identity", run=run)]
    columns = [np.concatenate([none, *(column[at].astype(np.int64) for column in found)]) for at in (0, 1)]
    return columns[0], columns[1]


def _month_of(days: NDArray[np.int64]) -> NDArray[np.int64]:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _seen(run: ScoreRun) -> Iterator[tuple[date, NDArray[np.int64]]]:
    """Day by day, in no order, who did something up to the run's day."""
    organisation_id = run.organisation_id
    first = queries.fetch("first_activity_day", organisation_id=organisation_id)[0][0]
    if first is not None:
        for low, high in _spans(first, run.as_of):
            rows = queries.fetch_packed("blocks_between", organisation_id=organisation_id, first=low, last=high)
            for day, chunk, _, _, packed in rows:
                yield day, unpack_day(packed, chunk=chunk).numbers
    bound = {"organisation_id": organisation_id, "first": date(2000, 1, 1), "as_of": run.as_of}
    for day, *columns in queries.fetch_packed("open_activity", low=0, high=_EVERYBODY, **bound):
        yield day, queries.day_rows(columns).numbers


def _spans(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The days [first, last] in a few pieces, so that not all of them are in memory at once."""
    step = max(1, -(-((last - first).days + 1) // _SPANS))
    while first <= last:
        end = min(first + timedelta(days=step - 1), last)
        yield first, end
        first = end + timedelta(days=1)
