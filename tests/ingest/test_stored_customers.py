"""Customers: numbered once, told about in the order of telling, merged once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from engagement.errors import NotFoundError
from engagement.ingest.models import Customer, CustomerCounter, Event
from engagement.ingest.services import set_excluded
from engagement.ingest.services.customers import normalised_email, resolve_customers
from engagement.ingest.services.storing import Counts
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import customer, identify, rows, send, track


def people(world: World) -> list[Any]:
    return rows(world.ours, Customer, "external_id", "identified", "merged_into", "traits")


def test_customers_are_numbered_from_one_within_their_organisation(world: World) -> None:
    send(world.ours, track(1), track(2))
    send(world.other, track(3))
    send(world.ours, track(3), track(1, messageId="again"))
    assert rows(world.ours, Customer, "external_id", "number") == [("c1", 1), ("c2", 2), ("c3", 3)]
    assert rows(world.other, Customer, "external_id", "number") == [("c3", 1)]
    assert rows(world.ours, CustomerCounter, "next_number") == [4]  # a number only for a new id


def test_the_same_text_is_one_customer_and_another_anonymous_visitor(world: World) -> None:
    send(world.ours, track(1, userId="x"), track(2, userId=None, anonymousId="x"))
    assert people(world) == [("x", False, None, {}), ("x", True, None, {})]


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_new_ids_number_each_once() -> None:
    world = build_world()
    asked = [{(f"c{number}", True) for number in range(start, start + 60)} for start in (0, 20, 40)]
    found: list[dict[Any, int]] = []
    together = threading.Barrier(len(asked))

    def worker(identities: set[tuple[str, bool]]) -> None:
        together.wait()
        found.append(resolve_customers(organisation_id=world.ours.pk, identities=identities, now=NOW)[0])
        connection.close()

    workers = [threading.Thread(target=worker, args=[identities]) for identities in asked]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    stored = dict(rows(world.ours, Customer, "external_id", "number"))
    assert sorted(stored.values()) == list(range(1, 101))
    assert [{name: stored[name[0]] for name in numbers} for numbers in found] == found
    assert sorted(len(numbers) for numbers in found) == [60, 60, 60]


def test_traits_are_merged_and_a_null_takes_one_away(world: World) -> None:
    assert send(world.ours, identify("c1", {"plan": "free", "age": 40, "tags": ["a"]})) == Counts(stored=1)
    later = identify("c1", {"plan": "pro", "age": None}, timestamp="2026-03-01T11:00:00Z")
    assert send(world.ours, later) == Counts(stored=1)
    assert people(world) == [("c1", True, None, {"plan": "pro", "tags": ["a"]})]


def test_within_a_batch_the_later_word_counts_whatever_its_place(world: World) -> None:
    send(
        world.ours,
        identify("c1", {"plan": "late"}, timestamp="2026-03-01T12:00:00Z"),
        identify("c1", {"plan": "early", "city": "Oslo"}, timestamp="2026-03-01T10:00:00Z"),
        identify("c2", {"plan": "first"}),
        identify("c2", {"plan": "second"}),
        identify("c3", {"plan": None}),
        identify("c3", {"plan": "back"}, timestamp="2026-03-01T12:00:00Z"),
    )
    assert people(world) == [
        ("c1", True, None, {"plan": "late", "city": "Oslo"}),
        ("c2", True, None, {"plan": "second"}),
        ("c3", True, None, {"plan": "back"}),
    ]


def test_older_news_that_comes_late_only_fills_gaps(world: World) -> None:
    send(world.ours, track(1))  # known already, without traits
    newer = identify("c1", {"plan": "pro", "email": "new@x.org"}, timestamp="2026-03-01T12:00:00Z")
    older = identify("c1", {"plan": "free", "city": "Oslo", "email": "old@x.org"}, timestamp="2026-03-01T10:00:00Z")
    middle = identify("c1", {"plan": "trial"}, timestamp="2026-03-01T12:30:00Z")
    send(world.ours, newer)
    send(world.ours, older)
    found = customer(world.ours, "c1")
    assert found.traits == {"plan": "pro", "email": "new@x.org", "city": "Oslo"}
    assert found.email_normalised == "new@x.org"
    # Saying the same again later moves the time of the latest news, so that what lies between stays old.
    send(world.ours, {**newer, "timestamp": "2026-03-01T13:00:00Z"})
    send(world.ours, middle)
    assert customer(world.ours, "c1").traits["plan"] == "pro"


@pytest.mark.parametrize("together", [True, False])
def test_what_is_old_stays_old_beside_what_is_new(world: World, together: bool) -> None:
    """One request tells of a time before the latest news and of one after it: each is judged by its own time."""
    known = {"plan": "pro", "email": "new@x.org", "age": 40}
    old = {"plan": "free", "city": "Oslo", "email": "old@x.org", "age": None, "zip": "1", "team": "a"}
    told = [
        identify("c1", {"seats": 5, "team": "b", "zip": None}, timestamp="2026-03-01T13:00:00Z"),
        identify("c1", old, timestamp="2026-03-01T10:00:00Z"),
    ]
    send(world.ours, identify("c1", known, timestamp="2026-03-01T12:00:00Z"))
    for messages in [told] if together else [[one] for one in told[::-1]]:
        send(world.ours, *messages)
    found = customer(world.ours, "c1")
    assert found.traits == {**known, "city": "Oslo", "seats": 5, "team": "b"}
    assert (found.email_normalised, found.updated_at.hour) == ("new@x.org", 13)


def test_saying_the_same_again_is_a_duplicate(world: World) -> None:
    assert send(world.ours, identify("c1", {"plan": "pro"})) == Counts(stored=1)
    assert send(world.ours, identify("c1", {"plan": "pro"})) == Counts(duplicates=1)
    assert send(world.ours, identify("c1")) == Counts(duplicates=1)
    assert send(world.ours, identify("c2")) == Counts(stored=1)  # nothing but a new customer


@pytest.mark.parametrize(
    "value, expected",
    [
        ("  Ada@Example.ORG ", "ada@example.org"),
        ("STRASSE@ß.DE", "strasse@ss.de"),
        ("x" * 300, ""),
        (None, ""),
        (7, ""),
    ],
)
def test_an_address_is_kept_normalised(world: World, value: Any, expected: str) -> None:
    assert normalised_email(value) == expected
    send(world.ours, identify("c1", {"Email": value, "plan": "x"}))
    assert customer(world.ours, "c1").email_normalised == expected


def test_an_address_taken_away_is_gone(world: World) -> None:
    send(world.ours, identify("c1", {"email": "a@x.org"}))
    send(world.ours, identify("c1", {"email": None}, timestamp="2026-03-01T11:00:00Z"))
    assert (customer(world.ours, "c1").email_normalised, customer(world.ours, "c1").traits) == ("", {})


def test_an_anonymous_visitor_becomes_who_they_turned_out_to_be(world: World) -> None:
    send(world.ours, track(1, userId=None, anonymousId="visitor"))
    send(world.ours, identify("c1", anonymousId="visitor"))
    numbers = dict(rows(world.ours, Customer, "external_id", "number"))
    assert people(world) == [("c1", True, None, {}), ("visitor", False, numbers["c1"], {})]
    assert rows(world.ours, Event, "customer_number") == [numbers["visitor"]]  # the fact itself is never changed


def test_the_merge_holds_for_events_that_come_later(world: World) -> None:
    send(world.ours, identify("c1", anonymousId="visitor"))
    send(world.ours, track(1, userId=None, anonymousId="visitor"))
    numbers = dict(rows(world.ours, Customer, "external_id", "number"))
    assert people(world) == [("c1", True, None, {}), ("visitor", False, numbers["c1"], {})]


def test_who_is_merged_stays_where_they_are(world: World) -> None:
    send(world.ours, identify("c1", anonymousId="shared tablet"), identify("c2", anonymousId="shared tablet"))
    send(world.ours, identify("c3", anonymousId="shared tablet"))
    first = customer(world.ours, "c1").number
    assert customer(world.ours, "shared tablet", identified=False).merged_into == first


def test_an_event_with_both_ids_links_a_visitor_who_is_known_and_makes_no_other(world: World) -> None:
    send(world.ours, track(1, userId=None, anonymousId="known"))
    send(world.ours, track(2, userId="c1", anonymousId="known"), track(3, userId="c1", anonymousId="never seen"))
    numbers = dict(rows(world.ours, Customer, "external_id", "number"))
    assert people(world) == [("c1", True, None, {}), ("known", False, numbers["c1"], {})]


def test_an_alias_links_the_former_id(world: World) -> None:
    alias = {"type": "alias", "previousId": "visitor", "userId": "c1"}
    send(world.ours, track(1, userId=None, anonymousId="visitor"))
    send(world.ours, alias)
    assert customer(world.ours, "visitor", identified=False).merged_into == customer(world.ours, "c1").number


def test_a_customer_is_left_out_and_taken_back(world: World) -> None:
    send(world.ours, identify("c1", {"plan": "pro"}))
    number, told_at = customer(world.ours, "c1").number, customer(world.ours, "c1").updated_at
    with organisation_scope(world.ours.pk):
        assert set_excluded(organisation=world.ours, number=number, excluded=True).excluded is True
        assert set_excluded(organisation=world.ours, number=number, excluded=False).excluded is False
        with pytest.raises(NotFoundError):
            set_excluded(organisation=world.ours, number=99, excluded=True)
    assert customer(world.ours, "c1").updated_at == told_at  # the time of the latest news about traits
    assert told_at == NOW - timedelta(hours=23)
