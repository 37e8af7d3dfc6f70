"""Any list in JSON, against a fake: every way to the next page, each record once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engagement.connections.models import Connection, Sync
from engagement.connections.vendors import generic
from engagement.connections.vendors.generic import GenericJson
from tests.connections.conftest import DAY, NOW, Bench
from tests.connections.fakes.lists import SECRET, FakeLists
from tests.connections.fakes.server import Answered

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
NEXT = {
    "link": {"next": "link", "next_path": "next"}, "header": {"next": "link"},
    "cursor": {"next": "cursor", "next_path": "next", "next_parameter": "p"},
    "page": {"next": "page", "next_parameter": "p"},
}  # fmt: skip
Make = Callable[..., tuple[FakeLists, Connection]]


@pytest.fixture
def make(bench: Bench, opened: Any, reach: Any) -> Make:
    def made(rule: str = "cursor", n: int = 5, **settings: str) -> tuple[FakeLists, Connection]:
        fake = FakeLists(rule)
        opened(fake)
        fake.rows = [_row(number) for number in range(1, n + 1)]
        said = {
            "url": f"{reach(fake)}/v1/orders", "header": "X-Api-Key", "kind": "events", "list": "data.items",
            "customer": "buyer.id", "id": "id", "time": "at", "event": "“Order”", "since_parameter": "since",
        }  # fmt: skip
        return fake, bench.add("json", settings={**said, **NEXT[rule], **settings}, credentials={"secret": SECRET})

    return made


def _row(number: int, **changes: Any) -> dict[str, Any]:
    at = (NOW - DAY + number * timedelta(minutes=1)).isoformat()
    return {"id": number, "at": at, "buyer": {"id": f"c-{number}"}, "name": "Bought", "total": 12.5, **changes}


@pytest.mark.parametrize("rule", NEXT)
def test_every_page_comes_and_nothing_twice(bench: Bench, make: Make, rule: str) -> None:
    fake, connection = make(rule)
    first = bench.sync(connection)
    assert (first.state, first.error, first.stored) == (Sync.State.DONE, "", 5)
    assert [(who, name) for who, name, _ in bench.events()] == [(f"c-{number}", "Order") for number in range(1, 6)]
    fake.rows.append(_row(6, at=(NOW + timedelta(minutes=5)).isoformat()))
    second = bench.sync(connection, after=HOUR)
    assert (second.stored, len(bench.ids())) == (1, 6)
    assert fake.asked[-1].query["since"] == (NOW - HOUR).isoformat()  # an hour before the last round


@pytest.mark.parametrize("rule", NEXT)
def test_one_page_at_a_time_and_killed_in_between(bench: Bench, make: Make, rule: str) -> None:
    _fake, connection = make(rule)
    for _ in range(20):
        if bench.sync(connection, budget=timedelta(0), after=timedelta(seconds=1)).state == Sync.State.DONE:
            break
    assert len(bench.ids()) == 5
    with_first = [asked for asked in _fake.asked if not asked.query.get("p") or asked.query["p"] == "1"]
    assert len(with_first) == 2  # once to check, once to fetch: the place was kept


def test_a_place_that_is_not_known_any_more_begins_anew_once(bench: Bench, make: Make) -> None:
    fake, connection = make(since_parameter="")
    fake.fail(Answered(410, {"message": "gone"}), when=lambda asked: asked.query.get("p") == "2")
    assert bench.sync(connection).state == Sync.State.DONE
    assert len(bench.ids()) == 5
    fake.fail(Answered(410, {}), when=lambda asked: asked.query.get("p") == "2", times=9)
    bench.sync(connection, after=HOUR)
    assert connection.state == Connection.State.ATTENTION


@pytest.mark.parametrize("way", ["one page", "two in turn"])
@pytest.mark.parametrize("budget", [timedelta(0), timedelta(minutes=4)])
def test_pages_that_come_again_are_no_new_ones(bench: Bench, make: Make, way: str, budget: timedelta) -> None:
    """A misspelt parameter gives the first page for ever, however often a worker lets go in between."""
    fake, connection = make("page")
    pages = [fake.rows[:2], fake.rows[2:4]] if way == "two in turn" else [fake.rows[:2]]

    def answer(asked: Any) -> Answered:
        return Answered(body={"data": {"items": pages[len(fake.asked) % len(pages)]}})

    fake.answer = answer  # type: ignore[method-assign]
    for _ in range(9):
        if bench.sync(connection, budget=budget, after=timedelta(seconds=1)).state == Sync.State.FAILED:
            break
    assert (connection.state, connection.next_at) == (Connection.State.ATTENTION, None)
    assert connection.error == "A page came again that was there already. Look at how the next page is asked for."
    assert len(bench.ids()) == 2 * len(pages)


def test_pages_are_counted_over_the_whole_round(bench: Bench, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, connection = make("cursor")
    monkeypatch.setattr(generic, "_MOST_PAGES", 4)

    def answer(asked: Any) -> Answered:
        number = len(fake.asked)
        return Answered(body={"data": {"items": [_row(number)]}, "next": number})

    fake.answer = answer  # type: ignore[method-assign]
    states = [bench.sync(connection, budget=timedelta(0), after=timedelta(seconds=1)).state for _ in range(5)]
    assert states == [Sync.State.PART] * 4 + [Sync.State.FAILED]
    assert connection.error.startswith("There is no end of pages.")


def test_the_secret_is_for_one_host_only(bench: Bench, make: Make) -> None:
    fake, connection = make("link")
    elsewhere = {"data": {"items": []}, "next": "https://elsewhere.example/steal"}
    fake.fail(Answered(body=elsewhere), times=2)
    bench.sync(connection)
    assert connection.state == Connection.State.ATTENTION
    assert "at another host" in connection.error


def test_a_redirect_and_an_inner_address_are_not_followed(bench: Bench, make: Make) -> None:
    fake, connection = make()
    fake.fail(Answered(302, b"", {"Location": "http://169.254.169.254/"}))
    bench.sync(connection)
    assert (connection.state, len(fake.asked)) == (Connection.State.ATTENTION, 1)
    _fake, inner = make(url="http://127.0.0.1/v1/orders")
    bench.sync(inner)
    assert "not public" in inner.error


def test_records_that_surprise_are_kept_with_the_reason(bench: Bench, make: Make) -> None:
    fake, connection = make("page", event="name")
    fake.rows += [
        _row(6, buyer=None), _row(7, buyer={"id": [1]}), _row(8, at="soon"), _row(9, name=None), _row(10, id=""),
        {"at": NOW.isoformat(), "odd": "\0"},
    ]  # fmt: skip
    done = bench.sync(connection)
    assert (done.state, done.stored, done.rejected) == (Sync.State.DONE, 5, 6)
    assert {name for _, name, _ in bench.events()} == {"Bought"}
    fake.rows = fake.rows[:5]
    fake.fail(Answered(body={"data": {"items": {"now": "an object"}}}))
    assert bench.sync(connection, after=HOUR).error.startswith("The answer has no list at data.items")


def test_customers_keep_what_is_known_of_them(bench: Bench, make: Make) -> None:
    _fake, connection = make("page", kind="customers", event="")
    assert bench.sync(connection).stored == 5
    assert bench.traits()["c-1"]["total"] == 12.5
    assert bench.events() == []


def test_a_key_taken_back_and_a_limit_and_a_break(bench: Bench, make: Make) -> None:
    fake, connection = make()
    fake.fail(Answered(429, b"", {"Retry-After": "2"}))
    fake.fail(Answered(200, {"data": {}}, cut=3), when=lambda asked: asked.query.get("p") == "2")
    assert bench.sync(connection).state == Sync.State.DONE
    assert bench.waits == [2.0, 1.0]
    fake.secret = "another"
    bench.sync(connection, after=HOUR)
    assert (connection.state, connection.next_at) == (Connection.State.SIGN_IN, None)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"kind": "events", "event": ""}, "event"), ({"next": "cursor", "next_parameter": "p"}, "next_path"),
        ({"next": "page"}, "next_parameter"), ({"header": "X-A:\r\nHost"}, "header"),
    ],
)  # fmt: skip
def test_what_one_choice_needs_of_another_is_said(settings: dict[str, str], field: str) -> None:
    assert list(GenericJson().problems({"kind": "customers", "next": "none", **settings})) == [field]
