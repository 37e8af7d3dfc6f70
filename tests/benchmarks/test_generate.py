"""The generator gives the same data for the same seed, as much as was asked for, and sums that plain counting gives."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.benchmarks.generate import Customers, Events, activity_of, local_days, make_customers, make_events, together

LAST = date(2026, 3, 1)
BERLIN = ZoneInfo("Europe/Berlin")


def _events(customers: Customers, n: int = 5_000, *, seed: int = 1, stretch: int = 0, last_day: date = LAST) -> Events:
    return make_events(customers=customers, n=n, n_actions=3, last_day=last_day, days=20, seed=seed, stretch=stretch)


def _columns(events: Events) -> list[bytes]:
    return [column.tobytes() for column in (events.customer, events.action, events.at, events.occurrences)]


def _days(events: Events) -> set[date]:
    return {datetime.fromtimestamp(at / 1_000_000, tz=UTC).date() for at in events.at.tolist()}


def test_the_same_seed_gives_the_same_data() -> None:
    first, again, other = (make_customers(n=300, seed=seed) for seed in (1, 1, 2))
    assert first.region.tobytes() == again.region.tobytes() != other.region.tobytes()
    assert _columns(_events(first)) == _columns(_events(again))
    assert _columns(_events(first)) != _columns(_events(first, seed=2))


def test_events_are_as_many_as_asked_and_on_the_days_asked() -> None:
    events = _events(make_customers(n=300, seed=1))
    assert len(events) == len(events.customer) == len(events.action) == len(events.occurrences) == 5_000
    assert _days(events) == {LAST - timedelta(days=back) for back in range(20)}
    assert bool(np.all(np.diff(events.at) >= 0))
    assert set(events.occurrences.tolist()) == {1, 2}
    assert set(events.action.tolist()) == {0, 1, 2, 3}  # 3 is the name that no action counts


def test_who_is_silent_and_who_does_most() -> None:
    customers = make_customers(n=10_000, seed=3)
    assert 0.38 < float((customers.share == 0).mean()) < 0.42
    events = _events(customers, n=50_000)
    silent = set(customers.numbers[customers.share == 0].tolist())
    assert not silent & set(events.customer.tolist())
    top_tenth = np.sort(customers.share)[-1_000:].sum()
    assert 0.4 < float(top_tenth) < 0.8


def test_an_earlier_stretch_ends_where_the_next_begins_and_leaves_it_alone() -> None:
    customers = make_customers(n=300, seed=1)
    newest, before = _events(customers), _events(customers, stretch=1)
    assert _days(before) == {LAST - timedelta(days=back) for back in range(20, 40)}
    both = together([newest, before])
    assert len(both) == 10_000
    assert _columns(both)[2] == before.at.tobytes() + newest.at.tobytes()


@pytest.mark.parametrize("last_day", [LAST, date(2025, 4, 5), date(2025, 11, 1)], ids=["winter", "spring", "autumn"])
def test_activity_is_what_counting_one_by_one_gives(last_day: date) -> None:
    """Over the change of the clocks too, and with days that are others in local time."""
    events = _events(make_customers(n=60, seed=1), last_day=last_day)
    plain: Counter[tuple[date, int, int]] = Counter()
    moved = 0
    for customer, action, at, occurrences in zip(
        events.customer.tolist(), events.action.tolist(), events.at.tolist(), events.occurrences.tolist(), strict=True
    ):
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
        day = instant.astimezone(BERLIN).date()
        moved += day != instant.date()
        if action < 3:
            plain[day, customer, action] += occurrences
    found = activity_of(events, n_actions=3, zone=BERLIN)
    days = [date(1970, 1, 1) + timedelta(days=day) for day in found.day.tolist()]
    rows = list(zip(days, found.customer.tolist(), found.action.tolist(), strict=True))
    assert moved > 100
    assert rows == sorted(rows)
    assert dict(zip(rows, found.occurrences.tolist(), strict=True)) == plain
    assert found.customer_days == len({row[:2] for row in plain})


def test_nothing_is_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert len(local_days(none, zone=BERLIN)) == 0
    empty = Events(none.astype(np.int32), none.astype(np.int8), none, none.astype(np.int32))
    assert activity_of(empty, n_actions=3, zone=BERLIN).customer_days == 0
