"""Google Analytics 4 against a fake of it: counts become events once each, and what is not exact is not taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engagement.connections.models import Connection, Sync
from engagement.connections.vendors import ga4
from engagement.connections.vendors.ga4 import GoogleAnalytics
from tests.connections.conftest import DAY, NOW, Bench
from tests.connections.fakes.ga4 import ACCOUNT, PROPERTY, FakeAnalytics, private_key
from tests.connections.fakes.server import Answered

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = datetime(2026, 2, 26, tzinfo=UTC).date()


@pytest.fixture
def fake(opened: Any, reach: Any, monkeypatch: pytest.MonkeyPatch) -> FakeAnalytics:
    made = FakeAnalytics()
    opened(made)
    monkeypatch.setattr(GoogleAnalytics, "data", reach(made))
    monkeypatch.setattr(GoogleAnalytics, "tokens", f"{reach(made)}/token")
    monkeypatch.setattr(ga4, "AT_ONCE", 50)
    made.audience = f"{made.base}/token"
    return made


@pytest.fixture
def connect(bench: Bench) -> Callable[..., Connection]:
    def add(**settings: str) -> Connection:
        said = {"property": PROPERTY, "dimension": "crm_id", "events": ""}
        key = json.dumps({"type": "service_account", "client_email": ACCOUNT, "private_key": private_key()})
        return bench.add("ga4", settings={**said, **settings}, credentials={"key": key}, backfill_from=FIRST)

    return add


def _fill(fake: FakeAnalytics) -> int:
    for number in range(1, 121):
        fake.counted["2026-02-27", f"K{number:03}", "view_item"] = 1 + number % 3
        fake.counted["2026-02-27", f"K{number:03}", "session_start"] = 4
    fake.counted["2026-02-28", "K001", "purchase"] = 2
    fake.counted["2026-03-02", "K001", "purchase"] = 9  # today is not over
    return sum(1 + number % 3 for number in range(1, 121)) + 2


def test_every_count_is_so_many_events_once_each(fake: FakeAnalytics, bench: Bench, connect: Any) -> None:
    expected = _fill(fake)
    connection = connect()
    first = bench.sync(connection)
    assert (first.state, first.error, first.stored, first.rejected) == (Sync.State.DONE, "", expected, 0)
    # Noon in the property's own time zone.
    assert bench.events().count(("K001", "purchase", datetime(2026, 2, 28, 11, tzinfo=UTC))) == 2
    assert {name for _, name, _ in bench.events()} == {"view_item", "purchase"}
    assert connection.account == PROPERTY

    fake.counted["2026-02-28", "K001", "purchase"] = 5  # Analytics goes on counting a day for two or three more
    second = bench.sync(connection, after=timedelta(hours=2))
    assert (second.state, second.stored) == (Sync.State.DONE, 3)
    later = bench.sync(connection, after=DAY)
    assert (later.state, later.stored) == (Sync.State.DONE, 9)
    assert len(bench.events()) == expected + 3 + 9 == len(set(bench.ids()))


def test_only_the_events_that_are_named_come(fake: FakeAnalytics, bench: Bench, connect: Any) -> None:
    _fill(fake)
    assert bench.sync(connect(events="purchase, session_start")).stored == 2 + 120 * 4


def test_without_the_dimension_that_says_who_nothing_is_fetched(
    fake: FakeAnalytics, bench: Bench, connect: Any
) -> None:
    """Totals cannot be anybody's score: it is said before anything is asked for."""
    _fill(fake)
    fake.dimensions = {"eventName"}
    connection = connect()
    done = bench.sync(connection)
    assert (done.state, connection.state) == (Sync.State.FAILED, Connection.State.ATTENTION)
    assert "customUser:crm_id" in done.error
    assert "totals" in done.error
    assert not any("runReport" in asked.path for asked in fake.asked)


def test_what_analytics_leaves_out_is_kept_as_such(fake: FakeAnalytics, bench: Bench, connect: Any) -> None:
    expected = _fill(fake)
    fake.counted["2026-02-28", "(not set)", "purchase"] = 70
    fake.counted["2026-02-28", "(other)", "view_item"] = 80
    fake.counted["2026-02-28", "BOT", "view_item"] = 5_000
    fake.metadata |= {"subjectToThresholding": True, "dataLossFromOtherRow": True}
    done = bench.sync(connect())
    assert (done.state, done.stored) == (Sync.State.DONE, expected)
    codes = [code for code, _ in bench.rejected()]
    assert {*codes} == {"not_identified", "summed_up", "too_many", "withheld"}
    assert codes.count("withheld") == 4  # once for each day that was asked for


def test_a_sample_is_no_count(fake: FakeAnalytics, bench: Bench, connect: Any) -> None:
    _fill(fake)
    fake.metadata |= {"samplingMetadatas": [{"samplesReadCount": "1", "samplingSpaceSize": "9"}]}
    done = bench.sync(connect())
    assert (done.state, done.stored, "guessed" in done.error) == (Sync.State.FAILED, 0, True)


def test_a_crash_between_page_and_cursor_loses_and_doubles_nothing(
    fake: FakeAnalytics, bench: Bench, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _fill(fake)
    connection = connect()
    done, crashes = bench.broken_off(connection, monkeypatch, most=60)
    assert done.state == Sync.State.DONE
    assert crashes > 4
    assert len(bench.events()) == expected


def test_a_token_that_ends_is_renewed(fake: FakeAnalytics, bench: Bench, connect: Any) -> None:
    expected = _fill(fake)
    ended = Answered(401, {"error": {"status": "UNAUTHENTICATED"}})
    fake.fail(ended, when=lambda asked: "runReport" in asked.path)
    assert bench.sync(connect()).stored == expected
    assert fake.signed_in == 2


@pytest.mark.parametrize("key", ["", "{}", "no json", '{"client_email": "a@b", "private_key": "none"}'])
def test_a_key_that_is_none_is_said_and_nobody_is_asked(key: str, fake: FakeAnalytics, bench: Bench) -> None:
    said = {"property": PROPERTY, "dimension": "crm_id"}
    connection = bench.add("ga4", settings=said, credentials={"key": key})
    bench.sync(connection)
    assert (connection.state, "not the key of a service account" in connection.error) == (
        Connection.State.SIGN_IN,
        True,
    )
    assert not fake.asked


def test_a_key_that_was_taken_back_is_said(fake: FakeAnalytics, bench: Bench, connect: Any) -> None:
    fake.is_taken = False
    connection = connect()
    bench.sync(connection)
    assert (connection.state, "Enter a new one" in connection.error) == (Connection.State.SIGN_IN, True)


def test_limits_end_it_for_as_long_as_they_last(fake: FakeAnalytics, bench: Bench, connect: Any) -> None:
    expected = _fill(fake)
    connection = connect()
    words = "Exhausted property tokens per hour. These quota tokens will return in under an hour."
    full = Answered(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": words}})
    fake.fail(full, when=lambda asked: "runReport" in asked.path)
    assert bench.sync(connection).state == Sync.State.FAILED
    assert connection.next_at == NOW + timedelta(hours=1)
    assert bench.sync(connection, after=timedelta(hours=1)).stored == expected


def test_a_row_of_another_form_costs_itself_alone(
    fake: FakeAnalytics, bench: Bench, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _fill(fake)
    report = FakeAnalytics._report

    def odd(self: FakeAnalytics, body: Any) -> Answered:
        said = report(self, body)
        if body["dateRanges"][0]["startDate"] == "2026-02-28":
            assert isinstance(said.body, dict)
            said.body["rows"] += [
                {"dimensionValues": [{"value": "K9"}]},
                {"dimensionValues": "K9", "metricValues": []},
                7,
            ]
            said.body["rows"].append(
                {"dimensionValues": [{"value": "K9"}, {"value": "e"}], "metricValues": [{"value": "1.5"}]}
            )
        return said

    monkeypatch.setattr(FakeAnalytics, "_report", odd)
    done = bench.sync(connect())
    assert (done.state, done.stored, done.rejected) == (Sync.State.DONE, expected, 4)


def test_an_answer_of_another_form_is_said_and_tried_again(fake: FakeAnalytics, bench: Bench, connect: Any) -> None:
    _fill(fake)
    connection = connect()
    fake.fail(Answered(200, []), when=lambda asked: "runReport" in asked.path)
    done = bench.sync(connection)
    assert (done.state, done.error) == (Sync.State.FAILED, "the record is [], not an object.")
    assert connection.next_at is not None
    assert bench.sync(connection, after=timedelta(minutes=1)).state == Sync.State.DONE
