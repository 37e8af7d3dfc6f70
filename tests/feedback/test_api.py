"""The API of feedback, themes and the market, with an organisation's or a person's token."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from engagement.feedback.services.matching import match_themes
from tenants.models import User
from tests.conftest import NOW, World, api_token
from tests.feedback.feedback_world import a_theme, added, customers, kept, said, worked_off

ITEM: dict[str, Any] = {"text": "Today SUX!", "day": "2026-02-20", "kind": "review", "source": "Shop"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def asks(client: Client, world: World, method: str, path: str, data: Any = None, *, user: User | None = None) -> Any:
    return client.generic(
        method, f"/api/v1/organisations/{world.ours.slug}/{path}",
        b"" if data is None else json.dumps(data), "application/json",
        headers={"Authorization": f"Bearer {api_token(user or world.consultant)}"},
    )  # fmt: skip


def test_the_good_is_kept_and_the_bad_is_named_by_its_place(client: Client, world: World) -> None:
    customers(world.ours, "c-1")
    sent = [{**ITEM, "day": "soon"}, {**ITEM, "customer": "c-1"}, {**ITEM, "customer": "c-9"}, ITEM, ITEM, "x",
            {**ITEM, "id": "a"}, {**ITEM, "id": "a"}]  # fmt: skip
    answer = asks(client, world, "POST", "feedback/", {"items": sent})
    assert answer.status_code == 200
    found = answer.json()
    assert [str(row.pk) for row in kept(world)] == found["ids"]
    assert (len(found["ids"]), found["duplicates"]) == (4, 1)
    assert [(one["at"], list(one["fields"])) for one in found["refused"]] == [
        (0, ["day"]), (2, ["customer"]), (5, ["non_field_errors"]),
    ]  # fmt: skip
    again = asks(client, world, "POST", "feedback/", {"items": sent}).json()
    assert (again["ids"], again["duplicates"]) == ([], 5)


@pytest.mark.parametrize("data", [{}, [], {"items": []}, {"items": "x"}, {"items": [ITEM] * 201}, None])
def test_what_is_no_list_is_refused(client: Client, world: World, data: Any) -> None:
    assert asks(client, world, "POST", "feedback/", data).status_code == 400
    assert kept(world) == []


def test_what_was_said_is_listed_corrected_and_taken_out(client: Client, world: World) -> None:
    number = a_theme(world, "Support", "support")
    added(world, said("Slow support", id="r-1"), said("Today SUX!", kind="review"))
    listed = asks(client, world, "GET", "feedback/?kind=survey&first_day=2026-02-01", user=world.viewer).json()
    assert (listed["count"], listed["results"][0]["source_id"]) == (1, "r-1")
    one = listed["results"][0]
    assert (one["sounds"], one["compound"], one["model"], one["corrected"]) == (
        "positive", "0.4019", "vaderSentiment 3.3.2", "",
    )  # fmt: skip
    assert one["themes"] == [{"number": number, "name": "Support"}]
    path = f"feedback/{one['id']}/"
    assert asks(client, world, "PATCH", path, {"sounds": "negative"}, user=world.viewer).status_code == 403
    changed = asks(client, world, "PATCH", path, {"sounds": "negative"}).json()
    assert (changed["sounds"], changed["judged"], changed["corrected"]) == ("negative", "positive", "negative")
    assert asks(client, world, "PATCH", path, {"sounds": "unjudged"}).status_code == 400
    assert asks(client, world, "DELETE", path).status_code == 204
    assert asks(client, world, "GET", path).status_code == 404
    for query in ("kind=x", "theme=0", "theme=99999999999", "first_day=x"):
        assert asks(client, world, "GET", f"feedback/?{query}").status_code == 400
    assert asks(client, world, "GET", "feedback/?segment=nowhere").status_code == 404


def test_themes_are_defined_changed_counted_and_taken_away(client: Client, world: World) -> None:
    added(world, said("Slow delivery"), said("It is here"))
    made = asks(client, world, "POST", "feedback/themes/", {"name": "Delivery", "phrases": ["slow"]})
    assert (made.status_code, made.json()["number"], made.json()["state"]) == (201, 1, "open")
    assert asks(client, world, "POST", "feedback/themes/", {"name": "Delivery", "phrases": ["x"]}).status_code == 400
    worked_off(world.ours, "feedback.match", match_themes)
    counts = asks(client, world, "GET", "feedback/themes/counts/", user=world.viewer).json()
    assert (counts["first_day"], counts["last_day"], counts["tones"]["n"]) == ("2025-04-01", "2026-03-02", 2)
    [one] = counts["themes"]
    assert (one["tones"]["n"], one["share"], one["months"][0]["month"]) == (1, "0.500000", "2026-02-01")
    changes = {"state": "answered", "state_note": "A second carrier"}
    changed = asks(client, world, "PATCH", "feedback/themes/1/", changes).json()
    assert (changed["state"], changed["version"], changed["phrases"]) == ("answered", 1, ["slow"])
    assert asks(client, world, "PATCH", "feedback/themes/1/", {"phrases": ["late"]}).json()["version"] == 2
    assert len(asks(client, world, "GET", "feedback/themes/").json()) == 1
    assert asks(client, world, "DELETE", "feedback/themes/1/").status_code == 204
    assert asks(client, world, "GET", "feedback/themes/1/").status_code == 404


def test_figures_of_the_market_are_entered_changed_and_taken_away(client: Client, world: World) -> None:
    figure = {"about": "Rivals", "measure": "Rating", "value": "4.5", "first_day": "2026-02-01", "source": "Shop"}
    made = asks(client, world, "POST", "market/", figure)
    assert (made.status_code, made.json()["value"], made.json()["last_day"]) == (201, "4.5", "2026-02-01")
    path = f"market/{made.json()['id']}/"
    changed = asks(client, world, "PUT", path, {**figure, "value": "4.25"}).json()
    assert changed["value"] == "4.25"
    assert asks(client, world, "GET", path).status_code == 404
    assert asks(client, world, "POST", "market/", {**figure, "link": "javascript:x"}).status_code == 400
    assert asks(client, world, "POST", "market/", figure, user=world.viewer).status_code == 403
    assert [one["id"] for one in asks(client, world, "GET", "market/").json()] == [changed["id"]]
    assert asks(client, world, "DELETE", f"market/{changed['id']}/").status_code == 204
    assert asks(client, world, "GET", "market/").json() == []


def test_a_stranger_finds_none_of_it(client: Client, world: World) -> None:
    a_theme(world, "Delivery", "late")
    added(world, said("Late"))
    for path in ("feedback/", f"feedback/{kept(world)[0].pk}/", "feedback/themes/", "feedback/themes/1/", "market/"):
        assert asks(client, world, "GET", path, user=world.stranger).status_code == 404
