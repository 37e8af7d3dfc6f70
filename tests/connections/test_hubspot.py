"""HubSpot against a fake of it: everything once, whatever fails in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engagement.connections.models import Connection, Sync
from engagement.connections.services import syncing
from engagement.connections.vendors.hubspot import HubSpot
from engagement.ingest.services import process_batch
from tests.connections.conftest import DAY, NOW, Bench, ms
from tests.connections.fakes.hubspot import TOKEN, FakeHubSpot, stamp
from tests.connections.fakes.server import Answered

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def fake(opened: Any, reach: Any, monkeypatch: pytest.MonkeyPatch) -> FakeHubSpot:
    made = FakeHubSpot()
    opened(made)
    monkeypatch.setattr(HubSpot, "base", reach(made))
    return made


@pytest.fixture
def connect(bench: Bench) -> Callable[..., Connection]:
    def add(**settings: str) -> Connection:
        said = {"customer": "email", "traits": "email, lifecyclestage", "activities": "yes", "email_events": "yes"}
        return bench.add("hubspot", settings={**said, **settings}, credentials={"token": TOKEN})

    return add


def _fill(fake: FakeHubSpot) -> None:
    """250 contacts, 120 of one instant; activities before, around and after now; mails with paging."""
    for number in range(1, 251):
        at = NOW - 400 * DAY if number > 130 else NOW - 10 * DAY + number * timedelta(seconds=1)
        fake.contact(number, ms(at), lifecyclestage="lead")
    for number in range(1, 120):
        fake.activity("calls", 1_000 + number, ms(NOW - 5 * DAY + number * timedelta(minutes=1)), 1, 2, 3)
    fake.activity("meetings", 3_001, ms(NOW + 2 * HOUR), 4, hs_meeting_outcome="SCHEDULED")
    fake.activity("meetings", 3_002, ms(NOW - DAY), 4, hs_meeting_outcome="CANCELED")
    fake.activity("emails", 4_001, ms(NOW - DAY), 5, hs_email_direction="INCOMING_EMAIL")
    fake.activity("emails", 4_002, ms(NOW - DAY), hs_email_direction="EMAIL")  # about nobody
    for number in range(1, 8):
        fake.events.append(
            {"id": f"e{number}", "type": "OPEN", "created": ms(NOW - 2 * DAY) + number, "recipient": "C1@example.com"}
        )


EVERYTHING = 119 * 3 + 1 + 7


def test_everything_comes_once_and_nothing_again(fake: FakeHubSpot, bench: Bench, connect: Any) -> None:
    _fill(fake)
    connection = connect()
    first = bench.sync(connection)
    assert (first.state, first.error, first.settled) == (Sync.State.DONE, "", True)
    assert (first.stored, first.rejected) == (250 + EVERYTHING, 0)
    assert first.duplicates > 0  # what stands at a border comes twice
    assert len(bench.traits()) == 250
    assert bench.traits()["c7@example.com"] == {"email": "c7@example.com", "hubspot_id": "7", "lifecyclestage": "lead"}
    events = bench.events()
    assert len(events) == EVERYTHING == len(set(bench.ids()))
    assert ("c5@example.com", "HubSpot Email Received", NOW - DAY) in events
    assert connection.account == "4711"
    assert (connection.state, connection.next_at) == (Connection.State.READY, NOW + HOUR)

    second = bench.sync(connection, after=HOUR)
    assert (second.state, second.stored, second.rejected) == (Sync.State.DONE, 0, 0)
    # The meeting's time has come; one is logged late, with a time long before the last look; a contact changes.
    fake.activity("calls", 9_001, ms(NOW - 20 * DAY), 9, changed=ms(NOW + 2 * HOUR))
    fake.objects["contacts"][0]["properties"] |= {
        "lifecyclestage": "customer",
        "lastmodifieddate": "2026-03-02T11:00:00Z",
    }
    third = bench.sync(connection, after=2 * HOUR)
    assert (third.state, third.stored) == (Sync.State.DONE, 3)
    assert bench.traits()["c1@example.com"]["lifecyclestage"] == "customer"
    assert {
        ("c4@example.com", "HubSpot Meeting", NOW + 2 * HOUR),
        ("c9@example.com", "HubSpot Call", NOW - 20 * DAY),
    } <= {*bench.events()}


def test_a_crash_between_page_and_cursor_loses_and_doubles_nothing(
    fake: FakeHubSpot, bench: Bench, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page once breaks off after its batches are made and before the cursor is: both go together."""
    _fill(fake)
    connection = connect()
    done, crashes = bench.broken_off(connection, monkeypatch, most=200)
    assert done.state == Sync.State.DONE
    assert crashes > 10
    assert len(bench.events()) == EVERYTHING
    assert len(bench.traits()) == 250


def test_a_worker_killed_before_the_work_loses_nothing(
    fake: FakeHubSpot, bench: Bench, connect: Any, monkeypatch: pytest.MonkeyPatch, broker: Any
) -> None:
    """The page is kept, the worker dies before it works through it: whoever finds the batch does."""
    _fill(fake)
    connection = connect(email_events="no", activities="no")
    monkeypatch.setattr(syncing, "process_batch", lambda **_: None)
    done = bench.sync(connection)
    assert (done.state, done.settled, done.stored) == (Sync.State.DONE, False, 0)
    batches = [args for name, args in broker.sent if name == "ingest.batch"]
    for organisation_id, batch_id in batches:
        process_batch(organisation_id=organisation_id, batch_id=batch_id, now=NOW)
    bench.sync(connection, after=HOUR)
    assert len(bench.traits()) == 250


def test_a_limit_of_seconds_is_waited_for_and_one_of_a_day_ends_it(
    fake: FakeHubSpot, bench: Bench, connect: Any
) -> None:
    _fill(fake)
    connection = connect(email_events="no")
    fake.fail(
        Answered(429, {"policyName": "SECONDLY"}, {"Retry-After": "3"}), when=lambda asked: "search" in asked.path
    )
    assert bench.sync(connection).state == Sync.State.DONE
    assert bench.waits == [3.0]
    fake.fail(Answered(429, {"policyName": "DAILY"}))
    later = bench.sync(connection, after=HOUR)
    assert (later.state, "for today is used up" in later.error) == (Sync.State.FAILED, True)
    assert connection.next_at == bench.now + HOUR
    assert (connection.state, connection.failures) == (Connection.State.READY, 0)


def test_a_token_taken_back_asks_nothing_more_and_says_so(fake: FakeHubSpot, bench: Bench, connect: Any) -> None:
    _fill(fake)
    connection = connect()
    bench.sync(connection)
    fake.token = "another"
    before = len(fake.asked)
    again = bench.sync(connection, after=HOUR)
    assert len(fake.asked) == before + 1
    assert (again.state, connection.state, connection.next_at) == (Sync.State.FAILED, Connection.State.SIGN_IN, None)
    assert connection.error == "HubSpot does not take the credentials any more. Enter new ones."
    assert TOKEN not in again.error + connection.error


def test_broken_connections_are_tried_again(fake: FakeHubSpot, bench: Bench, connect: Any) -> None:
    _fill(fake)
    connection = connect()
    fake.fail(Answered(200, {"results": []}, cut=4), when=lambda asked: "calls/search" in asked.path, times=2)
    fake.fail(Answered(502, b"<html>"), when=lambda asked: "associations" in asked.path)
    done = bench.sync(connection)
    assert (done.state, done.error) == (Sync.State.DONE, "")
    assert bench.waits == [1.0, 2.0, 1.0]
    assert len(bench.events()) == EVERYTHING


def test_a_vendor_that_stays_away_is_left_alone_for_longer_and_longer(
    fake: FakeHubSpot, bench: Bench, connect: Any
) -> None:
    connection = connect()
    fake.fail(Answered(503, b""), times=100)
    waits = []
    for _ in range(3):
        done = bench.sync(connection, after=DAY)
        assert connection.next_at is not None
        waits.append(connection.next_at - bench.now)
    assert done.state == Sync.State.FAILED
    assert waits == [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15)]


def test_records_that_surprise_are_kept_with_the_reason_and_harm_no_other(
    fake: FakeHubSpot, bench: Bench, connect: Any
) -> None:
    fake.contact(1, ms(NOW - DAY))
    fake.contact(2, ms(NOW - DAY), email=None)
    fake.contact(3, ms(NOW - DAY), email=["a list"])
    fake.objects["contacts"].append({"id": "4", "properties": "renamed"})
    fake.objects["contacts"].append({"id": "5", "properties": {"lastmodifieddate": "yesterday", "email": "e@x.com"}})
    fake.activity("emails", 11, ms(NOW - DAY), 1, hs_email_direction="BY_PIGEON")
    fake.activity("emails", 12, ms(NOW - DAY), 2, hs_email_direction="EMAIL")
    fake.activity("calls", 13, ms(NOW - DAY), 1)
    fake.events += [
        {"id": "x1", "type": "HOLOGRAM", "created": ms(NOW - DAY), "recipient": "c1@example.com"},
        {"id": "x2", "type": "OPEN", "created": "soon", "recipient": "c1@example.com"}
        | {"created": ms(NOW) - 5, "type": 7},
        {"type": "OPEN", "created": ms(NOW - DAY), "recipient": "c1@example.com"},
    ]
    connection = connect()
    done = bench.sync(connection)
    assert done.state == Sync.State.DONE
    codes = [code for code, _ in bench.rejected()]
    assert codes == sorted([
        "missing_customer", "other_type", "other_type",  # contacts 2, 3, 4
        "unknown_value", "missing_customer",  # e-mails
        "unknown_value", "unknown_value", "missing_field",  # events
    ])  # fmt: skip
    assert done.rejected == len(codes)
    assert [event[1] for event in bench.events()] == ["HubSpot Call"]
    again = bench.sync(connection, after=timedelta(minutes=10))
    assert (again.stored, again.rejected) == (0, 0)  # looked at again, and kept once


@pytest.mark.parametrize("body", [b"<html>", {"results": {}}, {"items": []}, [], None, b"", b"\xff"])
def test_an_answer_of_another_form_ends_it_in_words(fake: FakeHubSpot, bench: Bench, connect: Any, body: Any) -> None:
    connection = connect()
    fake.fail(Answered(200, body), when=lambda asked: "search" in asked.path, times=9)
    done = bench.sync(connection)
    assert done.state == Sync.State.FAILED
    assert done.error
    assert connection.cursor == {}


def test_customers_may_be_known_by_a_property_of_their_own(fake: FakeHubSpot, bench: Bench, connect: Any) -> None:
    for number in (1, 2):
        fake.contact(number, ms(NOW - DAY), customer_number=f"k-{number}" if number == 1 else None)
    fake.activity("calls", 21, ms(NOW - DAY), 1, 2)
    for number in (1, 2):
        fake.events.append(
            {"id": f"m{number}", "type": "CLICK", "created": ms(NOW - DAY), "recipient": f"c{number}@example.com"}
        )
    done = bench.sync(connect(customer="customer_number"))
    assert [(who, name) for who, name, _ in bench.events()] == [
        ("k-1", "HubSpot Call"), ("k-1", "HubSpot Marketing Email Clicked")
    ]  # fmt: skip
    assert (done.stored, done.rejected) == (3, 3)


def test_a_token_for_more_that_has_run_out_begins_the_day_anew(fake: FakeHubSpot, bench: Bench, connect: Any) -> None:
    _fill(fake)
    gone = Answered(400, {"message": "Invalid offset"})
    fake.fail(gone, when=lambda asked: asked.query.get("offset") == "3")
    done = bench.sync(connect(activities="no"))
    assert (done.state, len(bench.events())) == (Sync.State.DONE, 7)


def test_an_activity_that_is_moved_to_another_day_is_stored_on_both(
    fake: FakeHubSpot, bench: Bench, connect: Any
) -> None:
    """The day is part of an event's key; within its day it is the same event (README, Decisions)."""
    fake.contact(1, ms(NOW - DAY))
    fake.activity("calls", 31, ms(NOW - 2 * DAY), 1)
    connection = connect(email_events="no")
    bench.sync(connection)
    for moved in (NOW - 2 * DAY + HOUR, NOW - 5 * DAY):
        properties = fake.objects["calls"][0]["properties"]
        properties |= {"hs_timestamp": stamp(ms(moved)), "hs_lastmodifieddate": stamp(ms(bench.now + HOUR))}
        bench.sync(connection, after=2 * HOUR)
    assert [at for _, _, at in bench.events()] == [NOW - 5 * DAY, NOW - 2 * DAY]


def test_what_is_cleared_at_the_vendor_is_a_trait_no_more(fake: FakeHubSpot, bench: Bench, connect: Any) -> None:
    fake.contact(1, ms(NOW - DAY), company="Acme")
    connection = connect(traits="email, company", activities="no", email_events="no")
    bench.sync(connection)
    assert bench.traits()["c1@example.com"]["company"] == "Acme"
    fake.objects["contacts"][0]["properties"] |= {"company": None, "lastmodifieddate": stamp(ms(NOW + HOUR))}
    bench.sync(connection, after=2 * HOUR)
    assert bench.traits()["c1@example.com"] == {"email": "c1@example.com", "hubspot_id": "1"}


@pytest.mark.parametrize("entry", ["x", {"from": {"id": "31"}, "to": [{}]}])
def test_a_link_of_another_form_costs_itself_alone(fake: FakeHubSpot, bench: Bench, connect: Any, entry: Any) -> None:
    fake.contact(1, ms(NOW - DAY))
    fake.activity("calls", 31, ms(NOW - DAY), 1)
    fake.activity("calls", 32, ms(NOW - DAY), 1)
    body = {"results": [entry, {"from": {"id": "32"}, "to": [{"toObjectId": 1}]}]}
    fake.fail(Answered(200, body), when=lambda asked: "associations" in asked.path, times=9)
    done = bench.sync(connect(email_events="no"))
    assert (done.state, done.error, len(bench.events())) == (Sync.State.DONE, "", 1)
    assert len(bench.rejected()) == 1


def test_more_of_a_day_that_is_promised_and_not_there_is_not_passed_over(
    fake: FakeHubSpot, bench: Bench, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.contact(1, ms(NOW - DAY))
    connection = connect(activities="no")
    lost = Answered(200, {"events": [], "hasMore": True})
    fake.fail(lost, when=lambda asked: "email/public" in asked.path)
    done = bench.sync(connection)
    assert (done.state, "does not say where" in done.error) == (Sync.State.FAILED, True)
    assert connection.next_at is not None  # it is tried again
    assert "email_events" not in connection.cursor


def test_nothing_from_before_the_first_day_comes_by_a_late_change(
    fake: FakeHubSpot, bench: Bench, connect: Any
) -> None:
    fake.contact(1, ms(NOW - DAY))
    fake.activity("calls", 31, ms(NOW - 60 * DAY), 1)  # the first day to fetch is 2026-02-01
    connection = connect(email_events="no")
    bench.sync(connection)
    fake.objects["calls"][0]["properties"]["hs_lastmodifieddate"] = stamp(ms(NOW + HOUR))
    done = bench.sync(connection, after=2 * HOUR)
    assert (done.state, bench.events()) == (Sync.State.DONE, [])
