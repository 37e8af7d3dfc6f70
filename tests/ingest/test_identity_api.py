"""The API and the pages of who is who: what is on record, taken apart, merged again, and by whom it may be done."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement.ingest.models import Customer, IdentityChange
from engagement.insights.services import score
from tenants.models import User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, api_token
from tests.ingest.sending import customer, identify, rows, send, track
from tests.insights.scoring_world import make_small

SAID = {"reason": "A shared tablet"}


@pytest.fixture
def pair(world: World) -> tuple[int, int]:
    """A visitor and the customer they were merged into, in an organisation that has been scored."""
    make_small(world.ours, weights={"visit": ("website", 1_000, None)})
    send(world.ours, track(1, userId=None, anonymousId="visitor"))
    send(world.ours, identify("c1", anonymousId="visitor", messageId="identify-1"))
    score(organisation_id=world.ours.pk, as_of=NOW.date() - timedelta(days=1), cause="request", now=NOW)
    return customer(world.ours, "visitor", identified=False).number, customer(world.ours, "c1").number


def as_person(person: User) -> Client:
    secret = api_token(person)
    return Client(HTTP_AUTHORIZATION=f"Bearer {secret}")


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(world: World, number: int, *, what: str = "") -> str:
    return f"/api/v1/organisations/{world.ours.slug}/customers/{number}/identity/{what}"


def post(client: Client, to: str, body: dict[str, Any]) -> Any:
    return client.post(to, body, content_type="application/json")


def merged_into(world: World, number: int) -> Any:
    ((found),) = rows(world.ours, Customer, "merged_into", number=number)
    return found


def text_of(answer: Any) -> str:
    main = answer.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


# ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_record_is_listed_for_either_side_the_latest_first(world: World, pair: tuple[int, int]) -> None:
    number, target = pair
    client = as_person(world.consultant)
    undone = post(client, address(world, number, what="undo/"), {"target": target, **SAID})
    assert (undone.status_code, undone.json()["merged_into"]) == (200, None)
    both = [client.get(address(world, side)).json() for side in pair]
    assert both[0] == both[1]
    later, first = both[0]["results"]
    sides = {"number": number, "external_id": "visitor", "target": target, "target_external_id": "c1"}
    assert {**first, "changed_at": None, "source_id": None} == {
        **sides, "what": "merged", "changed_at": None, "by": "", "source_id": None, "message_id": "identify-1",
        "reason": "", "filled": [],
    }  # fmt: skip
    assert first["source_id"] is not None
    assert {**later, "changed_at": None} == {
        **sides, "what": "undone", "changed_at": None, "by": world.consultant.name, "source_id": None,
        "message_id": "", "reason": "A shared tablet", "filled": [],
    }  # fmt: skip
    assert client.get(address(world, target), {"limit": 1}).json()["count"] == 2


def test_merging_again(world: World, pair: tuple[int, int]) -> None:
    number, target = pair
    client = as_person(world.admin)
    body = {"target": target, **SAID}
    assert post(client, address(world, number, what="merge/"), body).status_code == 409  # never taken apart
    assert post(client, address(world, number, what="undo/"), body).status_code == 200
    again = post(client, address(world, number, what="merge/"), body)
    assert (again.status_code, again.json()["merged_into"]) == (200, target)
    assert rows(world.ours, IdentityChange, "what", "user_id") == [
        ("merged", None), ("merged_again", world.admin.pk), ("undone", world.admin.pk),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body, fields",
    [
        ({}, ["target", "reason"]),
        ({"target": 1}, ["reason"]),
        ({"target": 1, "reason": "  "}, ["reason"]),
        ({"target": 1, "reason": "x" * 501}, ["reason"]),
        ({"target": "c1", "reason": "x"}, ["target"]),
        ({"target": 2**63, "reason": "x"}, ["target"]),
    ],
)
@pytest.mark.parametrize("what", ["undo/", "merge/"])
def test_what_is_wrong_is_named(
    world: World, pair: tuple[int, int], what: str, body: dict[str, Any], fields: list[str]
) -> None:
    answer = post(as_person(world.consultant), address(world, pair[0], what=what), body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, fields)
    assert merged_into(world, pair[0]) == pair[1]


def test_roles_strangers_and_states(world: World, pair: tuple[int, int]) -> None:
    number, target = pair
    body = {"target": target, **SAID}
    for what in ("undo/", "merge/"):
        to = address(world, number, what=what)
        assert post(as_person(world.viewer), to, body).status_code == 403
        assert post(as_person(world.stranger), to, body).status_code == 404
        assert post(Client(), to, body).status_code == 401
        for unknown in (999, 10**30):
            assert post(as_person(world.consultant), address(world, unknown, what=what), body).status_code == 404
    assert as_person(world.viewer).get(address(world, number)).status_code == 200
    assert as_person(world.stranger).get(address(world, number)).status_code == 404
    assert as_person(world.consultant).get(address(world, 999)).status_code == 404
    wrong = post(as_person(world.consultant), address(world, number, what="undo/"), {"target": 999, **SAID})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "conflict")
    assert merged_into(world, number) == target
    assert rows(world.ours, IdentityChange, "what") == ["merged"]


# ── the pages ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_merge_is_taken_apart_and_made_again_on_the_pages(world: World, pair: tuple[int, int]) -> None:
    number, target = pair
    slug, client = world.ours.slug, signed_in(world.consultant)
    page, apart = reverse("customer", args=[slug, target]), reverse("customer-take-apart", args=[slug, number])
    first = client.get(page)
    assert f'href="{apart}"' in first.content.decode()
    assert "visitor anonymous visitor 2 Mar 2026, 09:00 an event, message identify-1" in text_of(first)
    asked = text_of(client.get(apart))
    assert "only identified customers are scored" in asked
    assert "The number of customers stays as it is" in asked
    refused = client.post(apart, {"target": target, "reason": ""})
    assert (refused.status_code, "This field is required." in text_of(refused)) == (200, True)
    assert merged_into(world, number) == target
    done = client.post(apart, {"target": target, **SAID}, follow=True)
    assert done.redirect_chain == [(page, 302)]
    assert f"{world.consultant.name}: “A shared tablet”" in text_of(done)
    again = reverse("customer-merge-again", args=[slug, number, target])
    assert f'href="{again}"' in done.content.decode()
    assert f'href="{apart}"' not in done.content.decode()
    assert "is not scored now" in text_of(client.get(again))
    assert client.post(again, SAID, follow=True).redirect_chain == [(page, 302)]
    assert merged_into(world, number) == target


def test_the_merged_ones_own_page_says_for_whom_they_count(world: World, pair: tuple[int, int]) -> None:
    number, target = pair
    slug = world.ours.slug
    answer = signed_in(world.viewer).get(reverse("customer", args=[slug, number]))
    assert "Merged: what this customer did counts for another. Counts for customer c1 ." in text_of(answer)
    assert reverse("customer", args=[slug, target]) in answer.content.decode()
    assert "take-apart" not in answer.content.decode()  # a viewer is offered nothing


def test_a_customer_of_their_own_makes_the_number_grow(world: World, pair: tuple[int, int]) -> None:
    number, _ = pair
    to = reverse("customer-take-apart", args=[world.ours.slug, number])
    for known, said in (
        ({"identified": True}, "the number of customers grows by one"),
        ({"identified": True, "excluded": True}, "left out of the scores by hand"),
    ):
        with organisation_scope(world.ours.pk):
            Customer.objects.filter(number=number).update(**known)
        assert said in text_of(signed_in(world.consultant).get(to))


def test_what_is_not_merged_or_not_theirs_is_refused_on_the_pages(world: World, pair: tuple[int, int]) -> None:
    number, target = pair
    slug, client = world.ours.slug, signed_in(world.consultant)
    to = reverse("customer-take-apart", args=[slug, number])
    assert signed_in(world.viewer).post(to, {"target": target, **SAID}).status_code == 403
    assert client.get(reverse("customer-take-apart", args=[slug, target])).status_code == 409
    assert client.get(reverse("customer-merge-again", args=[slug, number, target])).status_code == 404
    # Meanwhile somebody took them apart and they count for another: what was asked about is not what would be done.
    send(world.ours, track(2))
    with organisation_scope(world.ours.pk):
        Customer.objects.filter(number=number).update(merged_into=customer(world.ours, "c2").number)
    late = client.post(to, {"target": target, **SAID})
    assert "These two are not merged, or no longer" in text_of(late)
    assert merged_into(world, number) == customer(world.ours, "c2").number
