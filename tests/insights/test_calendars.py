"""Weeks, months and quarters against a plain walk over the days."""

from __future__ import annotations

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.insights import calendars
from engagement.insights.calendars import (
    By,
    ends_before,
    is_end,
    is_finished,
    last_finished,
    missing_ends,
    period_end,
    period_label,
    period_mark,
    period_name,
    period_start,
    previous_end,
)

ONE = timedelta(days=1)
days = st.dates(date(2000, 1, 1), date(2040, 12, 31))
kinds = st.sampled_from(By)


def _same(first: date, second: date, by: By) -> bool:
    """Whether two days lie in one period, said without any arithmetic on days."""
    if by is By.WEEK:
        return first.isocalendar()[:2] == second.isocalendar()[:2]
    if first.year != second.year:
        return False
    parts = {By.MONTH: [[n] for n in range(1, 13)], By.QUARTER: [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]}[by]
    return any(first.month in part and second.month in part for part in parts)


@given(day=days, by=kinds)
def test_a_period_is_all_its_days_and_no_other(day: date, by: By) -> None:
    start, end = period_start(day, by=by), period_end(day, by=by)
    assert start <= day <= end
    assert all(_same(day, start + ONE * n, by) for n in range((end - start).days + 1))
    assert not _same(day, start - ONE, by)
    assert not _same(day, end + ONE, by)
    assert previous_end(day, by=by) == start - ONE
    assert is_end(day, by=by) == (day == end)


@given(day=days, by=kinds, count=st.integers(1, 30))
def test_ends_follow_each_other_without_a_gap(day: date, by: By, count: int) -> None:
    ends = ends_before(day, by=by, count=count)
    assert len(ends) == count
    assert ends[-1] <= day < period_end(ends[-1] + ONE, by=by) or ends[-1] == day
    assert all(is_end(end, by=by) for end in ends)
    assert [period_end(end + ONE, by=by) for end in ends[:-1]] == ends[1:]


@given(day=days, by=kinds, ago=st.integers(-40, 400))
def test_only_what_is_over_is_finished(day: date, by: By, ago: int) -> None:
    today = day + timedelta(days=ago)
    assert is_finished(day, today=today, by=by) == (ago > 0 and not _same(day, day + ONE, by))
    end = last_finished(day, today=today, by=by)
    if ago >= 0:
        assert is_finished(end, today=today, by=by)
        assert not any(is_end(end + ONE * n, by=by) for n in range(1, (day - end).days + (day < today)))


@given(drawn=st.sets(st.integers(0, 400), max_size=8), by=kinds)
def test_missing_ends_are_the_ends_between(drawn: set[int], by: By) -> None:
    known = {date(2024, 1, 1) + timedelta(days=n) for n in drawn}
    between = [min(known) + ONE * n for n in range((max(known) - min(known)).days + 1)] if known else []
    assert missing_ends(known, by=by) == tuple(day for day in between if is_end(day, by=by) and day not in known)


@pytest.mark.parametrize(
    ("day", "by", "said"),
    [
        (date(2017, 12, 31), By.WEEK, ("Week to 31 December 2017", "Week to 31 Dec 2017", "31 Dec")),
        (date(2017, 12, 31), By.MONTH, ("December 2017", "Dec 2017", "Dec")),
        (date(2017, 12, 31), By.QUARTER, ("Q4 2017", "Q4 2017", "Q4")),
        (date(2018, 3, 31), By.QUARTER, ("Q1 2018", "Q1 2018", "Q1")),
        (date(2018, 1, 3), By.WEEK, ("Week to 7 January 2018", "Week to 7 Jan 2018", "3 Jan")),
        (date(2018, 1, 3), By.QUARTER, ("Q1 2018", "Q1 2018", "Q1")),
    ],
)
def test_names(day: date, by: By, said: tuple[str, str, str]) -> None:
    assert (period_name(day, by=by), period_label(day, by=by), period_mark(day, by=by)) == said


def test_weeks_over_the_turn_of_the_year() -> None:
    """1 January 2021 is a Friday of the last week of 2020."""
    assert period_end(date(2021, 1, 1), by=By.WEEK) == date(2021, 1, 3)
    assert period_start(date(2021, 1, 1), by=By.WEEK) == date(2020, 12, 28)
    assert not is_finished(date(2021, 1, 3), today=date(2021, 1, 3), by=By.WEEK)
    assert is_finished(date(2021, 1, 3), today=date(2021, 1, 4), by=By.WEEK)


def test_the_examples_run() -> None:
    assert doctest.testmod(calendars).failed == 0
