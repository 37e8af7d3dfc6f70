"""What a visitor was told to be is known of the customer they became, and leaves again when the two are taken apart."""

from __future__ import annotations

from typing import Any

import pytest

from engagement.ingest.models import Customer, IdentityChange
from engagement.ingest.services import merge_again, undo_merge
from tests.conftest import World, build_world
from tests.ingest.sending import customer, identify, rows, send
from tests.ingest.test_identity import act

pytestmark = pytest.mark.django_db(transaction=True)
EARLY, MIDDLE, LATE = (f"2026-03-01T{hour}:00:00Z" for hour in ("08", "09", "10"))
ALIAS = {"type": "alias", "previousId": "v", "userId": "c1", "messageId": "alias-1", "timestamp": LATE}


@pytest.fixture
def world() -> World:
    return build_world()


def visited(world: World, name: str = "v", **traits: Any) -> int:
    send(world.ours, identify(None, traits, anonymousId=name, timestamp=MIDDLE, messageId=f"first-{name}"))
    number: int = customer(world.ours, name, identified=False).number
    return number


def known(world: World) -> tuple[dict[str, Any], str]:
    found = customer(world.ours, "c1")
    return found.traits, found.email_normalised


def filled(world: World) -> list[Any]:
    return rows(world.ours, IdentityChange, "what", "filled")


def test_gaps_are_filled_and_what_is_known_stays(world: World) -> None:
    visited(world, email=" Ada@Example.org ", plan="free")
    send(world.ours, {"type": "group", "anonymousId": "v", "groupId": "acme", "messageId": "g", "timestamp": MIDDLE})
    send(world.ours, identify("c1", {"plan": "pro"}, anonymousId="v", messageId="second"))
    traits = {"plan": "pro", "email": " Ada@Example.org ", "group_id": "acme"}
    assert known(world) == (traits, "ada@example.org")
    assert filled(world) == [("merged", ["email", "group_id"])]
    assert customer(world.ours, "v", identified=False).traits["plan"] == "free"  # the visitor keeps what is theirs


def test_an_address_that_is_known_stays(world: World) -> None:
    visited(world, email="a@example.org")
    send(world.ours, identify("c1", {"Email": "b@example.org"}, anonymousId="v", messageId="second"))
    assert known(world) == ({"Email": "b@example.org", "email": "a@example.org"}, "b@example.org")


def test_taken_apart_the_target_has_its_own_again_and_merged_again_is_filled_again(world: World) -> None:
    number = visited(world, email="a@example.org", plan="free", city="Oslo")
    send(world.ours, identify("c1", {"plan": "pro"}, anonymousId="v", messageId="second"))
    send(world.ours, identify("c1", {"city": "Bergen"}, messageId="third", timestamp="2026-03-02T08:00:00Z"))
    target = customer(world.ours, "c1").number
    act(undo_merge, world, number, target)
    assert known(world) == ({"plan": "pro", "city": "Bergen"}, "")
    act(merge_again, world, number, target)
    assert known(world) == ({"plan": "pro", "city": "Bergen", "email": "a@example.org"}, "a@example.org")
    assert filled(world) == [("merged", ["city", "email"]), ("merged_again", ["email"]), ("undone", [])]
    act(undo_merge, world, number, target)
    assert known(world) == ({"plan": "pro", "city": "Bergen"}, "")


@pytest.mark.parametrize(("told_at", "plan"), [(EARLY, "free"), (LATE, "pro")])
def test_of_whom_nothing_was_known_later_news_still_wins(world: World, told_at: str, plan: str) -> None:
    visited(world, plan="free")
    send(world.ours, ALIAS)
    assert known(world) == ({"plan": "free"}, "")
    send(world.ours, identify("c1", {"plan": "pro"}, timestamp=told_at, messageId="later"))
    assert known(world)[0] == {"plan": plan}


def test_of_two_visitors_the_first_fills_each_gap(world: World) -> None:
    visited(world, "v", plan="free", city="Oslo")
    visited(world, "w", plan="trial", age=4)
    both = [identify("c1", {}, anonymousId=name, messageId=f"then-{name}") for name in ("v", "w")]
    send(world.ours, *both)
    assert known(world)[0] == {"plan": "free", "city": "Oslo", "age": 4}
    assert filled(world) == [("merged", ["age"]), ("merged", ["city", "plan"])]


def test_a_visitor_of_whom_nothing_is_known_changes_nothing(world: World) -> None:
    send(world.ours, identify("c1", {"plan": "pro"}, messageId="first"))
    before = rows(world.ours, Customer, "traits", "updated_at", identified=True)
    send(world.ours, ALIAS)
    assert filled(world) == [("merged", [])]
    assert rows(world.ours, Customer, "traits", "updated_at", identified=True) == before
