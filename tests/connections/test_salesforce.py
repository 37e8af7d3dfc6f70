"""Salesforce against a fake of it: everything once, whatever fails in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engagement.connections.faults import VendorError
from engagement.connections.models import Connection, Sync
from engagement.connections.vendors.salesforce_query import check_name
from tests.connections.conftest import DAY, NOW, Bench
from tests.connections.fakes.salesforce import CLIENT, ORGANISATION, SECRET, FakeSalesforce, contact_id, stamp
from tests.connections.fakes.server import Answered

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def fake(opened: Any) -> FakeSalesforce:
    made = FakeSalesforce()
    opened(made)
    return made


@pytest.fixture
def connect(bench: Bench, fake: FakeSalesforce, reach: Any) -> Callable[..., Connection]:
    def add(**settings: str) -> Connection:
        said = {"base": reach(fake) + "/", "customer": "Email", "traits": "Email, Tier__c, Account.Name"}
        secrets = {"client_id": CLIENT, "client_secret": SECRET}
        return bench.add("salesforce", settings={**said, **settings}, credentials=secrets)

    return add


def _fill(fake: FakeSalesforce) -> None:
    """700 contacts, 650 of one second; activities before, around and after now; some of leads and of nobody."""
    for number in range(1, 701):
        at = NOW - 400 * DAY if number > 50 else NOW - 10 * DAY + number * timedelta(seconds=1)
        fake.contact(number, at, Tier__c="gold", Account={"attributes": {}, "Name": "Acme"})
    for number in range(1, 31):
        fake.task(number, contact_id(number), NOW - 5 * DAY + number * timedelta(minutes=1))
    fake.task(41, contact_id(1), NOW - DAY, IsClosed=False, CompletedDateTime=None)
    fake.task(42, "00Q000000000001AAA", NOW - DAY)
    fake.task(43, "", NOW - DAY, WhoId=None)
    fake.task(44, contact_id(2), NOW - DAY, TaskSubtype="Email")
    fake.meeting(51, contact_id(4), NOW + 2 * HOUR, NOW - 3 * DAY)
    fake.meeting(52, contact_id(4), NOW - 60 * DAY, NOW - 60 * DAY)  # before the first day to fetch
    fake.meeting(53, contact_id(5), NOW - DAY, NOW - DAY, IsChild=True)


EVERYTHING = 31


def test_everything_comes_once_and_nothing_again(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    _fill(fake)
    connection = connect()
    first = bench.sync(connection)
    assert (first.state, first.error) == (Sync.State.DONE, "")
    assert (first.stored, first.rejected) == (700 + EVERYTHING, 0)
    assert bench.traits()["c7@example.com"] == {
        "Email": "C7@example.com", "Tier__c": "gold", "Account.Name": "Acme", "salesforce_id": contact_id(7),
    }  # fmt: skip
    assert ("c2@example.com", "Salesforce Email", NOW - DAY) in bench.events()
    assert len(bench.events()) == EVERYTHING
    assert connection.account == ORGANISATION
    assert not any("nextRecordsUrl" in asked.path or "never" in asked.path for asked in fake.asked)

    second = bench.sync(connection, after=HOUR)
    assert (second.state, second.stored, second.rejected) == (Sync.State.DONE, 0, 0)
    # The meeting is held; a task is entered late; a contact changes.
    fake.task(99, contact_id(9), NOW - 20 * DAY, SystemModstamp=stamp(NOW + 2 * HOUR))
    fake.meeting(98, contact_id(9), NOW - 9 * DAY, NOW + 2 * HOUR)
    fake.tables["Contact"][0] |= {"Tier__c": "silver", "SystemModstamp": stamp(NOW + 2 * HOUR)}
    third = bench.sync(connection, after=2 * HOUR)
    assert (third.state, third.stored) == (Sync.State.DONE, 4)
    assert bench.traits()["c1@example.com"]["Tier__c"] == "silver"
    assert {
        ("c4@example.com", "Salesforce Meeting", NOW + 2 * HOUR),
        ("c9@example.com", "Salesforce Call", NOW - 20 * DAY),
        ("c9@example.com", "Salesforce Meeting", NOW - 9 * DAY),
    } <= {*bench.events()}


def test_a_crash_between_page_and_cursor_loses_and_doubles_nothing(
    fake: FakeSalesforce, bench: Bench, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second page breaks off after its batches are made and before the cursor is: both go together."""
    _fill(fake)
    connection = connect()
    done, crashes = bench.broken_off(connection, monkeypatch, most=60)
    assert done.state == Sync.State.DONE
    assert crashes > 8
    assert (len(bench.events()), len(bench.traits())) == (EVERYTHING, 700)


def test_a_session_that_ends_is_begun_anew(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    _fill(fake)
    connection = connect()
    ended = Answered(401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])
    fake.fail(ended, when=lambda asked: "FROM Task" in asked.query.get("q", ""))
    assert bench.sync(connection).state == Sync.State.DONE
    assert fake.signed_in == 2
    assert len(bench.events()) == EVERYTHING


def test_a_secret_that_is_not_taken_is_said_and_asked_once(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    connection = connect()
    fake.secret = "another"
    again = bench.sync(connection)
    assert (again.state, connection.state) == (Sync.State.FAILED, Connection.State.SIGN_IN)
    assert "Enter new ones" in connection.error
    assert SECRET not in connection.error
    assert len(fake.asked) == 1


def test_the_limit_of_a_day_ends_it_until_later(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    _fill(fake)
    connection = connect()
    full = Answered(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
    fake.fail(full, when=lambda asked: "FROM Event" in asked.query.get("q", ""))
    done = bench.sync(connection)
    assert (done.state, "limit of requests is used up" in done.error) == (Sync.State.FAILED, True)
    assert connection.next_at == bench.now + HOUR
    assert bench.sync(connection, after=HOUR).state == Sync.State.DONE
    assert len(bench.events()) == EVERYTHING


def test_a_connection_that_breaks_in_the_middle_is_tried_again(
    fake: FakeSalesforce, bench: Bench, connect: Any
) -> None:
    _fill(fake)
    fake.fail(Answered(200, {"records": []}, cut=5), when=lambda asked: "FROM Contact" in asked.query.get("q", ""))
    assert bench.sync(connect()).state == Sync.State.DONE
    assert bench.waits == [1.0]
    assert len(bench.traits()) == 700


def test_a_record_of_another_form_costs_itself_alone(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    _fill(fake)
    fake.contact(901, NOW - DAY, Email=None)
    fake.contact(902, NOW - DAY, Email=["a", "b"])
    fake.task(903, contact_id(901), NOW - DAY)
    fake.task(904, contact_id(3), NOW - DAY, CompletedDateTime="soon")
    done = bench.sync(connect())
    assert (done.state, done.stored, done.rejected) == (Sync.State.DONE, 700 + EVERYTHING, 4)
    assert [code for code, _ in bench.rejected()] == [
        "missing_customer",
        "missing_customer",
        "other_type",
        "other_type",
    ]


def test_a_field_that_does_not_exist_is_named(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    fake.hidden = {"Tier__c"}
    connection = connect()
    done = bench.sync(connection)
    assert (done.state, connection.state) == (Sync.State.FAILED, Connection.State.ATTENTION)
    assert "Tier__c" in done.error


def test_a_page_with_many_contacts_and_a_long_list_of_traits_are_asked_for(
    fake: FakeSalesforce, bench: Bench, connect: Any
) -> None:
    """Queries go as part of an address: no more ids in one than it takes, and all names that the form takes."""
    for number in range(1, 121):
        fake.contact(number, NOW - 10 * DAY)
        fake.task(number, contact_id(number), NOW - 5 * DAY + number * timedelta(minutes=1))
    names = [f"A_field_with_a_long_name_{number:03d}__c" for number in range(110)]
    done = bench.sync(connect(traits=", ".join(names)))
    assert (done.state, done.error) == (Sync.State.DONE, "")
    assert len(bench.events()) == 120
    asked = [one.query["q"] for one in fake.asked if "Id IN" in one.query.get("q", "")]
    assert max(query.count("'003") for query in asked) == 50


def test_a_round_that_begins_within_a_second_goes_on_from_it(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    """Salesforce keeps whole seconds; a record of the second in which a round began comes with the next one."""
    connection = connect()
    bench.now = NOW + timedelta(milliseconds=400)
    fake.contact(1, NOW - 10 * DAY)
    fake.meeting(51, contact_id(1), NOW - HOUR, NOW - 3 * DAY)
    assert bench.sync(connection).state == Sync.State.DONE
    again = bench.sync(connection, after=HOUR)  # looks back to the very second of the meeting
    assert (again.state, again.error) == (Sync.State.DONE, "")
    assert len(bench.events()) == 1


def test_a_field_that_is_cleared_is_a_trait_no_more(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    fake.contact(1, NOW - DAY, Tier__c="gold", Account={"Name": "Acme"})
    connection = connect(activities="no")
    bench.sync(connection)
    fake.tables["Contact"][0] |= {"Tier__c": None, "Account": None, "SystemModstamp": stamp(NOW + HOUR)}
    bench.sync(connection, after=2 * HOUR)
    assert bench.traits()["c1@example.com"] == {"Email": "C1@example.com", "salesforce_id": contact_id(1)}


def test_archived_activities_come_and_deleted_ones_do_not(fake: FakeSalesforce, bench: Bench, connect: Any) -> None:
    fake.contact(1, NOW - DAY)
    fake.task(1, contact_id(1), NOW - 2 * DAY, IsArchived=True)
    fake.task(2, contact_id(1), NOW - 2 * DAY, IsDeleted=True)
    fake.meeting(3, contact_id(1), NOW - 3 * DAY, NOW - 3 * DAY, IsArchived=True)
    fake.meeting(4, contact_id(1), NOW - 3 * DAY, NOW - 3 * DAY, IsDeleted=True)
    assert bench.sync(connect()).state == Sync.State.DONE
    assert [name for _, name, _ in bench.events()] == ["Salesforce Call", "Salesforce Meeting"]


@pytest.mark.parametrize("name", ["Email FROM User--", "a,b", "Id)", "", "1a", "Acc' OR Id != '", "a..b", "Ünïcode"])
def test_a_query_takes_nothing_but_names_from_a_form(name: str) -> None:
    with pytest.raises(VendorError, match="not the API name"):
        check_name(name)
