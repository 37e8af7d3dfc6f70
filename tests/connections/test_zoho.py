"""Zoho CRM against a fake of it: everything once, whatever fails in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engagement.connections.models import Connection, Sync
from engagement.connections.vendors.zoho import Zoho
from tests.connections.conftest import DAY, NOW, Bench
from tests.connections.fakes.server import Answered
from tests.connections.fakes.zoho import CLIENT, ORGANISATION, REFRESH, SECRET, FakeZoho, stamp

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def fake(opened: Any, reach: Any, monkeypatch: pytest.MonkeyPatch) -> FakeZoho:
    made = FakeZoho()
    opened(made)
    for name in ("api", "accounts"):
        monkeypatch.setattr(Zoho, name, reach(made))
    return made


@pytest.fixture
def connect(bench: Bench) -> Callable[..., Connection]:
    def add(**settings: str) -> Connection:
        said = {"place": "eu", "customer": "Email", "traits": "Email, Account_Name"}
        secrets = {"client_id": CLIENT, "client_secret": SECRET, "refresh_token": REFRESH}
        return bench.add("zoho", settings={**said, **settings}, credentials=secrets)

    return add


def _fill(fake: FakeZoho) -> None:
    """700 contacts, 450 of one second; activities before, around and after now; some of nobody."""
    for number in range(1, 701):
        at = NOW - 400 * DAY if number > 250 else NOW - 10 * DAY + number * timedelta(seconds=1)
        fake.contact(number, at, Account_Name={"name": "Acme", "id": "77"})
    for number in range(1, 31):
        at = NOW - 5 * DAY + number * timedelta(minutes=1)
        fake.activity("Calls", 1_000 + number, number, at, Call_Type="Inbound", Call_Start_Time=stamp(at))
    fake.activity("Tasks", 2_001, 1, NOW - DAY, Status="Completed", Closed_Time=stamp(NOW - DAY))
    fake.activity("Tasks", 2_002, 1, NOW - DAY, Status="Not Started", Closed_Time=None)
    fake.activity("Events", 3_001, 4, NOW - 3 * DAY, Start_DateTime=stamp(NOW + 2 * HOUR))
    fake.activity("Events", 3_002, 4, NOW - 60 * DAY, Start_DateTime=stamp(NOW - 60 * DAY))
    fake.activity("Events", 3_003, None, NOW - DAY, Start_DateTime=stamp(NOW - DAY))


EVERYTHING = 31


def test_everything_comes_once_and_nothing_again(fake: FakeZoho, bench: Bench, connect: Any) -> None:
    _fill(fake)
    connection = connect()
    first = bench.sync(connection)
    assert (first.state, first.error) == (Sync.State.DONE, "")
    assert (first.stored, first.rejected) == (700 + EVERYTHING, 0)
    assert bench.traits()["c7@example.com"] == {"Email": "C7@example.com", "Account_Name": "Acme", "zoho_id": "7"}
    assert len(bench.events()) == EVERYTHING == len(set(bench.ids()))
    assert connection.account == ORGANISATION

    second = bench.sync(connection, after=HOUR)
    assert (second.state, second.stored, second.rejected) == (Sync.State.DONE, 0, 0)
    # The meeting is held; a call is entered late; a contact changes.
    late = {"Call_Type": "Outbound", "Call_Start_Time": stamp(NOW - 20 * DAY)}
    fake.activity("Calls", 9_001, 9, NOW + 2 * HOUR, **late)
    fake.modules["Contacts"][0] |= {"Account_Name": None, "Modified_Time": stamp(NOW + 2 * HOUR)}
    third = bench.sync(connection, after=2 * HOUR)
    assert (third.state, third.stored) == (Sync.State.DONE, 3)
    assert bench.traits()["c1@example.com"] == {"Email": "C1@example.com", "zoho_id": "1"}
    assert {
        ("c4@example.com", "Zoho Meeting", NOW + 2 * HOUR),
        ("c9@example.com", "Zoho Call", NOW - 20 * DAY),
    } <= {*bench.events()}


def test_a_crash_between_page_and_cursor_loses_and_doubles_nothing(
    fake: FakeZoho, bench: Bench, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(fake)
    connection = connect()
    done, crashes = bench.broken_off(connection, monkeypatch, most=60)
    assert done.state == Sync.State.DONE
    assert crashes > 4
    assert (len(bench.events()), len(bench.traits())) == (EVERYTHING, 700)


def test_a_token_that_ends_is_renewed(fake: FakeZoho, bench: Bench, connect: Any) -> None:
    _fill(fake)
    ended = Answered(401, {"code": "INVALID_TOKEN", "message": "invalid oauth token"})
    fake.fail(ended, when=lambda asked: asked.path.endswith("/Tasks"))
    assert bench.sync(connect()).state == Sync.State.DONE
    assert fake.signed_in == 2
    assert len(bench.events()) == EVERYTHING


def test_a_refusal_that_is_answered_with_200_is_a_refusal(fake: FakeZoho, bench: Bench, connect: Any) -> None:
    connection = connect()
    fake.refresh = "another"
    done = bench.sync(connection)
    assert (done.state, connection.state) == (Sync.State.FAILED, Connection.State.SIGN_IN)
    assert "Enter new ones" in connection.error
    assert REFRESH not in connection.error
    assert len(fake.asked) == 1


def test_a_limit_is_waited_for(fake: FakeZoho, bench: Bench, connect: Any) -> None:
    _fill(fake)
    fake.fail(
        Answered(429, {"code": "TOO_MANY_REQUESTS"}, {"Retry-After": "2"}), when=lambda asked: "org" in asked.path
    )
    assert bench.sync(connect()).state == Sync.State.DONE
    assert bench.waits == [2.0]


def test_a_record_of_another_form_costs_itself_alone(fake: FakeZoho, bench: Bench, connect: Any) -> None:
    _fill(fake)
    fake.contact(901, NOW - DAY, Email=None)
    fake.activity("Calls", 902, 901, NOW - DAY, Call_Type="Inbound", Call_Start_Time=stamp(NOW - DAY))
    fake.activity("Calls", 903, 3, NOW - DAY, Call_Type="Telepathy", Call_Start_Time=stamp(NOW - DAY))
    fake.activity("Tasks", 904, 3, NOW - DAY, Status="Completed", Closed_Time=["soon"])
    done = bench.sync(connect())
    assert (done.state, done.stored) == (Sync.State.DONE, 700 + EVERYTHING)
    assert [code for code, _ in bench.rejected()] == [
        "missing_customer",
        "missing_customer",
        "other_type",
        "unknown_value",
    ]


def test_a_page_with_many_contacts_is_asked_for_in_parts(fake: FakeZoho, bench: Bench, connect: Any) -> None:
    """Ids of 19 digits, all of them part of an address."""
    first = 5_725_767_000_000_000_000
    for number in range(1, 121):
        at = NOW - 5 * DAY + number * timedelta(minutes=1)
        fake.contact(first + number, at)
        fake.activity("Calls", number, first + number, at, Call_Type="Inbound", Call_Start_Time=stamp(at))
    done = bench.sync(connect())
    assert (done.state, done.error, len(bench.events())) == (Sync.State.DONE, "", 120)
    assert max(len(one.query["ids"].split(",")) for one in fake.asked if "ids" in one.query) == 50


def test_what_may_not_be_read_is_said(fake: FakeZoho, bench: Bench, connect: Any) -> None:
    connection = connect()
    fake.fail(Answered(401, {"code": "OAUTH_SCOPE_MISMATCH"}), when=lambda asked: "org" in asked.path, times=9)
    done = bench.sync(connection)
    assert (done.state, "scopes" in done.error) == (Sync.State.FAILED, True)
    assert connection.state == Connection.State.ATTENTION
