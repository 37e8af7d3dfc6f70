"""Which runs keep their packed results: every one for some days, then one a week, then one a month for ever."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

REPLACED_INTRADAY_DAYS: Final = 2  # the migration of intraday_to_thin says the same


@dataclass(frozen=True, slots=True)
class DatedRun:
    """A run that still has its packed results; `in_force`: it is the one that counts for its day.

    `intraday`: it was made while its day was running.
    """

    id: UUID
    as_of: date
    in_force: bool
    intraday: bool = False


def past_keep(
    *,
    runs: Sequence[DatedRun],
    today: date,
    keep_days: int,
    keep_weekly_days: int,
    needed: Collection[UUID] = (),
) -> tuple[UUID, ...]:
    """The runs whose packed results may go, the oldest day first.

    A run's age is that of the day it scores, today − as_of, whenever it was made. It stays whole
    - up to `keep_days` of age, both ends included, whether it is in force or was replaced; but one of a running day
      that was replaced only up to REPLACED_INTRADAY_DAYS, because there are many of them;
    - up to `keep_weekly_days`, if it is the last in force of its ISO week (Monday to Sunday);
    - for ever, if it is the last in force of its calendar month, or the last in force of all;
    - as long as it is `needed`.
    The last of a month stays from the beginning, so that it is still there when weeks are no longer kept.
    """
    in_force = sorted((run for run in runs if run.in_force), key=lambda run: run.as_of)
    weekly = _last_of_each([(_week(run.as_of), run) for run in in_force])
    kept = {*needed, *_last_of_each([((run.as_of.year, run.as_of.month), run) for run in in_force])}
    kept |= {in_force[-1].id} if in_force else set()
    return tuple(
        run.id
        for run in sorted(runs, key=lambda run: (run.as_of, run.id))
        if run.id not in kept
        and (age := (today - run.as_of).days) > _most_days(run, keep_days)
        and not (run.id in weekly and age <= keep_weekly_days)
    )


def _most_days(run: DatedRun, keep_days: int) -> int:
    return min(keep_days, REPLACED_INTRADAY_DAYS) if run.intraday and not run.in_force else keep_days


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _last_of_each(runs: Sequence[tuple[Hashable, DatedRun]]) -> set[UUID]:
    """The last run of each group; the runs come by day."""
    return set({group: run.id for group, run in runs}.values())
