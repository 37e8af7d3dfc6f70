"""Mixpanel's export against a fake of it: each day whole, each event once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engagement.connections.models import Connection, Sync
from engagement.connections.vendors.mixpanel import Mixpanel
from engagement.ingest.models import Customer
from tenants.scope import organisation_scope
from tests.connections.conftest import DAY, NOW, Bench
from tests.connections.fakes.mixpanel import ACCOUNT, PROJECT, SECRET, FakeMixpanel
from tests.connections.fakes.server import Answered

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def fake(opened: Any, reach: Any, monkeypatch: pytest.MonkeyPatch) -> FakeMixpanel:
    made = FakeMixpanel()
    opened(made)
    monkeypatch.setattr(Mixpanel, "hosts", {"us": "http://nowhere.example", "eu": reach(made)})
    return made


def _connect(bench: Bench, **settings: str) -> Connection:
    said = {"project_id": PROJECT, "username": ACCOUNT, "region": "eu", "time_zone": "UTC"}
    first = (NOW - 3 * DAY).date()
    return bench.add("mixpanel", settings={**said, **settings}, credentials={"secret": SECRET}, backfill_from=first)


def test_each_day_comes_whole_and_the_last_ones_again(fake: FakeMixpanel, bench: Bench) -> None:
    for number in range(2_500):
        fake.event(number, NOW - 2 * DAY + number * timedelta(seconds=1), plan="pro")
    connection = _connect(bench)
    first = bench.sync(connection)
    assert (first.state, first.stored, first.duplicates) == (Sync.State.DONE, 2_500, 0)
    assert fake.days() == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert connection.account == PROJECT
    fake.asked.clear()
    fake.event(9_001, NOW + HOUR)
    second = bench.sync(connection, after=2 * HOUR)
    assert (second.stored, fake.days()) == (1, ["2026-03-01", "2026-03-02"])
    fake.asked.clear()
    fake.event(9_002, NOW - 3 * DAY)  # a phone that was off for days
    third = bench.sync(connection, after=DAY)
    assert third.stored == 1
    assert fake.days()[0] == "2026-02-27"
    assert fake.days()[-1] == "2026-03-03"
    assert len(set(bench.ids())) == len(bench.ids()) == 2_502


@pytest.mark.parametrize("cut", [1, 20_000, 139_000])
def test_an_export_that_breaks_off_is_begun_anew_and_doubles_nothing(
    fake: FakeMixpanel, bench: Bench, cut: int
) -> None:
    for number in range(1_500):
        fake.event(number, NOW - DAY + number * timedelta(seconds=1))
    whole = fake.answer
    first = [True]

    def cutting(asked: Any) -> Answered:
        said = whole(asked)
        if asked.query["from_date"] == "2026-03-01" and first:
            first.clear()
            return Answered(body=said.raw, cut=cut)
        return said

    fake.answer = cutting  # type: ignore[method-assign]
    connection = _connect(bench)
    broken = bench.sync(connection)
    assert (broken.state, connection.cursor["day"]) == (Sync.State.FAILED, "2026-03-01")
    assert connection.next_at == NOW + timedelta(minutes=1)
    done = bench.sync(connection, after=timedelta(minutes=1))
    assert done.state == Sync.State.DONE
    assert len(bench.ids()) == len(set(bench.ids())) == 1_500


def test_a_large_day_is_not_let_go_of_in_the_middle(fake: FakeMixpanel, bench: Bench) -> None:
    for number in range(2_100):
        fake.event(number, NOW - DAY)
    connection = _connect(bench)
    states = [bench.sync(connection, budget=timedelta(0)).state for _ in range(5)]
    assert states == [Sync.State.PART] * 4 + [Sync.State.DONE]
    assert fake.days() == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert len(bench.ids()) == 2_100


def test_lines_that_surprise_are_kept_with_the_reason(fake: FakeMixpanel, bench: Bench) -> None:
    fake.event(1, NOW - DAY)
    fake.event(2, NOW - DAY, time="soon")
    fake.event(3, NOW - DAY, distinct_id=None)
    fake.event(4, NOW - DAY, distinct_id={"a": 1})
    fake.event(5, NOW - DAY, **{"$insert_id": None})
    fake.lines["2026-03-01"] += [
        b"{",
        b"[1]",
        b"\xff\xfe",
        {"properties": {"time": 1}},
        {"event": "x", "properties": 3},
    ]
    done = bench.sync(_connect(bench))
    assert (done.state, done.stored, done.rejected) == (Sync.State.DONE, 2, 8)
    codes = {code for code, _ in bench.rejected()}
    assert codes == {"other_type", "missing_field", "not_json"}


def test_an_export_that_says_it_ended_early_is_no_whole_day(fake: FakeMixpanel, bench: Bench) -> None:
    fake.event(1, NOW - 3 * DAY)
    fake.lines["2026-02-27"].append(b"terminated early")
    connection = _connect(bench)
    assert bench.sync(connection).state == Sync.State.FAILED
    assert "day" not in connection.cursor


def test_devices_are_visitors_and_people_are_customers(fake: FakeMixpanel, bench: Bench) -> None:
    fake.event(1, NOW - DAY, distinct_id="$device:d-1", **{"$device_id": "d-1"})
    fake.event(2, NOW - DAY, distinct_id="d-2", **{"$device_id": "d-2"})
    fake.event(3, NOW - DAY, distinct_id="c-3", **{"$user_id": "c-3", "$device_id": "d-1"})
    bench.sync(_connect(bench))
    with organisation_scope(bench.organisation.pk):
        found = set(Customer.objects.values_list("external_id", "identified"))
    assert found == {("d-1", False), ("d-2", False), ("c-3", True)}


def test_an_insert_id_alone_does_not_make_two_events_one(fake: FakeMixpanel, bench: Bench) -> None:
    """Name, person and `$insert_id` together do: a program may number orders and send two events of each."""
    for who, event in (("c-1", "Placed"), ("c-1", "Paid"), ("c-2", "Placed"), ("c-1", "Paid")):
        fake.event(1, NOW - DAY, distinct_id=who)
        fake.lines["2026-03-01"][-1]["event"] = event
    bench.sync(_connect(bench))
    assert [(who, name) for who, name, _ in bench.events()] == [("c-1", "Paid"), ("c-1", "Placed"), ("c-2", "Placed")]


def test_an_older_project_writes_its_own_clock_as_utc(fake: FakeMixpanel, bench: Bench) -> None:
    fake.event(1, datetime(2026, 3, 1, 1, 30, tzinfo=UTC))
    bench.sync(_connect(bench, time_zone="Europe/Berlin"))
    assert [at for _, _, at in bench.events()] == [datetime(2026, 3, 1, 0, 30, tzinfo=UTC)]


def test_a_limit_of_an_hour_and_a_secret_taken_back(fake: FakeMixpanel, bench: Bench) -> None:
    connection = _connect(bench)
    fake.fail(Answered(429, b"rate limit", {"Retry-After": "1800"}), when=lambda asked: "limit" not in asked.query)
    bench.sync(connection)
    assert (connection.state, connection.next_at) == (Connection.State.READY, NOW + timedelta(minutes=30))
    assert bench.waits == []
    fake.secret = "another"
    bench.sync(connection, after=HOUR)
    assert (connection.state, connection.next_at) == (Connection.State.SIGN_IN, None)
    assert SECRET not in connection.error
