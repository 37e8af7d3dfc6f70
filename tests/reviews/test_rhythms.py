"""Periods and due days, against plain counting of days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.reviews.rhythms import (
    Rhythm,
    is_finished,
    last_finished,
    period_end,
    period_name,
    period_start,
    previous_end,
    working_day,
)

DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))
STARTS = {
    Rhythm.MONTH: set(range(1, 13)),
    Rhythm.QUARTER: {1, 4, 7, 10},
    Rhythm.HALF_YEAR: {1, 7},
}
ONE = timedelta(days=1)


def plain_start(day: date, rhythm: Rhythm) -> date:
    """Back, day by day, to the first of a month in which a period begins."""
    while not (day.day == 1 and day.month in STARTS[rhythm]):
        day -= ONE
    return day


@given(day=DAYS, rhythm=st.sampled_from(Rhythm))
def test_a_period_is_what_counting_days_says(day: date, rhythm: Rhythm) -> None:
    start, end = period_start(day, rhythm=rhythm), period_end(day, rhythm=rhythm)
    assert start == plain_start(day, rhythm)
    assert start <= day <= end
    assert plain_start(end, rhythm) == start
    assert plain_start(end + ONE, rhythm) == end + ONE
    assert previous_end(day, rhythm=rhythm) == start - ONE
    assert period_end(start - ONE, rhythm=rhythm) == start - ONE


@given(today=DAYS, rhythm=st.sampled_from(Rhythm))
def test_the_last_finished_period_is_over_and_the_next_one_is_not(today: date, rhythm: Rhythm) -> None:
    end = last_finished(today=today, rhythm=rhythm)
    assert is_finished(end, today=today, rhythm=rhythm)
    assert not is_finished(period_end(end + ONE, rhythm=rhythm), today=today, rhythm=rhythm)


@given(after=DAYS, count=st.integers(0, 60))
def test_a_working_day_is_the_last_of_as_many_from_monday_to_friday(after: date, count: int) -> None:
    found = working_day(after, count=count)
    days = [after + ONE * at for at in range(1, (found - after).days + 1)]
    assert sum(day.weekday() < 5 for day in days) == count
    assert not days or days[-1].weekday() < 5


@pytest.mark.parametrize(
    ("day", "rhythm", "name"),
    [
        (date(2025, 12, 31), Rhythm.MONTH, "December 2025"),
        (date(2025, 12, 31), Rhythm.QUARTER, "Q4 2025"),
        (date(2025, 6, 30), Rhythm.HALF_YEAR, "First half of 2025"),
        (date(2025, 12, 31), Rhythm.HALF_YEAR, "Second half of 2025"),
    ],
)
def test_periods_are_named(day: date, rhythm: Rhythm, name: str) -> None:
    assert period_name(day, rhythm=rhythm) == name
