"""Who belongs to a segment in a run, and who joined and left between two: numbers, picked from packed memberships."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.ingest.models import Customer
from engagement.scoring.models import RunPointer, ScoreRun
from engagement.scoring.runs.rows import run_rows
from tenants.models import Organisation

Numbers = NDArray[np.int64]
PAGE_IDS: Final = 1_000
"""So many customers one message names at most: some 40 KB of ids."""


def knows(*, run: ScoreRun, key: str) -> bool:
    """True if the run says who belongs to the segment: it knew it, and is not kept as sums only."""
    return run.thinned_at is None and any(segment["key"] == key for segment in run.uses["segments"])


def latest_finished(*, organisation: Organisation, now: datetime) -> ScoreRun | None:
    """The run in force of the latest day that is over; one that was made while its day ran does not count."""
    found = RunPointer.objects.filter(as_of__lt=organisation.today(now)).exclude(run__cause=ScoreRun.Cause.INTRADAY)
    pointer = found.select_related("run").order_by("-as_of").first()
    return None if pointer is None else pointer.run


def members(*, run: ScoreRun, key: str) -> Numbers:
    """Numbers of a segment's members, ascending; erased customers are in no run any more. ValueError: see `knows`."""
    rows = run_rows(run, segment_keys=[key])
    found: Numbers = rows.numbers[rows.masks[key]]
    return found


def moved(*, run: ScoreRun, since: ScoreRun | None, key: str) -> tuple[Numbers, Numbers]:
    """(joined, left): members of the run and not of `since`, and the other way about; without it everybody joined."""
    now = members(run=run, key=key)
    if since is None:
        return now, np.zeros(0, dtype=np.int64)
    before = members(run=since, key=key)
    return np.setdiff1d(now, before, assume_unique=True), np.setdiff1d(before, now, assume_unique=True)


def between(*, numbers: Numbers, after: int, until: int) -> list[int]:
    """The numbers in (after, until], ascending."""
    picked = numbers[(numbers > after) & (numbers <= until)]
    return [int(number) for number in picked]


def ids_of(*, numbers: list[int]) -> list[str]:
    """The organisation's own ids, in the order of the numbers; who was erased has none and is left out."""
    names = dict(Customer.objects.filter(number__in=numbers).values_list("number", "external_id"))
    return [names[number] for number in numbers if number in names]
