"""Which runs keep their packed results: the rule against a naive reading of it, day by day."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.runs.keeping import DatedRun, past_keep

TODAY = date(2026, 3, 2)


def _runs(drawn: list[tuple[int, bool]]) -> list[DatedRun]:
    """Runs by age; at most one in force a day."""
    taken: set[int] = set()
    runs = []
    for number, (age, wanted) in enumerate(drawn):
        runs.append(DatedRun(UUID(int=number), TODAY - timedelta(days=age), wanted and age not in taken))
        taken |= {age} if wanted else set()
    return runs


calendars = st.lists(st.tuples(st.integers(0, 1_100), st.booleans()), max_size=120).map(_runs)


def _is_kept(run: DatedRun, runs: list[DatedRun], keep: int, weekly: int, needed: set[UUID]) -> bool:
    """The rule as a person would read it out, one run at a time."""
    if run.id in needed or run.as_of >= TODAY - timedelta(days=keep):
        return True
    if not run.in_force:
        return False
    later = [other.as_of for other in runs if other.in_force and other.as_of > run.as_of]
    if not later:
        return True
    sunday = run.as_of + timedelta(days=7 - run.as_of.isoweekday())
    is_last_of_week = not any(day <= sunday for day in later)
    is_last_of_month = not any((day.year, day.month) == (run.as_of.year, run.as_of.month) for day in later)
    return is_last_of_month or (is_last_of_week and run.as_of >= TODAY - timedelta(days=weekly))


@given(runs=calendars, keep=st.integers(7, 200), weekly=st.integers(7, 800), data=st.data())
def test_the_rule_is_what_it_reads_like(runs: list[DatedRun], keep: int, weekly: int, data: st.DataObject) -> None:
    needed = {run.id for run in runs if data.draw(st.booleans())} if len(runs) < 8 else set()
    gone = past_keep(runs=runs, today=TODAY, keep_days=keep, keep_weekly_days=weekly, needed=needed)
    assert set(gone) == {run.id for run in runs if not _is_kept(run, runs, keep, weekly, needed)}
    days = {run.id: run.as_of for run in runs}
    assert [days[run_id] for run_id in gone] == sorted(days[run_id] for run_id in gone)


@given(runs=calendars, keep=st.integers(7, 200), weekly=st.integers(7, 800), later=st.integers(0, 400))
def test_thinning_again_does_nothing_and_thinning_early_loses_nothing(
    runs: list[DatedRun], keep: int, weekly: int, later: int
) -> None:
    """What is kept today stays so today; thinning every night ends where thinning once does."""

    def left(of: list[DatedRun], today: date) -> list[DatedRun]:
        gone = set(past_keep(runs=of, today=today, keep_days=keep, keep_weekly_days=weekly))
        return [run for run in of if run.id not in gone]

    once = left(runs, TODAY)
    assert left(once, TODAY) == once
    day = TODAY + timedelta(days=later)
    assert left(once, day) == left(runs, day)


def _kept_days(ages: dict[int, bool], *, keep: int = 90, weekly: int = 730) -> set[int]:
    runs = [
        DatedRun(UUID(int=number), TODAY - timedelta(days=age), in_force)
        for number, (age, in_force) in enumerate(ages.items())
    ]
    gone = set(past_keep(runs=runs, today=TODAY, keep_days=keep, keep_weekly_days=weekly))
    return {(TODAY - run.as_of).days for run in runs if run.id not in gone}


def test_nightly_runs_over_three_years() -> None:
    """All of 90 days, then Sundays and ends of months, then ends of months."""
    kept = {TODAY - timedelta(days=age) for age in _kept_days(dict.fromkeys(range(1, 1_100), True))}
    ends = {day for day in kept if (day + timedelta(days=1)).day == 1}
    assert len([day for day in kept if (TODAY - day).days <= 90]) == 90
    weekly = {day for day in kept if 90 < (TODAY - day).days <= 730} - ends
    assert {day.isoweekday() for day in weekly} == {7}
    assert len(weekly | {day for day in ends if day.isoweekday() == 7 and 90 < (TODAY - day).days <= 730}) == 92
    assert {day for day in kept if (TODAY - day).days > 730} == {day for day in ends if (TODAY - day).days > 730}
    assert len(ends) == 37


def test_the_last_of_a_month_outlives_the_last_of_its_week() -> None:
    """31 January 2024, a Wednesday, is kept for ever, and so is kept beside the Sundays while those are."""
    wednesday, sunday = (TODAY - date(2024, 1, 31)).days, (TODAY - date(2024, 2, 4)).days
    month_end = (TODAY - date(2024, 2, 29)).days
    ages = dict.fromkeys((1, wednesday, sunday, month_end), True)
    assert _kept_days(ages) == {1, wednesday, month_end}
    assert _kept_days(ages, weekly=1_000) == {1, wednesday, sunday, month_end}


def test_a_replaced_run_stays_for_as_long_as_all_do() -> None:
    assert _kept_days({90: False, 91: False, 1: True}) == {90, 1}


def test_the_latest_scored_day_stays_however_old_it_is() -> None:
    assert _kept_days({3_000: True}, keep=7, weekly=7) == {3_000}
