"""Local days of many instants are those of each one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.local_days import EPOCH, LocalDays, first_whole_day, local_days, midnight

ZONES = st.sampled_from(
    ["UTC", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kolkata",
     "Australia/Lord_Howe", "Pacific/Auckland", "Africa/Casablanca"]
)  # fmt: skip


MOMENTS = st.integers(86_400 * 10**6, 30 * 365 * 86_400 * 10**6).map(lambda n: EPOCH + timedelta(microseconds=n))


def _micro(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@given(ZONES, st.lists(MOMENTS, max_size=30))
def test_each_is_what_the_calendar_says(name: str, moments: list[datetime]) -> None:
    zone = ZoneInfo(name)
    found = local_days(instants=np.array([_micro(moment) for moment in moments], dtype=np.int64), zone=zone)
    assert found.tolist() == [moment.astimezone(zone).date().toordinal() for moment in moments]
    days = LocalDays(zone)
    assert [days.of(moment) for moment in moments] == [moment.astimezone(zone).date() for moment in moments]


@pytest.mark.parametrize(
    ("name", "about"),
    [
        # Clocks went back at a minute past midnight: a Sunday of one minute, then Saturday again.
        ("America/St_Johns", datetime(2006, 10, 29, 2, 31, tzinfo=UTC)),
        ("America/Sao_Paulo", datetime(2017, 10, 15, 3, 0, tzinfo=UTC)),  # midnight is skipped
        ("Pacific/Apia", datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),  # a whole day is
        ("Australia/Lord_Howe", datetime(2020, 4, 4, 15, 0, tzinfo=UTC)),  # half an hour
    ],
)
def test_every_minute_about_a_change_of_the_clock(name: str, about: datetime) -> None:
    zone = ZoneInfo(name)
    moments = [about + timedelta(minutes=minutes, microseconds=off) for minutes in range(-200, 200) for off in (-1, 0)]
    found = local_days(instants=np.array([_micro(moment) for moment in moments]), zone=zone)
    assert found.tolist() == [moment.astimezone(zone).date().toordinal() for moment in moments]
    days = LocalDays(zone)
    assert [days.of(moment) for moment in moments] == [moment.astimezone(zone).date() for moment in moments]


@given(ZONES, MOMENTS)
def test_the_first_whole_day_begins_at_the_instant_or_after(name: str, since: datetime) -> None:
    zone = ZoneInfo(name)
    day = first_whole_day(since=since, zone=zone)
    assert midnight(day=day, zone=zone) >= since > midnight(day=day - timedelta(days=1), zone=zone)


def test_no_instants_have_no_days() -> None:
    assert local_days(instants=np.zeros(0, dtype=np.int64), zone=ZoneInfo("UTC")).tolist() == []
    assert midnight(day=date(2026, 3, 1), zone=ZoneInfo("Asia/Kolkata")) == datetime(2026, 2, 28, 18, 30, tzinfo=UTC)
